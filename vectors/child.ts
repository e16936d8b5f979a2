/**
 * A program under test that answers on stdout what it is asked on stdin, one JSON object a line.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { parseLine } from './compare.ts';
import type { JsonObject } from './json.ts';

/** The program cannot be judged: it did not start, ended early, was silent or wrote something else. */
export class ChildFault extends Error {
  override readonly name = 'ChildFault';
}

/** What can be asked. */
export interface Responder {
  /** One operation. Rejects with ChildFault. */
  ask(op: string, input: JsonObject): Promise<JsonObject>;
}

interface Waiting {
  readonly resolve: (answer: JsonObject) => void;
  readonly reject: (fault: ChildFault) => void;
}

/** A line longer than this is no answer: the longest right one has about 60,000 characters. */
const MAX_LINE = 1 << 20;
const EXCERPT = 200;

export class ChildResponder implements Responder {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answerMs: number;
  readonly #waiting = new Map<string, Waiting>();
  #fault: ChildFault | undefined;
  #asked = 0;
  #rest = '';

  /** Starts `argv` without a shell, in a process group of its own, its stderr passed on. `answerMs`: longest wait for one answer. */
  constructor(argv: readonly string[], answerMs: number) {
    const [file = '', ...args] = argv;
    this.#answerMs = answerMs;
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#child.on('error', (cause) => this.#fail(`cannot start ${file}: ${cause.message}`));
    this.#child.on('close', (code, signal) =>
      this.#fail(`the program ended (${signal ?? `exit code ${code}`}) before it had answered`),
    );
    // A program that has ended closes its stdin: that is told by 'close'.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  async ask(op: string, input: JsonObject): Promise<JsonObject> {
    if (this.#fault !== undefined) throw this.#fault;
    const id = String(++this.#asked);
    const timer = setTimeout(() => this.#fail(`no answer to ${op} within ${this.#answerMs} ms`), this.#answerMs);
    try {
      return await new Promise<JsonObject>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#child.stdin.write(`${JSON.stringify({ id, op, input })}\n`);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Ends the program and all that it has started. */
  stop(): void {
    this.#fault ??= new ChildFault('stopped');
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // ESRCH: it is gone, which is what was wanted.
    }
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#take(line);
    if (this.#rest.length > MAX_LINE) this.#fail(`line: expected at most ${MAX_LINE} characters`);
  }

  #take(line: string): void {
    const answer = parseLine(line);
    const waiting = answer === undefined ? undefined : this.#waiting.get(String(answer['id']));
    if (answer === undefined || waiting === undefined) {
      this.#fail(`line: expected a JSON object with the id of a question, got ${line.slice(0, EXCERPT)}`);
      return;
    }
    waiting.resolve(answer);
  }

  #fail(message: string): void {
    this.#fault ??= new ChildFault(message);
    for (const { reject } of this.#waiting.values()) reject(this.#fault);
    this.#waiting.clear();
  }
}
