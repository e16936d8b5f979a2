/**
 * Writes records as lines of JSON while a run goes, so that a suite that is killed leaves what it has seen. A long trace is made
 * into text piece by piece between other work: at one go it would make the suite late.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { RunRecord, TraceRecord } from './records.ts';

/** Events made into text at a time; about 0.2 ms. */
const PIECE_EVENTS = 200;

export class RecordWriter {
  readonly #file: number;
  readonly #waiting: Iterator<string>[] = [];
  #scheduled: NodeJS.Immediate | undefined;

  /** @param path is emptied @throws the system's error when it cannot be written */
  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  /** Returns at once; the record is written soon. */
  write(record: RunRecord): void {
    this.#waiting.push(pieces(record));
    this.#schedule();
  }

  /** Write all that waits, now. */
  close(): void {
    clearImmediate(this.#scheduled);
    while (this.#waiting.length > 0) this.#step();
    closeSync(this.#file);
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#step();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #step(): void {
    const piece = this.#waiting[0]?.next();
    if (piece?.done === false) writeAll(this.#file, Buffer.from(piece.value));
    else this.#waiting.shift();
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function* pieces(record: RunRecord): Generator<string> {
  if (record.type === 'trace' && record.events.length > PIECE_EVENTS) yield* piecesOfTrace(record);
  else yield `${JSON.stringify(record)}\n`;
}

function* piecesOfTrace({ events, ...rest }: TraceRecord): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"events":[`;
  for (let at = 0; at < events.length; at += PIECE_EVENTS) {
    const some = JSON.stringify(events.slice(at, at + PIECE_EVENTS)).slice(1, -1);
    yield at === 0 ? some : `,${some}`;
  }
  yield ']}\n';
}
