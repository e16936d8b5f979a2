import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../protocol/cli.ts';
import { Journal, type Task } from './records.ts';
import { openStateFile, type StateFile, saveSnapshot } from './state-file.ts';
import { CHECKSUM_42_1, NUMBERS_42, RESUME_KEY, STATEFUL_6 } from './testing/drive.ts';

describe('state file', () => {
  let directory = '';
  let path = '';

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'reseq-state-'));
    path = join(directory, 'run.jsonl');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function open(task: Task = STATEFUL_6): StateFile {
    return openStateFile(
      path,
      () => task,
      () => {},
    );
  }

  /** A file with a begun run in it, as a killed client leaves it. */
  function begin(): void {
    const file = open();
    file.append({ kind: 'attempt', attempt: 1 });
    file.append({ kind: 'opened', learnt: { profile: 'stateful', resumeKey: RESUME_KEY } });
    file.append({ kind: 'item', index: 0, value: NUMBERS_42[0] });
    file.append({ kind: 'item', index: 1, value: NUMBERS_42[1] });
    file.close();
  }

  it('gives back what was put in', () => {
    begin();
    const { journal } = open();
    expect(journal.task).to.deep.equal(STATEFUL_6);
    expect(journal).to.include({ attempt: 1, accepted: 2, ended: undefined });
    expect(journal.values).to.deep.equal(NUMBERS_42.slice(0, 2));
    expect(journal.learnt).to.deep.equal({ profile: 'stateful', resumeKey: Buffer.from(RESUME_KEY) });
  });

  it('is readable by its owner alone, for it holds the resume key', () => {
    begin();
    expect(statSync(path).mode & 0o777).to.equal(0o600);
  });

  it('drops a last line that was cut off, wherever the cut is, and goes on behind the one before', () => {
    begin();
    const whole = readFileSync(path);
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let cut = lastLine; cut < whole.length; cut += 1) {
      writeFileSync(path, whole.subarray(0, cut));
      const file = open();
      expect(file.journal.accepted, `cut at ${cut}`).to.equal(1);
      file.append({ kind: 'item', index: 1, value: 7 });
      file.close();
      const again = open();
      expect(again.journal.values, `cut at ${cut}`).to.deep.equal([NUMBERS_42[0], 7]);
      again.close();
    }
  });

  it('begins anew when even the first line was cut off', () => {
    writeFileSync(path, '{"kind":"task","for');
    const file = open();
    expect(file.journal).to.deep.equal(new Journal(STATEFUL_6));
    expect(readFileSync(path, 'utf8').split('\n')).to.have.length(2);
  });

  it('lets the judge refuse the run in it, and stays as it was', () => {
    begin();
    const before = readFileSync(path);
    const refuse = (): never => {
      throw new UsageError('state file', 'another run', 'this');
    };
    expect(() => openStateFile(path, () => STATEFUL_6, refuse)).to.throw(UsageError, 'another run');
    expect(readFileSync(path)).to.deep.equal(before);
    expect(existsSync(`${path}.lock`)).to.equal(false);
  });

  const spoilt: readonly [string, string][] = [
    ['a line that is no JSON', 'hello'],
    ['a record of an unknown kind', '{"kind":"surprise"}'],
    ['an item out of order', '{"kind":"item","index":5,"value":1}'],
    ['an item without its value', '{"kind":"item","index":2}'],
    ['a value above 32 bits', '{"kind":"item","index":2,"value":4294967296}'],
    ['an attempt that does not rise', '{"kind":"attempt","attempt":1}'],
    ['a second task', '{"kind":"task","format":"reseq-client-state/1","profile":"stateless","count":1,"ratio":2}'],
    ['opened of the other profile', '{"kind":"opened","profile":"stateless","a":1}'],
    ['a resume key of the wrong length', '{"kind":"opened","profile":"stateful","resumeKey":"00"}'],
    ['an unknown ending', '{"kind":"ended","result":"fine"}'],
  ];
  for (const [name, line] of spoilt) {
    it(`refuses ${name}, naming the line`, () => {
      begin();
      appendFileSync(path, `${line}\n`);
      expect(() => open()).to.throw(UsageError, /run\.jsonl, line 6: expected the journal of a client, got/);
    });
  }

  it('refuses a file that is no journal at all', () => {
    writeFileSync(path, 'shopping list\nmilk\n');
    expect(() => open()).to.throw(UsageError, 'line 1');
  });

  it('refuses a place where no file can be', () => {
    path = join(directory, 'missing', 'run.jsonl');
    expect(() => open()).to.throw(UsageError, 'expected a file that can be read and written');
  });

  it('is held by one process at a time', () => {
    writeFileSync(`${path}.lock`, String(process.ppid));
    expect(() => open()).to.throw(UsageError, `process ${process.ppid}`);
    expect(existsSync(path)).to.equal(false);
  });

  it('takes over from a process that is gone', () => {
    writeFileSync(`${path}.lock`, '2147483646');
    open().close();
    expect(existsSync(`${path}.lock`)).to.equal(false);
  });

  for (const [what, text] of [
    ['is empty', ''],
    ['holds no number', 'me'],
  ] as const) {
    it(`is held when its lock ${what}, for nobody knows by whom`, () => {
      writeFileSync(`${path}.lock`, text);
      expect(() => open()).to.throw(
        UsageError,
        `one that no process holds (${path}.lock), got "process ${text || 'unknown'}"`,
      );
      expect(readFileSync(`${path}.lock`, 'utf8')).to.equal(text);
    });
  }

  it('is taken over by one process at a time', () => {
    writeFileSync(`${path}.lock`, '2147483646');
    writeFileSync(`${path}.lock.takeover`, String(process.ppid));
    expect(() => open()).to.throw(UsageError, `process ${process.ppid}`);
    expect(readFileSync(`${path}.lock`, 'utf8')).to.equal('2147483646');
  });

  it('leaves nothing beside it but its lock, which tells its process, and in the end not even that', () => {
    for (const left of [undefined, '2147483646']) {
      if (left !== undefined) writeFileSync(`${path}.lock`, left);
      const file = open();
      expect(readFileSync(`${path}.lock`, 'utf8')).to.equal(String(process.pid));
      expect(readdirSync(directory)).to.have.members(['run.jsonl', 'run.jsonl.lock']);
      file.close();
      expect(readdirSync(directory)).to.deep.equal(['run.jsonl']);
    }
  });

  it('saves a run that was kept in memory so that it can be continued', () => {
    const journal = new Journal({ ...STATEFUL_6, count: 1 });
    journal.add({ kind: 'attempt', attempt: 3 });
    journal.add({ kind: 'opened', learnt: { profile: 'stateful', resumeKey: RESUME_KEY } });
    journal.add({ kind: 'final', index: 0, value: NUMBERS_42[0], checksum: CHECKSUM_42_1, confirmAttempt: 3 });
    saveSnapshot(path, journal);
    const found = open().journal;
    expect(found).to.include({ attempt: 3, accepted: 1, expectedChecksum: CHECKSUM_42_1, confirmAttempt: 3 });
  });

  it('overwrites nothing when it saves', () => {
    writeFileSync(path, 'precious');
    expect(() => saveSnapshot(path, new Journal(STATEFUL_6))).to.throw('EEXIST');
  });
});
