/** One process of a driver: bytes in and out, bounded. What the lines mean is for its owner. Spec: driver.md section 1. */

import { type Line, LineSplitter, MAX_LINE_BYTES } from '../../protocol/lines.ts';
import type { DriverFault } from '../trace.ts';
import { type BadLine, type DriverLine, decodeLine, isBad } from './driver-messages.ts';
import { type ExitInfo, startTalking, type TalkingChild } from './process.ts';

/** More than any client needs. */
export const MOST_BYTES = 16 * 1024 * 1024;
/** Lines that no driver may send, of one process: more of them tell nothing new. */
export const MOST_BAD_LINES = 100;
/** Of a line, in a report. */
const SHOWN_CHARACTERS = 300;

/** What is used of a driver's process; tests script one. */
export type DriverChild = Pick<TalkingChild, 'write' | 'endInput' | 'exited' | 'signal' | 'stop'>;

/** Starts the process. @param heard gets its stdout */
export type LaunchDriver = (heard: (chunk: Uint8Array) => void) => DriverChild;

export interface DriverOwner {
  said(line: DriverLine): void;
  /** @param id the run that it seems to be about */
  broke(fault: DriverFault, message: string, line?: string, id?: string): void;
  ended(exit: ExitInfo): void;
}

export function launcherOf(argv: readonly string[]): LaunchDriver {
  return (heard) => startTalking(argv, heard);
}

export class DriverLink {
  readonly exited: Promise<ExitInfo>;
  readonly #child: DriverChild;
  readonly #owner: DriverOwner;
  readonly #splitter = new LineSplitter();
  #bytes = 0;
  #badLines = 0;
  /** It has flooded: nothing that it says counts any more. */
  #isDeaf = false;

  constructor(launch: LaunchDriver, owner: DriverOwner) {
    this.#owner = owner;
    this.#child = launch((chunk) => this.#hear(chunk));
    this.exited = this.#child.exited.then((exit) => {
      const rest = this.#splitter.end();
      if (rest !== undefined && !this.#isDeaf) owner.broke('shape', 'the last line has no line feed', shown(rest.text));
      owner.ended(exit);
      return exit;
    });
  }

  /** @param line without its line feed */
  send(line: string): void {
    this.#child.write(`${line}\n`);
  }

  endInput(): void {
    this.#child.endInput();
  }

  stop(): Promise<ExitInfo> {
    return this.#child.stop();
  }

  #hear(chunk: Uint8Array): void {
    if (this.#isDeaf) return;
    this.#bytes += chunk.length;
    for (const line of this.#splitter.push(chunk)) this.#take(line);
    if (this.#bytes > MOST_BYTES) this.#endFlood(`more than ${MOST_BYTES} bytes on stdout`);
    else if (this.#badLines > MOST_BAD_LINES) this.#endFlood(`more than ${MOST_BAD_LINES} lines of another shape`);
  }

  #endFlood(message: string): void {
    this.#isDeaf = true;
    this.#owner.broke('flood', message);
    this.#child.signal('SIGKILL');
  }

  #take({ text, tooLong }: Line): void {
    if (this.#badLines > MOST_BAD_LINES) return;
    const line: DriverLine | BadLine = tooLong
      ? { fault: `expected at most ${MAX_LINE_BYTES} bytes with the line feed, got more` }
      : decodeLine(text);
    if (isBad(line)) {
      this.#badLines += 1;
      this.#owner.broke('shape', line.fault, shown(text), line.id);
    } else this.#owner.said(line);
  }
}

function shown(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}...`;
}
