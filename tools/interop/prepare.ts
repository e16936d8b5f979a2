/**
 * Makes the implementations ready to run: Go is built, Python gets its packages in an environment of its own.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasRedis } from '../../reference-server/testing/redis-process.ts';
import type { Language, Need } from './check.ts';
import { finish, succeed } from './programs.ts';

/** The commands of one implementation; what it does not have is absent. Paths are relative to the repository. */
export interface Implementation {
  readonly language: Language;
  /** Takes `--port`, `--interval`, `--retention`, `--store` and `--seed-from-client-id`. */
  readonly server?: readonly string[];
  /** Follows spec/cli.md. */
  readonly client: readonly string[];
  /** Follows spec/driver.md. */
  readonly driver?: readonly string[];
}

/** Why a need is not met, and whether that is a failure rather than a reason to skip. */
export interface Lack {
  readonly reason: string;
  readonly isFailure: boolean;
}

export interface Prepared {
  readonly implementations: readonly Implementation[];
  /** Of the virtual environment. */
  readonly python: string;
  readonly lacks: ReadonlyMap<Need, Lack>;
}

export const GO = 'independent/go';
export const PYTHON = 'independent/python';
/** Packages may have to be downloaded. */
const PREPARE_MS = 300_000;
const ASK_MS = 20_000;
const MIN_PYTHON = [3, 11] as const;

/** The toolchain is not there, or too old. */
class Missing extends Error {}

/**
 * @param folder for what is built, removed by the caller
 * @param cache outlives this run
 * @param isCi whether a missing toolchain is a failure
 */
export async function prepare(folder: string, cache: string, isCi: boolean): Promise<Prepared> {
  const reseq = [process.execPath, '--import', 'tsx', 'bin/reseq.ts'];
  const { path: python, key } = environmentIn(cache);
  const preparing: readonly (readonly [Need, () => Promise<void>])[] = [
    ['Go', () => buildGo(folder)],
    ['Python', () => installPython(join(cache, key), python)],
    ['Redis', async () => findRedis()],
  ];
  const lacks = new Map<Need, Lack>();
  const meet = async ([need, work]: (typeof preparing)[number]): Promise<void> => {
    const lack = await work().then(
      () => undefined,
      (error: unknown) => lackOf(error, isCi),
    );
    if (lack !== undefined) lacks.set(need, lack);
  };
  await Promise.all(preparing.map(meet));
  return {
    python,
    lacks,
    implementations: [
      { language: 'TypeScript', server: [...reseq, 'server'], client: [...reseq, 'client'] },
      { language: 'Go', server: [join(folder, 'reseq-server')], client: [join(folder, 'reseq-client')] },
      { language: 'Python', client: [python, `${PYTHON}/client.py`], driver: [python, `${PYTHON}/driver.py`] },
    ],
  };
}

function lackOf(error: unknown, isCi: boolean): Lack {
  const reason = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Missing)) return { reason, isFailure: true };
  return { reason: isCi ? `${reason}; in CI it must be there` : reason, isFailure: isCi };
}

async function buildGo(folder: string): Promise<void> {
  const { code } = await finish(['go', 'version'], ASK_MS);
  if (code !== 0) throw new Missing('Go is not installed (https://go.dev/dl)');
  await succeed(['go', '-C', GO, 'build', '-buildvcs=false', '-o', `${folder}/`, './cmd/...'], PREPARE_MS);
}

/** Named after all that it depends on but the version of Python, which the environment itself names. */
function environmentIn(cache: string): { readonly key: string; readonly path: string } {
  const hash = createHash('sha256')
    .update(readFileSync(`${PYTHON}/requirements.txt`))
    .digest('hex');
  const key = `python-${hash.slice(0, 12)}`;
  return { key, path: join(cache, key, 'bin', 'python') };
}

async function installPython(environment: string, python: string): Promise<void> {
  const { code, stdout } = await finish(['python3', '--version'], ASK_MS);
  const version = stdout.trim();
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (code !== 0 || major < MIN_PYTHON[0] || (major === MIN_PYTHON[0] && minor < MIN_PYTHON[1])) {
    throw new Missing(`Python ${MIN_PYTHON.join('.')} or later is not installed, got ${version || 'none'}`);
  }
  // Written last: an installation that broke off is begun anew, and so is one of another Python.
  const mark = join(environment, 'reseq-installed');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version) return;
  rmSync(environment, { recursive: true, force: true });
  await succeed(['python3', '-m', 'venv', environment], PREPARE_MS);
  await succeed([python, '-m', 'pip', 'install', '--quiet', '-r', `${PYTHON}/requirements.txt`], PREPARE_MS);
  writeFileSync(mark, version);
}

function findRedis(): void {
  if (!hasRedis()) throw new Missing('redis-server is not installed (Debian: redis-server)');
}

export interface ServerImplementation extends Implementation {
  readonly server: readonly string[];
}

/** Those that have a server. */
export function serversOf(implementations: readonly Implementation[]): ServerImplementation[] {
  return implementations.flatMap((one) => (one.server === undefined ? [] : [{ ...one, server: one.server }]));
}
