/** Writes one trace while a case runs. */

import type { RunContext } from './scenario.ts';
import type { RunBegin, RunEnd } from './target/client.ts';
import type { ExitInfo } from './target/process.ts';
import type {
  DriverView,
  DropKind,
  Json,
  MessageView,
  RecordView,
  RequestView,
  StatusView,
  Trace,
  TraceEvent,
} from './trace.ts';

type Facts = { readonly [name: string]: Json | undefined };

export class Recorder {
  readonly #context: RunContext;
  readonly #scenario: string;
  readonly #caseId: string;
  readonly #startedAtMs: number;
  readonly #events: TraceEvent[] = [];
  #facts: Facts;
  #connections = 0;
  readonly #closers = new Set<() => void>();
  #cut = false;

  constructor(context: RunContext, scenario: string, caseId: string, facts: Facts = {}) {
    this.#context = context;
    this.#scenario = scenario;
    this.#caseId = caseId;
    this.#facts = facts;
    this.#startedAtMs = context.now();
  }

  /** A new connection. @returns its number, from 1 */
  connect(to?: string): number {
    const conn = ++this.#connections;
    this.#add({ ...this.#at(conn), kind: 'connect', ...(to === undefined ? {} : { to }) });
    return conn;
  }

  open(conn: number, request: RequestView): void {
    this.#add({ ...this.#at(conn), kind: 'open', request });
  }

  message(conn: number, message: MessageView): void {
    this.#add({ ...this.#at(conn), kind: 'message', message });
  }

  status(conn: number, status: StatusView): void {
    this.#add({ ...this.#at(conn), kind: 'status', status });
  }

  cancel(conn: number, how: DropKind): void {
    this.#add({ ...this.#at(conn), kind: 'cancel', how });
  }

  close(conn: number, detail?: string): void {
    this.#add({ ...this.#at(conn), kind: 'close', ...(detail === undefined ? {} : { detail }) });
  }

  spawn(argv: readonly string[]): void {
    this.#add({ ...this.#at(0), kind: 'process', what: 'spawn', argv });
  }

  exit(info: ExitInfo): void {
    this.#add({ ...this.#at(0), kind: 'process', what: 'exit', ...info });
  }

  /** A signal to a process under test or to its store. */
  signal(name: string, signal: string): void {
    this.#add({ ...this.#at(0), kind: 'process', what: 'signal', name, signal });
  }

  begin(begin: RunBegin): void {
    if (begin.by === 'command') this.spawn(begin.argv);
    else this.driver({ what: 'request', line: JSON.stringify(begin.request), wants: 'result' });
  }

  /** The end of a run, with what a driver claims to support in the facts. */
  end(end: RunEnd): void {
    if (end.by === 'command') {
      this.exit(end.exit);
    } else {
      if (end.claims !== undefined) this.fact({ claims: end.claims });
      this.driver({ id: end.id, ...end.answer });
    }
  }

  /** @param atMs of an event that was kept back */
  driver(event: DriverView, atMs = this.#context.now()): void {
    this.#add({ conn: 0, atMs, kind: 'driver', ...event });
  }

  record(record: RecordView): void {
    this.#add({ ...this.#at(0), kind: 'record', ...record });
  }

  note(text: string, conn = 0): void {
    this.#add({ ...this.#at(conn), kind: 'note', text });
  }

  /** Add to the facts. */
  fact(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** Have this called when the case is cut short, at once when it was. What it closes would keep the program alive. */
  onCut(close: () => void): void {
    if (this.#cut) close();
    else this.#closers.add(close);
  }

  /** The case is cut short: nothing of it may go on. */
  cut(): void {
    this.#cut = true;
    for (const close of this.#closers) close();
    this.#closers.clear();
  }

  /** Events so far, live. */
  get events(): readonly TraceEvent[] {
    return this.#events;
  }

  /** The finished trace; later events are not part of it. */
  trace(): Trace {
    return {
      scenario: this.#scenario,
      caseId: this.#caseId,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#context.now(),
      events: [...this.#events],
      facts: this.#facts,
      lag: this.#context.lagSince(this.#startedAtMs),
    };
  }

  #at(conn: number): { atMs: number; conn: number } {
    return { atMs: this.#context.now(), conn };
  }

  #add(event: TraceEvent): void {
    this.#events.push(event);
  }
}
