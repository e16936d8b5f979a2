/** `reseq proxy` as a process: what it prints, takes and ends with. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';

class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  out = '';
  err = '';

  constructor(words: readonly string[]) {
    this.child = spawn(process.execPath, ['--import', 'tsx', 'bin/reseq.ts', 'proxy', ...words]);
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.out += chunk;
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.err += chunk;
    });
    this.ended = once(this.child, 'close');
  }

  async says(pattern: RegExp): Promise<string> {
    for (let tries = 0; tries < 1_000; tries++) {
      const match = pattern.exec(this.out);
      if (match !== null) return match[1] ?? '';
      await sleep(10);
    }
    throw new Error(`not printed: ${pattern}; ${this.err}`);
  }
}

describe('the command reseq proxy', function () {
  this.timeout(30_000);
  const programs: Program[] = [];
  let echo: net.Server;
  let to = '';

  before(async () => {
    echo = net.createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const address = echo.address();
    to = `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
  });
  after(() => echo.close());
  afterEach(() => {
    for (const { child } of programs.splice(0)) child.kill('SIGKILL');
  });

  function start(...words: string[]): Program {
    const program = new Program(words);
    programs.push(program);
    return program;
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`prints its address and ends with 0 on ${signal}, connections or not`, async () => {
      const program = start('--listen', '0', '--to', to);
      const port = await program.says(/^reseq-proxy listening on localhost:(\d+)\n/);
      const socket = net.connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket.resume(), 'connect');
      program.child.kill(signal);
      expect(await program.ended).to.deep.equal([0, null]);
      socket.destroy();
    });
  }

  it('writes nothing but events to stdout with --json, and takes keys as lines', async () => {
    const program = start(
      '--listen',
      '127.0.0.1:0',
      '--to',
      to,
      '--json',
      '--fault',
      'down:latency=1ms',
      '--seed',
      '3',
    );
    const port = await program.says(/"detail":"127\.0\.0\.1:(\d+)"/);
    const socket = net.connect(Number(port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('error', resolve));
    socket.write('hello');
    await once(socket, 'data');
    program.child.stdin?.write('r\n');
    await closed;
    await program.says(/"event":"closed"/);
    program.child.stdin?.write('q\n');
    expect(await program.ended).to.deep.equal([0, null]);
    const events = program.out
      .trim()
      .split('\n')
      .map((line): { event: string; ms: number; up?: object; down?: object } => JSON.parse(line));
    expect(events.map(({ event }) => event).filter((event) => !/^(client|server)-closed$/.test(event))).to.deep.equal([
      'listening',
      'accepted',
      'fault-on',
      'cut',
      'closed',
      'stopped',
    ]);
    const passed = { bytes: 5, messages: 0 };
    expect(events.find(({ event }) => event === 'closed')).to.deep.include({ up: passed, down: passed });
    expect(program.err).to.include('seed 3\n').and.to.include('keys: c cut the cable');
  });

  const wrong: readonly [string[], RegExp][] = [
    [['--to', 'localhost:1'], /required option '--listen/],
    [['--listen', '0'], /required option '--to/],
    [['--listen', '70000', '--to', 'localhost:1'], /port: expected 0\.\.65535, got "70000"/],
    [['--listen', '0', '--to', 'localhost:1', '--fault', 'lag=1s'], /NAME=VALUE with one of latency, .*got "lag=1s"/],
    [['--listen', '0', '--to', 'localhost:1', '--random', 'latency=1s,at=2s'], /--random: expected faults without at/],
    [['--listen', '0', '--to', 'localhost:1', '--mean', '0ms'], /mean: expected a duration above 0/],
    [['--listen', '0', '--to', 'localhost:1', '--buffer', '5'], /buffer: expected a size/],
    [['--listen', '192.0.2.1:0', '--to', 'localhost:1'], /--listen: expected an address that is free/],
  ];
  it('says in one line what is wrong with a command line, and ends with 2', async () => {
    for (const [words, message] of wrong) {
      const program = start(...words);
      expect(await program.ended, words.join(' ')).to.deep.equal([2, null]);
      expect(program.err)
        .to.match(message)
        .and.to.match(/^reseq: [^\n]*\n$/);
      expect(program.out).to.equal('');
    }
  });
});
