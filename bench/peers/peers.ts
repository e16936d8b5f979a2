/**
 * The servers that are measured side by side, each a process of its own that tells its port in its first line.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, firstLine, ROOT, SERVER_CORE, spawnPinned } from '../measure/child.ts';
import { compiled } from '../measure/compiled.ts';
import { type Usage, usageOf } from '../measure/usage.ts';

/** `reseq`: the reference server; `binding`: its gRPC binding without pace; the others: see their files. */
export type PeerName = 'reseq' | 'binding' | 'http2' | 'grpc-js' | 'go' | 'nice-grpc' | 'connect-node' | 'aio';

/** What the others are measured against: what a stream and a write cost on Node, without a library or sessions. */
export const FLOOR = 'http2' satisfies PeerName;

export interface PeerSettings {
  /** Milliseconds between two items of a session, 0: as fast as they can (not `reseq`). */
  readonly intervalMs: number;
  /** Calls at one time on one connection. */
  readonly streams: number;
  /** More flags of the reference server. */
  readonly flags?: readonly string[];
  /** Flags of Node, before the program. */
  readonly nodeFlags?: readonly string[];
}

/** A server that runs. */
export interface Peer {
  readonly name: PeerName;
  readonly port: number;
  readonly pid: number;
  readonly usage: () => Usage;
  end(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
}

const INTEROP = join(ROOT, 'node_modules/.cache/interop');
const GO_FOLDER = join(ROOT, 'bench/peers/go');

/** @throws Error with what it wrote on stderr */
export async function startPeer(name: PeerName, settings: PeerSettings): Promise<Peer> {
  const child = spawnPinned(SERVER_CORE, commandOf(name, settings), { stdio: ['ignore', 'pipe', 'pipe'] });
  const { port } = JSON.parse(await firstLine(child, name)) as { port: number };
  const pid = child.pid ?? 0;
  return { name, port, pid, usage: () => usageOf(pid), end: () => end(child), stop: () => end(child, 'SIGTERM') };
}

function commandOf(name: PeerName, { intervalMs, streams, flags = [], nodeFlags = [] }: PeerSettings): string[] {
  const node = (source: string): string[] => [process.execPath, ...nodeFlags, compiled(source)];
  const pace = [String(intervalMs), String(streams)];
  switch (name) {
    case 'reseq':
      return [
        ...node('bin/reseq'),
        'server',
        '--json',
        '--host',
        '127.0.0.1',
        '--port',
        '0',
        '--interval',
        `${intervalMs}ms`,
        '--max-streams',
        String(streams),
        ...flags,
      ];
    case 'binding':
      return node('bench/peers/binding-flood');
    case 'http2':
      return [...node('bench/peers/raw-http2'), ...pace];
    case 'grpc-js':
      return [...node('bench/peers/plain-grpc'), ...pace];
    case 'go':
      return ['env', 'GOMAXPROCS=1', buildGo(), ...pace];
    case 'nice-grpc':
    case 'connect-node':
      return [...node(`bench/peers/${name}`), ...pace];
    case 'aio':
      return [pythonWithGrpc() ?? 'python3', join(ROOT, 'bench/peers/aio.py'), ...pace];
  }
}

/** Why the Go peer cannot take part, undefined when it can. */
export function whyNoGo(): string | undefined {
  return spawnSync('go', ['version']).status === 0 ? undefined : 'there is no Go here';
}

/** Why the Python peer cannot take part, undefined when it can. */
export function whyNoPython(): string | undefined {
  return pythonWithGrpc() === undefined
    ? 'there is no grpcio here, which npm run interop installs for itself'
    : undefined;
}

let python: { readonly path: string | undefined } | undefined;

/** Looked for once: each look starts Python and loads gRPC. */
function pythonWithGrpc(): string | undefined {
  python ??= { path: findPython() };
  return python.path;
}

/** Of the environments that `npm run interop` has made, or that of the system. */
function findPython(): string | undefined {
  const made = existsSync(INTEROP) ? readdirSync(INTEROP).map((name) => join(INTEROP, name, 'bin', 'python')) : [];
  return [...made, 'python3'].find((path) => spawnSync(path, ['-c', 'import grpc']).status === 0);
}

/** Compiles the Go peer unless it has been. @returns the program */
function buildGo(): string {
  const sources = ['main.go', 'go.mod', 'buf.gen.yaml'].map((file) => readFileSync(join(GO_FOLDER, file)));
  const hash = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12);
  const program = join(tmpdir(), `reseq-bench-go-${hash}`);
  if (existsSync(program)) return program;
  run(
    'npx',
    ['buf', 'generate', 'spec/proto', '--template', 'bench/peers/go/buf.gen.yaml', '-o', 'bench/peers/go'],
    ROOT,
  );
  run('go', ['build', '-o', program, '.'], GO_FOLDER);
  return program;
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
}
