/**
 * `<path>.lock` with the number of the process that holds the file. Two clients that share a state
 * file would take the session from each other and spoil the journal (RSQ-ATT-1).
 *
 * A lock is written under a name of its own and then linked, so that it never appears without its
 * number. One whose process is gone is replaced by one taker at a time, who holds `<path>.lock.takeover`.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { UsageError } from '../protocol/cli.ts';

const OWNER_ONLY = 0o600;

/** Holds the file until `letGo`. @throws UsageError while another process holds it, Error where no lock can be written */
export function takeHold(path: string): void {
  const lock = lockOf(path);
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid), { mode: OWNER_ONLY });
  try {
    if (!link(own, lock)) takeOver(path, lock, own);
  } finally {
    rmSync(own, { force: true });
  }
}

export function letGo(path: string): void {
  rmSync(lockOf(path), { force: true });
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

function takeOver(path: string, lock: string, own: string): void {
  const guard = `${lock}.takeover`;
  if (!link(own, guard)) throw held(path, guard);
  try {
    if (isHeld(lock)) throw held(path, lock);
    renameSync(own, lock);
  } finally {
    rmSync(guard);
  }
}

/** @returns whether `name` was free */
function link(from: string, name: string): boolean {
  try {
    linkSync(from, name);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function held(path: string, lock: string): UsageError {
  return new UsageError(`state file ${path}`, `one that no process holds (${lock})`, `process ${readHolder(lock)}`);
}

function readHolder(lock: string): string {
  try {
    return readFileSync(lock, 'utf8') || 'unknown';
  } catch {
    return 'unknown';
  }
}

/** One that cannot be read counts as held: whose it is cannot be known, or it has been let go just now. */
function isHeld(lock: string): boolean {
  const pid = readHolder(lock);
  return !/^[1-9][0-9]*$/.test(pid) || isAlive(Number(pid));
}

/** A lock with our own number was left by an earlier process with the same one, as happens in containers. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

/** A killed process that its parent has not looked after yet still takes signals. Known on Linux only. */
function isZombie(pid: number): boolean {
  try {
    // `pid (name) state ...`; the name may hold anything but comes before the last bracket.
    return /\) [ZX] [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
