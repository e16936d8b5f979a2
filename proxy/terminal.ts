/**
 * The proxy's face: a state line that rewrites itself below the events on a terminal, keys without Enter there, and lines of
 * keys where stdin is none.
 */
import type { ProxyTotals } from './proxy.ts';
import { messagesText, sizeText } from './units.ts';

const ERASE_LINE = '\r\u001b[2K';
const SUSPEND = '\u001a';
const REDRAW_MS = 250;
const GAP = '  ';

export interface Input {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  pause(): unknown;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What the state line tells. */
export interface State {
  readonly route: string;
  readonly connections: number;
  readonly totals: ProxyTotals;
  /** What is wrong by hand, and for how many milliseconds; empty when nothing is. */
  readonly troubles: readonly string[];
}

export class Terminal {
  readonly #input: Input;
  readonly #output: Output;
  readonly #state: () => State;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  constructor(input: Input, output: Output, state: () => State) {
    this.#input = input;
    this.#output = output;
    this.#state = state;
  }

  /** @param press told of each key, or of each character of a line */
  open(press: (key: string) => void): void {
    this.#setRaw(true);
    this.#input.on('data', (bytes) => {
      for (const key of bytes.toString('utf8')) {
        if (key === SUSPEND && this.#input.isTTY) this.#suspend();
        else press(key);
      }
      this.#draw();
    });
    if (!this.#output.isTTY) return;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#draw();
  }

  /** Gives the terminal back as it was. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    this.#setRaw(false);
    this.#input.pause();
  }

  /** One line above the state line. */
  say(line: string): void {
    this.#erase();
    this.#output.write(`${line}\n`);
    if (this.#timer !== undefined) this.#draw();
  }

  #setRaw(isRaw: boolean): void {
    if (this.#input.isTTY) this.#input.setRawMode?.(isRaw);
  }

  /** Raw mode keeps Ctrl-Z from doing what it does. */
  #suspend(): void {
    this.#erase();
    this.#setRaw(false);
    process.once('SIGCONT', () => this.#setRaw(true));
    process.kill(process.pid, 'SIGTSTP');
  }

  #erase(): void {
    if (this.#isShown) this.#output.write(ERASE_LINE);
    this.#isShown = false;
  }

  #draw(): void {
    if (this.#timer === undefined) return;
    const room = Math.max(20, (this.#output.columns || 80) - 1);
    this.#output.write(`${ERASE_LINE}${stateLine(this.#state(), room)}`);
    this.#isShown = true;
  }
}

/** What matters most comes first; what a narrow terminal has no room for is left out from the end. */
export function stateLine({ route, connections, totals, troubles }: State, room: number): string {
  const facts = [
    troubles.length === 0 ? 'passing' : troubles.join(', '),
    `${connections} connection${connections === 1 ? '' : 's'}`,
    `up ${sizeText(totals.up.bytes)}`,
    `down ${sizeText(totals.down.bytes)}${totals.down.messages === 0 ? '' : ` (${messagesText(totals.down.messages)})`}`,
    route,
  ];
  while (facts.length > 1 && facts.join(GAP).length > room) facts.pop();
  const line = facts.join(GAP);
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`;
}
