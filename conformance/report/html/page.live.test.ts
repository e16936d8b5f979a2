import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type Browser, chromium, type Page } from 'playwright-core';
import { requirements } from '../../requirements/requirements.ts';
import { goodServer } from '../../testing/good-server.ts';
import { HOSTILE, reportOf, resultOf } from '../../testing/report-parts.ts';
import { item, openedStateful, refused, start, TraceBuilder } from '../../testing/trace-builder.ts';
import { failed, pass, unsupported } from '../../verdict.ts';
import type { Report } from '../records.ts';
import { htmlReport } from './page.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const LIMIT_MS = 60_000;

const HURT = new TraceBuilder(`"><script>alert('scenario')</script>`, HOSTILE)
  .stream(HOSTILE, start(30))
  .message(openedStateful(30))
  .items(...Array.from({ length: 20 }, (_, index) => item(index, index)))
  .status(refused('INTERNAL', 999, `${HOSTILE}${'x'.repeat(5_000)}`))
  .build();

const REPORT: Report = {
  ...reportOf(
    [
      resultOf('values-are-pcg32', ['RSQ-SFL-4'], pass('fine')),
      resultOf('takeover-is-served-at-once', ['RSQ-ATT-7'], {
        ...failed(HOSTILE, { expected: 'y'.repeat(3_000), actual: HOSTILE, diagnosis: 'a known mistake' }),
        at: { caseId: HOSTILE, event: 22 },
      }),
      resultOf('retention-is-30-s', ['RSQ-RET-7'], { ...failed('late'), verdict: 'WARN' }),
      resultOf('confirm-discards-the-session', ['RSQ-CNF-2'], unsupported('no')),
    ],
    { traces: [HURT, ...[...goodServer().values()].flat()], notes: [HOSTILE] },
  ),
};

describe('the HTML report in a browser', function () {
  this.timeout(LIMIT_MS);
  let browser: Browser | undefined;
  let folder = '';
  let file = '';

  before(async function () {
    if (!existsSync(CHROMIUM)) {
      if (process.env['CI'] !== undefined) throw new Error(`expected a Chromium at ${CHROMIUM} (env CHROMIUM)`);
      console.log(`      skipped: no Chromium at ${CHROMIUM} (env CHROMIUM names another place)`);
      this.skip();
    }
    folder = process.env['SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'reseq-page-'));
    file = join(folder, 'report.html');
    const shown = new Set(REPORT.traces);
    writeFileSync(file, htmlReport(REPORT, { requirements: requirements(), shown, specFrom: '..' }));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });

  after(async () => {
    await browser?.close();
    if (process.env['SCREENSHOTS'] === undefined && folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  interface Opened {
    readonly page: Page;
    /** What it said on the console, asked of the network, or showed as a dialog. */
    readonly noise: readonly string[];
  }

  async function open(width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
    if (browser === undefined) throw new Error('expected a browser');
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const noise: string[] = [];
    page.on('console', (message) => noise.push(message.text()));
    page.on('pageerror', (error) => noise.push(error.message));
    page.on('dialog', (dialog) => {
      noise.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) noise.push(request.url());
    });
    await page.goto(pathToFileURL(file).href);
    return { page, noise };
  }

  for (const [width, scheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const) {
    it(`shows failures first, fits into ${width} px and needs nothing else (${scheme})`, async () => {
      const { page, noise } = await open(width, scheme);
      const picture = await page.screenshot({ path: join(folder, `${scheme}-${width}.png`), fullPage: true });
      expect(picture.length).to.be.above(20_000);
      const card = page.locator('#check-takeover-is-served-at-once');
      expect(await card.locator('summary').isVisible()).to.equal(true);
      expect(await card.locator('.here').isVisible()).to.equal(true);
      const ladder = await card.locator('.ladder').boundingBox();
      const plot = await card.locator('svg').boundingBox();
      expect(ladder?.height).to.be.above(200);
      expect(plot?.height).to.be.above(100);
      for (const details of await page.locator('details:not([open]) > summary').all()) {
        if (await details.isVisible()) await details.click();
      }
      const widths = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]');
      expect(widths).to.deep.equal([width, width]);
      const colour = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(colour).to.equal(scheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(15, 18, 23)');
      expect(noise).to.deep.equal([]);
      await page.close();
    });
  }

  it('filters by word and verdict', async () => {
    const { page } = await open(1280, 'light');
    const rows = page.locator('.requirements tbody tr:visible');
    expect(await rows.count()).to.equal(4);
    await page.fill('#words', 'rsq-att-7 takeover');
    expect(await rows.count()).to.equal(1);
    expect(await page.textContent('#found')).to.equal('1 of 4 requirements');
    await page.fill('#words', '');
    await page.click('button[data-verdict=FAIL]');
    expect(await rows.count()).to.equal(3);
    await page.close();
  });

  it('opens what a link leads to', async () => {
    const { page } = await open(1280, 'light');
    await page.click('.requirements a[href="#check-values-are-pcg32"]');
    expect(await page.locator('#check-values-are-pcg32').isVisible()).to.equal(true);
    await page.close();
  });

  it('shows what was sent as text', async () => {
    const { page } = await open(1280, 'light');
    expect(await page.textContent('.outcome .actual pre')).to.include('</script><script>alert(1)</script>');
    expect(await page.locator('img, iframe, object, [onload], [onerror]').count()).to.equal(0);
    expect(await page.locator('script').count()).to.equal(1);
    expect(readFileSync(file).includes(0)).to.equal(false);
    await page.close();
  });

  it('can be read without its script', async () => {
    const page = await browser?.newPage({ javaScriptEnabled: false });
    if (page === undefined) throw new Error('expected a browser');
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator('.requirements tbody tr:visible').count()).to.equal(4);
    await page.close();
  });
});
