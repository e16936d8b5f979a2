/**
 * The journal of a run in a file, so that a killed client goes on where it was (RSQ-ATT-1, RSQ-RES-5).
 *
 * Append-only JSON lines, one system call each: what is written survives SIGKILL of the client. A line
 * that was cut off by a crash is dropped, which is safe: its item is asked for again. Attempts are
 * also flushed to the disk, since an attempt must not repeat.
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { UsageError } from '../protocol/cli.ts';
import { letGo, takeHold } from './file-lock.ts';
import { decodeRecord, encodeRecord } from './record-lines.ts';
import { Journal, type JournalRecord, recordsOf, type Snapshot, type Task } from './records.ts';

/** The file holds the resume key, which is the session's bearer secret. */
const OWNER_ONLY = 0o600;

export interface StateFile {
  /** Everything that the file says. */
  readonly journal: Journal;
  /** @throws Error when the record cannot be written whole */
  append(record: JournalRecord): void;
  /** Lets another process have the file. */
  close(): void;
}

/**
 * Opens the file, or begins it with `begin()`. Holds it (`<path>.lock`) until `close`.
 * @param judge throws when the run in the file is not the one that is wanted
 * @throws UsageError for a file that is held by another process, or is no journal
 */
export function openStateFile(path: string, begin: () => Task, judge: (task: Task) => void): StateFile {
  usable(path, () => takeHold(path));
  try {
    const fd = openSync(path, 'a+', OWNER_ONLY);
    const { text, torn } = readWholeLines(path);
    if (torn > 0) ftruncateSync(fd, fstatSync(fd).size - torn);
    const found = readJournal(path, text);
    if (found !== undefined) judge(found.task);
    const journal = found ?? new Journal(begin());
    const append = (record: JournalRecord): void => usable(path, () => appendRecord(fd, record));
    if (found === undefined) append({ kind: 'task', task: journal.task });
    return { journal, append, close: () => release(path, fd) };
  } catch (error) {
    letGo(path);
    throw error;
  }
}

/** What the file system refuses is the user's to mend. */
function usable<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error instanceof UsageError) throw error;
    throw new UsageError(`state file ${path}`, 'a file that can be read and written', error.message);
  }
}

/** Writes a whole journal at once, for a run that had no state file. @throws Error when the file exists */
export function saveSnapshot(path: string, snapshot: Snapshot): void {
  const lines = Array.from(recordsOf(snapshot), encodeRecord);
  writeFileSync(path, lines.join(''), { mode: OWNER_ONLY, flag: 'wx' });
}

function appendRecord(fd: number, record: JournalRecord): void {
  const line = Buffer.from(encodeRecord(record));
  const written = writeSync(fd, line);
  if (written !== line.length) throw new Error(`state file: wrote ${written} of ${line.length} bytes`);
  if (record.kind === 'attempt') fdatasyncSync(fd);
}

/** The text up to the last line feed, and how many bytes follow it. */
function readWholeLines(path: string): { readonly text: string; readonly torn: number } {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf('\n') + 1;
  return { text: bytes.toString('utf8', 0, end), torn: bytes.length - end };
}

function readJournal(path: string, text: string): Journal | undefined {
  let journal: Journal | undefined;
  for (const [at, line] of text.split('\n').slice(0, -1).entries()) {
    try {
      const record = decodeRecord(line);
      if (journal !== undefined) journal.add(record);
      else if (record.kind === 'task') journal = new Journal(record.task);
      else throw new RangeError(`${record.kind} before task`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(
        `state file ${path}, line ${at + 1}`,
        'the journal of a client',
        `${line} (${error.message})`,
      );
    }
  }
  return journal;
}

function release(path: string, fd: number): void {
  closeSync(fd);
  letGo(path);
}
