/** Whatever ends a run, the reports that were asked for come out: real processes, real signals. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { validateXML } from 'xmllint-wasm';
import { parseResults } from './report/read.ts';
import type { ReportInProgress } from './report/records.ts';

const LIMIT_MS = 90_000;
/** Long enough to begin, shorter than the scenarios that are chosen. */
const TROUBLE_MS = 3_500;
const ONLY = 'takeover-is-served-at-once,stateless-values-are-exact,session-expires-after-the-retention';
const SCHEMA = readFileSync(new URL('./schema/junit.xsd', import.meta.url), 'utf8');

describe('the reports of a run that ends badly', function () {
  this.timeout(LIMIT_MS);
  let folder = '';
  const running = new Set<ChildProcess>();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reseq-endings-'));
  });

  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    end(serverPid());
    rmSync(folder, { recursive: true, force: true });
  });

  const path = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(path(name), 'utf8');
  const results = (): ReportInProgress => parseResults(read('r.jsonl'), 'r.jsonl');

  function serverPid(): number | undefined {
    try {
      return Number(read('pid'));
    } catch {
      return undefined;
    }
  }

  /** @param pid of a process that leads its group */
  function end(pid: number | undefined): void {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }

  function isAlive(pid: number | undefined): boolean {
    try {
      return pid !== undefined && process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  interface Run {
    readonly child: ChildProcess;
    readonly ended: Promise<number | null>;
    out(): string;
  }

  function start(...words: string[]): Run {
    const child = spawn('node', ['--import', 'tsx', 'bin/reseq.ts', 'conformance', ...words], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    running.add(child);
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    return { child, out: () => out, ended: new Promise((resolve) => child.once('close', resolve)) };
  }

  /** The reference server, which does this when it starts. */
  function judge(trouble: string, ...words: string[]): Run {
    const note = `import{writeFileSync}from"node:fs";writeFileSync("${path('pid')}",String(process.pid));`;
    const server = `node --import tsx --import 'data:text/javascript,${note}${trouble}' bin/reseq.ts server`;
    const reports = `text,json=${path('r.jsonl')},junit=${path('r.xml')},html=${path('r.html')},md=${path('r.md')},badge=${path('r.json')}`;
    const command = `${server} --port {port} --interval 100ms --retention 4s`;
    return start('--server-cmd', command, '--report', reports, '--only', ONLY, ...words);
  }

  /** Waits until some cases are stored. */
  async function underWay(): Promise<void> {
    for (let tries = 0; tries < 1_000; tries++) {
      await wait(20);
      try {
        if (results().traces.length > 2) return;
      } catch {
        // Not begun yet.
      }
    }
    throw new Error('the run has not begun');
  }

  async function expectAllReports(conclusion: RegExp): Promise<void> {
    const { header, results: verdicts, footer } = results();
    expect(header?.checks).to.have.length(3);
    expect(verdicts).to.have.length(3);
    expect(footer).to.not.equal(undefined);
    const file = { fileName: 'r.xml', contents: read('r.xml') };
    expect((await validateXML({ xml: [file], schema: [SCHEMA] })).errors).to.deep.equal([]);
    expect(read('r.html')).to.match(conclusion);
    expect(read('r.md')).to.match(conclusion);
    expect(JSON.parse(read('r.json'))).to.have.property('schemaVersion', 1);
  }

  it('come out when the server crashes, and say so', async () => {
    const run = judge(`setTimeout(()=>{console.error("no more memory");process.exit(9)},${TROUBLE_MS})`);
    expect(await run.ended).to.be.oneOf([1, 3]);
    await expectAllReports(/does not conform|could not tell/);
    expect(run.out()).to.match(/note: the server has ended with exit code 9 while it was judged; its last words:/);
    expect(run.out()).to.include('| no more memory');
    expect(read('r.html')).to.include('no more memory');
  });

  it('come out when the server hangs and the deadline ends the run', async () => {
    const run = judge(`setTimeout(()=>process.kill(process.pid,"SIGSTOP"),${TROUBLE_MS})`, '--deadline', '7s');
    expect(await run.ended).to.be.oneOf([1, 3]);
    await expectAllReports(/truncated/);
    expect(results().footer?.truncated).to.equal(true);
    expect(isAlive(serverPid())).to.equal(false);
  });

  it('come out when the server floods its output', async () => {
    const flood = 'const b="x".repeat(1<<20);for(let i=0;i<100;i++){process.stdout.write(b);process.stderr.write(b)}';
    const run = judge(flood);
    expect(await run.ended).to.be.oneOf([0, 3]);
    await expectAllReports(/conforms|could not tell/);
    expect(read('r.jsonl').length).to.be.below(5_000_000);
  });

  it('come out at Ctrl-C, and no server is left behind', async () => {
    const run = judge('');
    await underWay();
    run.child.kill('SIGINT');
    expect(await run.ended).to.equal(3);
    await expectAllReports(/could not tell/);
    expect(run.out()).to.match(/could not tell \(truncated/);
    expect(isAlive(serverPid())).to.equal(false);
  });

  it('come out when the server cannot be reached', async () => {
    const run = start('--server', '127.0.0.1:1', '--report', `text,junit=${path('r.xml')},json=${path('r.jsonl')}`);
    expect(await run.ended).to.equal(3);
    expect(run.out()).to.match(/note: server: nothing accepts connections at 127\.0\.0\.1:1\n.*could not tell/);
    expect(results().footer).to.deep.include({ exitCode: 3, truncated: true });
    expect(read('r.xml')).to.include('type="TRUNCATED"');
  });

  it('leave what was seen when the suite itself is killed, and that can be judged', async () => {
    const run = judge('');
    await underWay();
    run.child.kill('SIGKILL');
    await run.ended;
    expect(results().footer).to.equal(undefined);
    const again = start('rejudge', path('r.jsonl'), '--report', `text,html=${path('again.html')}`);
    expect(await again.ended).to.equal(3);
    expect(again.out()).to.include('has no footer: the run was killed');
    expect(read('again.html')).to.include('could not tell');
  });
});
