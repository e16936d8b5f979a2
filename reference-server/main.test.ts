import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { UsageError } from '../protocol/cli.ts';
import { serverCommand } from './main.ts';
import { Caller } from './testing/caller.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const RUN = `
  import { serverCommand } from './reference-server/main.ts';
  await serverCommand().parseAsync(process.argv.slice(1), { from: 'user' });
`;

/** What is wrong with a command line, in one line. */
async function complaint(...words: string[]): Promise<string> {
  const command = serverCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    await command.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof Error && (error instanceof UsageError || 'exitCode' in error)) return error.message;
    throw error;
  }
  return 'none';
}

describe('command line of the server', () => {
  it('says field, expected and got', async () => {
    expect(await complaint('--interval', '5'))
      .to.contain('expected a number with its unit')
      .and.contain('got "5"');
    expect(await complaint('--interval', '0ms')).to.contain('interval: expected at least 1ms, got "0ms"');
    expect(await complaint('--port', '65536')).to.contain('port: expected 0..65535, got "65536"');
    expect(await complaint('--tls-cert', 'cert.pem')).to.contain('tls-key: expected');
    expect(await complaint('--tls-cert', '/nowhere/cert.pem', '--tls-key', 'x')).to.match(
      /tls-cert: expected .*ENOENT/,
    );
    const itself = fileURLToPath(import.meta.url);
    const words = ['--port', '0', '--tls-cert', itself, '--tls-key', itself];
    expect(await complaint(...words)).to.match(/^tls-cert: expected .* PEM/);
  });

  it('shows the defaults of durations as they are typed', () => {
    const help = serverCommand().configureHelp({ helpWidth: 200 }).helpInformation();
    const defaults = [...help.matchAll(/<duration> .*\(default: (.*)\)/g)].map(([, text]) => text);
    expect(defaults).to.have.length(6);
    for (const text of defaults) expect(text).to.match(/^\d+m?s$/);
  });

  it('says what is wrong with the store and never shows a password', async () => {
    expect(await complaint('--store', 'disk')).to.match(/^store: expected memory, redis.* got "disk"$/);
    const secret = await complaint('--store', 'redis://blue:secret@a:1,b:2');
    expect(secret)
      .to.match(/^store: expected one server/)
      .and.not.contain('secret');
    const itself = fileURLToPath(import.meta.url);
    expect(await complaint('--store-cacert', itself)).to.match(/^store-cacert: expected a store over TLS/);
    const plain = await complaint('--store', 'redis://localhost', '--store-cacert', itself);
    expect(plain).to.match(/^store-cacert: expected a store over TLS/);
    const absent = await complaint('--store', 'rediss://localhost', '--store-cacert', '/nowhere/ca.pem');
    expect(absent).to.match(/^store-cacert: expected a readable PEM file \(ENOENT\)/);
  });

  it('wants a shared store for several workers', async () => {
    expect(await complaint('--workers', '0')).to.contain('workers: expected 1..256, got "0"');
    expect(await complaint('--workers', '2')).to.match(/^workers: expected 1 with --store memory, or .* got 2$/);
  });

  it('checks its files before it starts workers', async () => {
    const shared = ['--workers', '2', '--store', 'redis://localhost'];
    const itself = fileURLToPath(import.meta.url);
    expect(await complaint(...shared, '--tls-cert', itself, '--tls-key', itself)).to.match(
      /^tls-cert: expected .* PEM/,
    );
  });

  it('blames the port that is taken', async () => {
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      expect(await complaint('--port', String(port))).to.match(
        /^port: expected a free port on localhost \(EADDRINUSE\)/,
      );
      const words = ['--port', '0', '--metrics-port', String(port)];
      expect(await complaint(...words)).to.match(/^metrics-port: expected a free port .*EADDRINUSE/);
    } finally {
      taken.close();
    }
  });

  describe('as a process', () => {
    let server: ChildProcess;

    afterEach(() => {
      server.kill('SIGKILL');
    });

    it('prints its real address first, serves on it, and ends with 0 on SIGTERM', async () => {
      const words = ['--port', '0', '--json', '--interval', '10ms'];
      server = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', RUN, '--', ...words], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      if (server.stdout === null) throw new Error('expected a pipe');
      const [line] = await once(createInterface(server.stdout), 'line');
      const { listening, port } = JSON.parse(String(line)) as { listening: string; port: number };
      expect(listening).to.equal(`localhost:${port}`);
      const caller = new Caller(listening);
      const stream = await caller.open({ statelessStart: {} }).received(2);
      server.kill('SIGTERM');
      expect(await stream.ended).to.include({ status: 'UNAVAILABLE', code: '200', retryAfter: '500' });
      const [code] = await once(server, 'exit');
      expect(code).to.equal(0);
      caller.close();
    });
  });
});
