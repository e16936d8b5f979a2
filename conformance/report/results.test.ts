import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { compare } from '../compare.ts';
import { rejudge } from '../rejudge.ts';
import { goodServer } from '../testing/good-server.ts';
import { HOSTILE, reportOf, resultOf } from '../testing/report-parts.ts';
import { DESCRIPTION, item, start, TraceBuilder } from '../testing/trace-builder.ts';
import { blocked, failed, inconclusive, pass, unsupported } from '../verdict.ts';
import { parseBaseline, readBaseline } from './baseline.ts';
import type { ReportOptions } from './options.ts';
import { parseResults } from './read.ts';
import { type Report, type ResultRecord, type RunRecord, recordsOf } from './records.ts';
import { Reporter } from './reporter.ts';
import { RecordWriter } from './writer.ts';

const WORLD = [...goodServer().values()].flat();
/** Checks that find all they need in the good server's traces. */
const CHECKS = ['takeover-is-served-at-once', 'session-is-kept-for-the-retention', 'description-is-complete'];
const [TAKEOVER = '', KEPT = ''] = CHECKS;

describe('results.jsonl', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'reseq-results-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const path = (name: string): string => join(folder, name);

  function store(records: readonly RunRecord[], name = 'results.jsonl'): string {
    const writer = new RecordWriter(path(name));
    for (const record of records) writer.write(record);
    writer.close();
    return path(name);
  }

  /** A whole run of the good server. */
  function stored(results: readonly ResultRecord[] = [], checks: readonly string[] = CHECKS): Report {
    const report = reportOf(results, { traces: WORLD });
    return { ...report, header: { ...report.header, checks } };
  }

  interface Outcome {
    readonly status: number;
    readonly out: string;
    readonly err: string;
  }

  function collect(work: (surroundings: Parameters<typeof rejudge>[2]) => number, env = {}): Outcome {
    let out = '';
    let err = '';
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (err += text) };
    const status = work({ stdout, stderr, env });
    return { status, out, err };
  }

  const again = (file: string, options: Partial<ReportOptions> = {}, env = {}): Outcome =>
    collect((surroundings) => rejudge(file, { report: [], ...options }, surroundings), env);

  const compared = (before: Report, after: Report): Outcome =>
    collect((surroundings) =>
      compare(store(recordsOf(before), 'old'), store(recordsOf(after), 'new'), false, surroundings),
    );

  describe('the file', () => {
    it('gives back what was written, long and hostile traces included', () => {
      const items = Array.from({ length: 1_000 }, (_, index) => item(index, index));
      const long = new TraceBuilder('fan', 'long')
        .stream(HOSTILE, start(1_000))
        .items(...items)
        .build();
      const report = reportOf([resultOf('bad', ['RSQ-A-1'], failed('wrong'))], { traces: [long] });
      const read = parseResults(readFileSync(store(recordsOf(report)), 'utf8'), 'file');
      expect(read.header).to.deep.equal(report.header);
      expect(read.traces).to.deep.equal([long]);
      expect(read.results).to.deep.equal(report.results);
      expect(read.footer).to.deep.equal(report.footer);
    });

    it('is written before the run ends', async () => {
      const writer = new RecordWriter(path('live.jsonl'));
      writer.write(reportOf([]).header);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(parseResults(readFileSync(path('live.jsonl'), 'utf8'), 'file').header).to.not.equal(undefined);
      writer.close();
    });

    it('can be read when it ends in the middle of a line', () => {
      const text = readFileSync(store(recordsOf(stored())), 'utf8');
      const read = parseResults(text.slice(0, text.length - 20), 'file');
      expect(read.footer).to.equal(undefined);
      expect(read.traces).to.have.length(WORLD.length);
    });

    it('counts the last whole round of a scenario', () => {
      const [first] = WORLD;
      if (first === undefined) throw new Error('expected a trace');
      const { scenario } = first;
      const text = [
        stored().header,
        { type: 'trace', round: 1, ...first, caseId: 'one' },
        { type: 'driven', scenario, round: 1 },
        { type: 'trace', round: 2, ...first, caseId: 'two' },
      ].map((record) => JSON.stringify(record));
      const half = parseResults(text.join('\n'), 'file');
      expect(half.traces.map(({ caseId }) => caseId)).to.deep.equal(['one']);
      const whole = parseResults([...text, JSON.stringify({ type: 'driven', scenario, round: 2 })].join('\n'), 'file');
      expect(whole.traces.map(({ caseId }) => caseId)).to.deep.equal(['two']);
    });

    it('is refused where it is no record of this format', () => {
      const header = JSON.stringify(stored().header);
      expect(() => parseResults('hello\n', 'file')).to.throw('file:1: expected a record of results.jsonl, got "hello"');
      expect(() => parseResults(`${header}\n{"type":"trace"}\n`, 'file')).to.throw('file:2');
      expect(() => parseResults('', 'file')).to.throw('no header');
      expect(() => parseResults(header.replace('"format":2', '"format":1'), 'file')).to.throw('format 1');
    });
  });

  describe('rejudge', () => {
    it('judges stored traces and not what was said of them', () => {
      const lies = [resultOf(TAKEOVER, [], failed('a lie'))];
      const { status, out } = again(store(recordsOf(stored(lies))));
      expect(out).to.match(new RegExp(`^PASS +${TAKEOVER}`, 'm'));
      expect(out).to.match(/3 PASS/);
      expect(status).to.equal(0);
    });

    it('says that a run was killed, concludes nothing from what it had not finished, and exits 3', () => {
      const records = recordsOf(stored()).filter(
        (record) => record.type !== 'footer' && !(record.type === 'driven' && record.scenario === 'expiry-fan'),
      );
      const { status, out } = again(store(records));
      expect(out).to.match(new RegExp(`^PASS +${TAKEOVER}`, 'm'));
      expect(out).to.match(new RegExp(`^INCONCLUSIVE +${KEPT}`, 'm'));
      expect(out).to.include('has no footer: the run was killed');
      expect(out).to.match(/could not tell \(truncated/);
      expect(status).to.equal(3);
    });

    it('keeps the verdicts of a file that holds only some traces', () => {
      const report = stored([resultOf(TAKEOVER, [], failed('as recorded'))]);
      const { status, out } = again(store(recordsOf({ ...report, header: { ...report.header, traces: 'fail' } })));
      expect(out).to.include('as recorded');
      expect(out).to.include('holds only some traces (fail)');
      expect(status).to.equal(1);
    });

    it('writes every report, and its own file again', () => {
      const file = store(recordsOf(stored()));
      const formats = ['json', 'junit', 'html', 'md', 'badge'] as const;
      const report = formats.map((format) => ({ format, file: path(`out.${format}`) }));
      expect(again(file, { report }).status).to.equal(0);
      expect(formats.map((format) => readFileSync(path(`out.${format}`), 'utf8').length > 50)).to.not.include(false);
      expect(again(path('out.json')).status).to.equal(0);
    });

    it('tells GitHub', () => {
      writeFileSync(path('summary.md'), '# before\n');
      const { err } = again(store(recordsOf(stored())), {}, { GITHUB_STEP_SUMMARY: path('summary.md') });
      expect(readFileSync(path('summary.md'), 'utf8')).to.match(/^# before\n## ✅ Reseq conformance/);
      expect(err).to.equal('');
      const partly = stored([resultOf('bad', [], failed('wrong'))]);
      const file = store(recordsOf({ ...partly, header: { ...partly.header, traces: 'fail' } }));
      expect(again(file, {}, { GITHUB_ACTIONS: 'true' }).err).to.equal('::error title=bad::wrong\n');
    });

    it('refuses a file that cannot be written before it does anything', () => {
      const report = [
        { format: 'md', file: path('summary.md') },
        { format: 'html', file: path('nowhere/x.html') },
      ] as const;
      expect(() => again(store(recordsOf(stored())), { report })).to.throw('--report: expected a file that can be');
    });
  });

  describe('a run that breaks off', () => {
    const about = { side: 'server', target: 'localhost:9000', command: 'reseq conformance', seed: '2a' } as const;

    it('is judged by what it has recorded, and comes out with a reason', () => {
      const { out, status } = collect((surroundings) => {
        const report = [{ format: 'text' }, { format: 'json', file: path('broken.jsonl') }] as const;
        const reporter = new Reporter({ report }, about, surroundings);
        const judge = { description: DESCRIPTION, seedFromClientId: false };
        const scenarios = [...new Set(WORLD.map(({ scenario }) => scenario))];
        reporter.planned({ side: 'server', target: 'localhost:9000', judge, checks: CHECKS, scenarios });
        for (const trace of WORLD) reporter.traced(trace, 1);
        for (const scenario of scenarios) if (scenario !== 'expiry-fan') reporter.driven(scenario, 1);
        return reporter.end({ truncated: true, notes: ['a fault of the suite ended the run: TypeError'] });
      });
      expect(out).to.match(new RegExp(`^PASS +${TAKEOVER}`, 'm'));
      expect(out).to.match(new RegExp(`^INCONCLUSIVE +${KEPT}`, 'm'));
      expect(out).to.include('note: a fault of the suite ended the run: TypeError');
      expect(status).to.equal(3);
      expect(again(path('broken.jsonl')).out).to.equal(out);
    });

    it('says that the suite was late when it was', () => {
      const ending = { truncated: false, lag: { maxMs: 5_459, meanMs: 20 } };
      const { out } = collect((surroundings) => new Reporter({ report: [] }, about, surroundings).end(ending));
      expect(out).to.include('note: the suite itself was late by up to 5.5 s');
    });
  });

  describe('baseline', () => {
    const recorded = (...results: ResultRecord[]): string => {
      const report = stored(results);
      return store(recordsOf({ ...report, header: { ...report.header, traces: 'fail' } }));
    };
    const withBaseline = (text: string, ...results: ResultRecord[]): Outcome =>
      again(recorded(...results), { baseline: parseBaseline(text) });

    const good = resultOf(TAKEOVER, [], pass('3 takeovers'));

    it('lets known failures pass', () => {
      const { status, out } = withBaseline(
        `# by hand\n${KEPT}  # FAIL: gone\n`,
        good,
        resultOf(KEPT, [], failed('the session is gone')),
      );
      expect(out).to.match(new RegExp(`^KNOWN +${KEPT} +the session is gone$`, 'm'));
      expect(status).to.equal(0);
    });

    it('is stale where a check passes or is not known', () => {
      expect(withBaseline(TAKEOVER, good)).to.deep.include({ status: 1 });
      expect(withBaseline(TAKEOVER, good).out).to.match(new RegExp(`^STALE +${TAKEOVER} +in the baseline, but PASS`));
      expect(withBaseline(KEPT, good, resultOf(KEPT, [], unsupported('no'))).status).to.equal(1);
      const unknown = withBaseline('no-such-check', good);
      expect(unknown.out).to.match(/^STALE +no-such-check +in the baseline, but no check has this id/m);
      expect(unknown.status).to.equal(1);
    });

    it('says nothing of checks that were not judged', () => {
      expect(withBaseline(KEPT, good).status).to.equal(0);
    });

    it('does not excuse what the suite could not tell', () => {
      expect(withBaseline(KEPT, good, resultOf(KEPT, [], inconclusive('too late'))).status).to.equal(3);
      expect(withBaseline(KEPT, good, resultOf(KEPT, [], blocked('no stream'))).status).to.equal(0);
    });

    it('is written so that it excuses the run, and is refused where it is none', () => {
      const bad = resultOf(KEPT, [], failed('gone\nfor ever'));
      const writeBaseline = path('baseline.txt');
      expect(again(recorded(good, bad), { writeBaseline }).status).to.equal(1);
      expect(readFileSync(writeBaseline, 'utf8')).to.equal(`# Checks that are known to fail.\n${KEPT}  # FAIL: gone\n`);
      expect(again(recorded(good, bad), { baseline: readBaseline(writeBaseline) }).status).to.equal(0);
      expect(() => parseBaseline('two words')).to.throw('--baseline: expected one id of a check a line');
      expect(() => readBaseline(path('absent'))).to.throw('--baseline: expected a file that can be read');
    });

    it('is not written from half a run', () => {
      const writeBaseline = path('half.txt');
      const file = store(recordsOf(stored()).slice(0, -1));
      const { status, err } = again(file, { writeBaseline });
      expect(err).to.include('not written: the run did not come to its end');
      expect(status).to.equal(3);
      expect(readFileSync(writeBaseline, 'utf8')).to.equal('');
    });
  });

  describe('compare', () => {
    const run = (...results: ResultRecord[]): Report => reportOf(results);
    const [ok, wrong, late] = [pass('fine'), failed('wrong\nvery'), inconclusive('late')];

    it('shows regressions first and exits 1', () => {
      const { status, out } = compared(
        run(resultOf('a', [], ok), resultOf('b', [], wrong), resultOf('gone', [], ok)),
        run(resultOf('fresh', [], wrong), resultOf('b', [], ok), resultOf('a', [], wrong)),
      );
      expect(out.trimEnd().split('\n')).to.deep.equal([
        'regression  a  PASS -> FAIL  wrong',
        'fix         b  FAIL -> PASS  fine',
        'new         fresh  absent -> FAIL  wrong',
        'removed     gone  PASS -> absent  fine',
        '1 regression, 1 fix, 1 new, 1 removed',
      ]);
      expect(status).to.equal(1);
    });

    it('exits 0 without a regression and 3 when the new run cannot tell', () => {
      expect(compared(run(resultOf('a', [], ok)), run(resultOf('a', [], ok)))).to.include({ status: 0 });
      expect(compared(run(resultOf('a', [], ok)), run(resultOf('a', [], late))).status).to.equal(3);
      const cut = reportOf([resultOf('a', [], ok)], { truncated: true });
      expect(compared(run(resultOf('a', [], ok)), cut).status).to.equal(3);
    });

    it('looks at what checks said, not at what baselines made of it', () => {
      const known = { ...resultOf('a', [], wrong), verdict: 'KNOWN', said: 'FAIL' } as const;
      expect(compared(run(resultOf('a', [], ok)), run(known)).status).to.equal(1);
      expect(compared(run(resultOf('a', [], wrong)), run(known)).out).to.equal('no change\n');
    });
  });
});
