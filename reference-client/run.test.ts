import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { UsageError } from '../protocol/cli.ts';
import { FakeClock } from '../protocol/testing/fake-clock.ts';
import type { ClientFlags } from './flags.ts';
import { runCommand, type Surroundings } from './run.ts';
import { CHECKSUM_42_6, CLIENT_ID, STEADY } from './testing/drive.ts';
import { FakeBinding, type FakeBindingOptions } from './testing/fake-binding.ts';

const FLAGS: ClientFlags = {
  server: 'localhost:9000',
  count: 6,
  clientId: CLIENT_ID,
  confirm: true,
  giveUp: 300_000,
  connectAttempts: 5,
};

interface Shown {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command with time that passes by itself. @param interruptAfter messages before a Ctrl-C */
async function run(flags: ClientFlags, options: FakeBindingOptions = {}, interruptAfter?: number): Promise<Shown> {
  const clock = new FakeClock();
  const shown = { out: '', err: '' };
  let interrupt: () => void = () => {};
  const sent = (count: number): void => {
    if (count === interruptAfter) interrupt();
  };
  const passing = setInterval(() => clock.advance(500), 1);
  const surroundings: Surroundings = {
    binding: new FakeBinding({ ...options, sent }),
    clock,
    random: STEADY,
    launchedAs: 'npx reseq client',
    onSignal: (call) => {
      interrupt = call;
      return () => {};
    },
    console: {
      out: (text) => {
        shown.out += text;
      },
      err: (text) => {
        shown.err += text;
      },
      isTerminal: false,
      columns: () => 80,
      color: false,
    },
  };
  try {
    return { status: await runCommand(flags, surroundings), ...shown };
  } finally {
    clearInterval(passing);
  }
}

describe('client command', () => {
  let directory = '';
  let before = '';
  const temporaryBefore = process.env['TMPDIR'];

  beforeEach(() => {
    before = process.cwd();
    directory = mkdtempSync(join(tmpdir(), 'reseq-run-'));
    process.chdir(directory);
    process.env['TMPDIR'] = directory;
  });

  afterEach(() => {
    process.chdir(before);
    if (temporaryBefore === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporaryBefore;
    rmSync(directory, { recursive: true });
  });

  it('prints exactly the result line of a stateful run, and nothing on stderr', async () => {
    expect(await run(FLAGS)).to.deep.equal({
      status: 0,
      out: `{"result":"complete","profile":"stateful","count":6,"received":6,"clientId":"${CLIENT_ID}","checksum":"${CHECKSUM_42_6}","expectedChecksum":"${CHECKSUM_42_6}","reconnects":0}\n`,
      err: '',
    });
  });

  it('prints exactly the result line of a stateless run', async () => {
    const { clientId: _, ...flags } = FLAGS;
    expect(await run({ ...flags, profile: 'stateless', count: 10 })).to.deep.equal({
      status: 0,
      out: '{"result":"complete","profile":"stateless","count":10,"received":10,"a":23,"ratio":2,"sum":"23529","reconnects":0}\n',
      err: '',
    });
  });

  it('counts reconnects', async () => {
    const { out } = await run(FLAGS, { dropAfter: 2 });
    expect(JSON.parse(out)).to.include({ result: 'complete', reconnects: 2 });
  });

  it('prints the error of a rejected run, with advice on stderr', async () => {
    const { status, out, err } = await run(FLAGS, { refuse: 'STALE_ATTEMPT' });
    expect(status).to.equal(4);
    expect(JSON.parse(out)).to.deep.equal({
      result: 'rejected',
      profile: 'stateful',
      count: 6,
      received: 0,
      clientId: CLIENT_ID,
      reconnects: 0,
      error: { code: 106, name: 'STALE_ATTEMPT', message: 'as told' },
    });
    expect(err).to.equal(
      'rejected after 0 of 6 items: [stale_attempt] as told\n' +
        'hint: an earlier run has used this client id: continue it with its --state file, or leave --client-id out\n',
    );
  });

  it('is unreachable after its dials, and has nothing to resume', async () => {
    const { status, out, err } = await run(FLAGS, { refuse: 'UNAVAILABLE' });
    expect(status).to.equal(5);
    expect(JSON.parse(out)).to.include({ result: 'unreachable', reconnects: 4 });
    expect(err).not.to.include('resume');
    expect(readdirSync('.')).to.deep.equal([]);
  });

  it('writes progress as JSON lines when asked to', async () => {
    const { err } = await run({ ...FLAGS, json: true }, { dropAfter: 3 });
    const events = err
      .trim()
      .split('\n')
      .map((line): { event?: unknown } => JSON.parse(line));
    expect(new Set(events.map(({ event }) => event))).to.deep.equal(
      new Set(['dialling', 'opened', 'progress', 'waiting']),
    );
    expect(events.at(-1)).to.deep.equal({ event: 'progress', received: 6, count: 6 });
  });

  it('saves an interrupted run and says the command that completes it', async () => {
    const first = await run(FLAGS, {}, 3);
    expect(first.status).to.equal(130);
    expect(JSON.parse(first.out)).to.include({ result: 'interrupted', received: 2 });
    expect(JSON.parse(first.out)).to.have.deep.property('error', { message: 'interrupted before the end' });
    const file = join(directory, readdirSync('.')[0] ?? '');
    expect(first.err).to.equal(
      'interrupted after 2 of 6 items\n' +
        'resume (the server keeps the session for 30 s):\n' +
        `  npx reseq client --server localhost:9000 --state ${file} --give-up 300000ms --connect-attempts 5\n`,
    );
    const { count: _, clientId: __, ...flags } = FLAGS;
    const second = await run({ ...flags, state: file });
    expect(second.status).to.equal(0);
    expect(JSON.parse(second.out)).to.include({ clientId: CLIENT_ID, checksum: CHECKSUM_42_6, reconnects: 1 });
  });

  it('tells the result and the status of an interrupted run that cannot be saved', async () => {
    process.env['TMPDIR'] = join(directory, 'missing');
    const { status, out, err } = await run(FLAGS, {}, 3);
    expect(status).to.equal(130);
    expect(JSON.parse(out)).to.include({ result: 'interrupted', received: 2 });
    expect(err).to.match(/^interrupted after 2 of 6 items\nthe run cannot be saved and resumed: ENOENT: .*\n$/);
  });

  it('saves an interrupted stateless run as well', async () => {
    const { clientId: _, ...flags } = FLAGS;
    await run({ ...flags, profile: 'stateless', count: 10 }, {}, 4);
    const [file = ''] = readdirSync('.');
    const { count: __, ...rest } = flags;
    const { out } = await run({ ...rest, state: file });
    expect(JSON.parse(out)).to.include({ result: 'complete', received: 10, sum: '23529' });
  });

  it('keeps the state file of its user up to date and repeats the result of a finished run', async () => {
    const flags = { ...FLAGS, state: 'run.jsonl' };
    const first = await run(flags);
    const second = await run(flags, { refuse: 'INTERNAL' });
    expect(second).to.deep.equal(first);
    expect(readdirSync('.')).to.deep.equal(['run.jsonl']);
  });

  it('repeats the failure of a run that has failed for good', async () => {
    const flags = { ...FLAGS, state: 'run.jsonl' };
    const first = await run(flags, { refuse: 'SESSION_CONFLICT' });
    expect(await run(flags)).to.deep.equal(first);
  });

  for (const [name, other, text] of [
    ['count', { count: 7 }, 'expected a run with count 7, got "one with 6"'],
    ['client id', { clientId: CLIENT_ID.replace('6', '7') }, 'expected a run with client-id 7'],
    ['profile', { profile: 'stateless', clientId: undefined }, 'expected a run with profile stateless'],
  ] as const) {
    it(`refuses the state file of a run with another ${name}`, async () => {
      await run({ ...FLAGS, state: 'run.jsonl' });
      const { clientId, ...rest } = { ...FLAGS, ...other };
      const flags = { ...rest, ...(clientId === undefined ? {} : { clientId }), state: 'run.jsonl' };
      const refused: unknown = await run(flags).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(UsageError);
      expect(refused).to.have.property('message').that.includes(text);
    });
  }

  it('refuses flags of the other profile', async () => {
    const wrong: readonly ClientFlags[] = [
      { ...FLAGS, profile: 'stateless' },
      { ...FLAGS, ratio: 3 },
    ];
    for (const flags of wrong) {
      const refused: unknown = await run(flags).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(UsageError);
    }
  });
});
