import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { type DriverRun, runDriver } from './driver.ts';
import type { ClientResult } from './result.ts';
import { CLIENT_ID } from './testing/drive.ts';

/** A driver whose runs end when the test says so. */
class Stage {
  readonly answers: Record<string, unknown>[] = [];
  readonly runs: { run: DriverRun; signal: AbortSignal; end: (result: ClientResult) => void }[] = [];
  readonly #chunks: Buffer[] = [];
  #wake: () => void = () => undefined;
  #closed = false;
  readonly over: Promise<void>;

  constructor() {
    this.over = runDriver({
      input: this.#input(),
      write: (line) => {
        expect(line.indexOf('\n')).to.equal(line.length - 1);
        this.answers.push(JSON.parse(line) as Record<string, unknown>);
      },
      implementation: 'test 1',
      carryOut: (run, signal) => new Promise((end) => this.runs.push({ run, signal, end })),
    });
  }

  async say(...lines: readonly (object | string)[]): Promise<void> {
    for (const line of lines)
      this.#chunks.push(Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
    this.#wake();
    await turn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.over;
  }

  async *#input(): AsyncGenerator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#closed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

const RUN = { type: 'run', id: 'a', server: 'localhost:1', profile: 'stateless', count: 3 };

function ended(received: number): ClientResult {
  return { result: 'complete', profile: 'stateless', count: 3, received, reconnects: 0, a: 1, ratio: 2, sum: 7n };
}

describe('the client as a driver', () => {
  it('says what it supports', async () => {
    const stage = new Stage();
    await stage.say({ type: 'hello', version: 1 });
    expect(stage.answers).to.deep.equal([
      {
        type: 'hello',
        version: 1,
        implementation: 'test 1',
        profiles: ['stateless', 'stateful'],
        options: ['clientId', 'ratio', 'confirm', 'prefixChecksum'],
      },
    ]);
    await stage.close();
  });

  it('carries out runs at the same time and answers each when it ends', async () => {
    const stage = new Stage();
    await stage.say(RUN, { ...RUN, id: 'b' });
    expect(stage.runs).to.have.length(2);
    stage.runs[1]?.end(ended(3));
    await turn();
    expect(stage.answers).to.deep.equal([
      {
        type: 'result',
        id: 'b',
        result: {
          result: 'complete',
          profile: 'stateless',
          count: 3,
          received: 3,
          a: 1,
          ratio: 2,
          sum: '7',
          reconnects: 0,
        },
      },
    ]);
    stage.runs[0]?.end(ended(3));
    await turn();
    expect(stage.answers.map(({ id }) => id)).to.deep.equal(['b', 'a']);
    await stage.close();
  });

  it('passes on what a run asks for', async () => {
    const stage = new Stage();
    const asked = { clientId: CLIENT_ID.toUpperCase(), confirm: false, prefixChecksum: true };
    await stage.say({ ...RUN, profile: 'stateful', ...asked, unknown: 1 });
    expect(stage.runs[0]?.run).to.deep.equal({
      server: 'localhost:1',
      profile: 'stateful',
      count: 3,
      ratio: undefined,
      clientId: CLIENT_ID,
      confirm: false,
      prefixChecksum: true,
    });
    await stage.close();
  });

  const refusals: readonly [string, object | string, string][] = [
    ['no JSON', 'hello', 'line: expected a JSON object, got "hello"'],
    ['no object', '[1]', 'line: expected a JSON object, got "[1]"'],
    ['too long a line', `"${'x'.repeat(70_000)}"`, 'line: expected a JSON object, got '],
    ['an unknown type', { type: 'pause' }, 'type: expected hello, run, cancel or bye, got "pause"'],
    ['no id', { ...RUN, id: undefined }, 'id: expected 1 to 64 of A-Z a-z 0-9 . _ -, got '],
    ['a bad server', { ...RUN, server: 'here' }, 'address: expected HOST:PORT'],
    ['another profile', { ...RUN, profile: 'both' }, 'profile: expected stateful or stateless, got "both"'],
    ['count 0', { ...RUN, count: 0 }, 'count: expected 1..65535, got 0'],
    ['count as text', { ...RUN, count: '3' }, 'count: expected 1..65535, got "3"'],
    ['ratio 4', { ...RUN, ratio: 4 }, 'ratio: expected 2..3, got 4'],
    ['a bad client id', { ...RUN, clientId: 7 }, 'clientId: expected UUID text of 36 characters, not nil, got 7'],
    ['confirm as text', { ...RUN, confirm: 'no' }, 'confirm: expected true or false, got "no"'],
  ];
  for (const [title, line, message] of refusals) {
    it(`refuses ${title} and goes on`, async () => {
      const stage = new Stage();
      await stage.say(line, { ...RUN, id: 'next' });
      expect(stage.answers).to.have.length(1);
      expect(stage.answers[0]?.['message']).to.include(message);
      expect(stage.runs).to.have.length(1);
      await stage.close();
    });
  }

  it('refuses an id for the second time, also when its run has ended', async () => {
    const stage = new Stage();
    await stage.say(RUN);
    stage.runs[0]?.end(ended(3));
    await turn();
    await stage.say(RUN);
    expect(stage.answers.map(({ type }) => type)).to.deep.equal(['result', 'error']);
    expect(stage.answers[1]).to.include({ id: 'a', message: 'id: expected one that was not used before, got "a"' });
    expect(stage.runs).to.have.length(1);
    await stage.close();
  });

  it('interrupts a run that is cancelled, and passes over the cancel of any other', async () => {
    const stage = new Stage();
    await stage.say(RUN, { ...RUN, id: 'b' }, { type: 'cancel', id: 'a' }, { type: 'cancel', id: 'zzz' });
    expect(stage.runs.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
    expect(stage.answers).to.deep.equal([]);
    await stage.close();
  });

  for (const how of ['bye', 'the end of the input'] as const) {
    it(`interrupts what goes on at ${how}, and says nothing more`, async () => {
      const stage = new Stage();
      await stage.say(RUN);
      if (how === 'bye') await stage.say({ type: 'bye' }, { type: 'hello', version: 1 });
      await stage.close();
      expect(stage.runs[0]?.signal.aborted).to.equal(true);
      stage.runs[0]?.end(ended(1));
      await turn();
      expect(stage.answers).to.deep.equal([]);
    });
  }
});
