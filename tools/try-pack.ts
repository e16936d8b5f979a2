/**
 * Tries the package as a stranger would: packs it, installs the tarball into an empty folder, runs the
 * command and uses every export. Prints `ok TITLE` or `not ok TITLE` a step; exit 1 when one fails.
 * Needs the registry or a filled npm cache, so it is not part of the unit tests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot, packageVersion } from '../protocol/package-root.ts';

const ROOT = packageRoot();
const STEP_TIMEOUT_MS = 180_000;

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
let failures = 0;

/** Starts a program in a process group of its own, so that everything it starts can be ended with it. */
function start(folder: string, command: string, ...args: string[]): ChildProcess {
  const child = spawn(command, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function stop(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, signal);
}

async function run(folder: string, command: string, ...args: string[]): Promise<Finished> {
  const child = start(folder, command, ...args);
  const timer = setTimeout(() => stop(child, 'SIGKILL'), STEP_TIMEOUT_MS);
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { status, ...output };
}

/** Like `run`, for programs that have to succeed. */
async function succeed(folder: string, command: string, ...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(folder, command, ...args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: expected exit 0, got ${status}\n${stdout}${stderr}`);
  return stdout;
}

async function step(title: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    console.log(`ok ${title}`);
  } catch (error) {
    failures++;
    console.log(`not ok ${title}`);
    console.error(error instanceof Error ? error.message : error);
  }
}

function expectEqual(what: string, got: unknown, expected: unknown): void {
  if (got !== expected) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('expected a stdout, got none');
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error('expected a first line on stdout, got its end');
}

async function runClient(app: string, port: string, profile: string): Promise<void> {
  const args = ['client', '--server', `localhost:${port}`, '--profile', profile, '--count', '5'];
  const stdout = await succeed(app, 'npx', '--no-install', 'reseq', ...args);
  const line = JSON.parse(stdout) as Record<string, unknown>;
  expectEqual('result', line['result'], 'complete');
  expectEqual('received', line['received'], 5);
}

async function tryCommand(app: string): Promise<void> {
  await step('the command tells its version', async () => {
    expectEqual('version', (await succeed(app, 'npx', '--no-install', 'reseq', '--version')).trim(), packageVersion());
  });

  const server = start(app, 'npx', '--no-install', 'reseq', 'server', '--port', '0', '--interval', '20ms');
  server.stderr?.resume();
  try {
    let port = '';
    await step('the command starts a server and prints its port', async () => {
      const line = await firstLine(server);
      port = /:(\d+)$/.exec(line)?.[1] ?? '';
      if (port === '') throw new Error(`expected a line that ends in a port, got ${JSON.stringify(line)}`);
    });
    for (const profile of ['stateful', 'stateless']) {
      await step(`the command's client receives a ${profile} sequence`, () => runClient(app, port, profile));
    }
    await step('the command judges the server', async () => {
      const checks = 'stateless-values-are-exact,values-are-pcg32,final-carries-the-checksum';
      const target = ['--server', `localhost:${port}`, '--only', checks];
      const report = await succeed(app, 'npx', '--no-install', 'reseq', 'conformance', ...target);
      if (!report.includes('3 PASS')) throw new Error(`expected 3 PASS, got\n${report}`);
    });
  } finally {
    stop(server, 'SIGTERM');
  }
}

/** Programs as users of the package write them. */
async function tryPrograms(app: string): Promise<void> {
  cpSync(join(ROOT, 'tools', 'pack'), app, { recursive: true });
  for (const program of ['client.mjs', 'server.mjs', 'store.mjs', 'vectors.mjs']) {
    await step(`a program uses the exports: ${program}`, async () => {
      await succeed(app, 'node', program);
    });
  }
  await step('a TypeScript program finds the types of the exports', async () => {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const strictly = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', ''];
    await succeed(app, tsc, ...strictly, '--skipLibCheck', 'types.mts');
  });
}

async function tryPackage(folder: string): Promise<void> {
  const app = join(folder, 'app');
  mkdirSync(app);
  let tarball = '';
  await step('npm packs the package', async () => {
    await succeed(ROOT, 'npm', 'pack', '--pack-destination', folder);
    tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  });
  await step('publint has nothing to say', async () => {
    await succeed(ROOT, 'npx', '--no-install', 'publint', 'run', '--strict', join(folder, tarball));
  });
  await step('the tarball installs into an empty folder', async () => {
    writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
    await succeed(app, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball));
  });
  await tryCommand(app);
  await tryPrograms(app);
}

const folder = mkdtempSync(join(tmpdir(), 'reseq-pack-'));
const end = (): void => {
  for (const child of running) stop(child, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    end();
    process.exit(1);
  });
}
try {
  await tryPackage(folder);
} finally {
  end();
}
process.exitCode = failures === 0 ? 0 : 1;
