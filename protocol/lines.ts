/**
 * Splits a stream of bytes into lines of bounded length. Spec: driver.md section 1.
 */

/** Bytes of a line, its line feed included. */
export const MAX_LINE_BYTES = 65_536;

/** A line without its line feed, or the beginning of one that is too long. */
export interface Line {
  readonly text: string;
  readonly tooLong: boolean;
}

const LINE_FEED = 0x0a;
/** What is told of a line that is too long. */
const HEAD_BYTES = 200;

/** Holds at most one line; of a line that is too long it keeps the beginning, and reports it as soon as it is too long. */
export class LineSplitter {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Inside a line that has been reported. */
  #skipping = false;

  /** @returns the lines that these bytes end */
  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let from = 0;
    while (from < chunk.length) {
      const at = chunk.indexOf(LINE_FEED, from);
      const end = at === -1 ? chunk.length : at;
      this.#take(chunk.subarray(from, end), lines);
      if (at !== -1) this.#finish(lines);
      from = end + 1;
    }
    return lines;
  }

  /** @returns what stood behind the last line feed, undefined when nothing did */
  end(): Line | undefined {
    const lines: Line[] = [];
    if (this.#bytes > 0) this.#finish(lines);
    return lines[0];
  }

  #take(piece: Uint8Array, lines: Line[]): void {
    if (this.#skipping) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes < MAX_LINE_BYTES) return;
    lines.push({ text: this.#text().slice(0, HEAD_BYTES), tooLong: true });
    this.#clear();
    this.#skipping = true;
  }

  #finish(lines: Line[]): void {
    if (!this.#skipping) lines.push({ text: this.#text(), tooLong: false });
    this.#clear();
    this.#skipping = false;
  }

  #text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }

  #clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}
