/**
 * A client under test as a driver: one process for all runs, started again a few times when it dies. Keeps the book of
 * what was asked and answered, and of all that no driver may do. Spec: driver.md.
 */

import type { ClaimView, DriverFault, DriverView, RunRequestView } from '../trace.ts';
import type { ClientRun, ClientTarget, DriverAnswer, RunEnd, RunHandle } from './client.ts';
import { DriverLink, type LaunchDriver, launcherOf } from './driver-link.ts';
import { claimsOf, DRIVER_VERSION, type DriverLine, encodeRequest } from './driver-messages.ts';
import type { ExitInfo } from './process.ts';

/** For the answer to `hello`. */
export const HELLO_WITHIN_MS = 30_000;
/** For the answer to `cancel`, and for the end after `bye`. */
export const END_WITHIN_MS = 5_000;
/** Of the process, the first one included. */
export const MOST_STARTS = 5;
/** Of one kind, in the log. */
const MOST_FAULTS = 20;

/** Something that happened between the suite and the driver. */
export interface LoggedEvent {
  /** Of `performance.now()`. */
  readonly at: number;
  readonly event: DriverView;
}

interface Run {
  readonly request: RunRequestView;
  readonly answer: Promise<DriverAnswer>;
  readonly settle: (answer: DriverAnswer) => void;
  /** The process that has it. */
  link?: DriverLink;
  isOver: boolean;
  /** The suite waits no longer: an answer that comes yet is no fault. */
  isAbandoned: boolean;
}

/** A process of the driver. */
interface Started {
  readonly link: DriverLink;
  /** Settles with its `hello`, false without one. */
  readonly ready: Promise<boolean>;
}

export class DriverTarget implements ClientTarget {
  readonly kind = 'driver';
  readonly name: string;
  readonly #launch: LaunchDriver;
  readonly #runs = new Map<string, Run>();
  readonly #log: LoggedEvent[] = [];
  #starts = 0;
  #claims: ClaimView | undefined;
  #current: Started | undefined;
  #isClosing = false;

  /** @param argv the driver's command */
  constructor(argv: readonly string[], launch: LaunchDriver = launcherOf(argv)) {
    this.name = argv.join(' ');
    this.#launch = launch;
  }

  /** All that happened so far. */
  get log(): readonly LoggedEvent[] {
    return this.#log;
  }

  /** Start it unless it runs. @returns the exit of a process that ended before its `hello` */
  async open(): Promise<ExitInfo | undefined> {
    const { link } = this.#process() ?? {};
    await this.#current?.ready;
    return this.#claims === undefined && this.#current === undefined ? link?.exited : undefined;
  }

  start(run: ClientRun): RunHandle {
    const request = requestOf(`run-${this.#runs.size + 1}`, run);
    const entry = newRun(request);
    this.#runs.set(request.id, entry);
    const ended = this.#carryOut(entry);
    const cancel = (): void => entry.link?.send(encodeRequest({ type: 'cancel', id: request.id }));
    return {
      begin: { by: 'driver', request },
      ended,
      interrupt: () => {
        cancel();
        return 'cancel';
      },
      stop: () => {
        entry.isAbandoned = true;
        cancel();
        setTimeout(() => this.#settle(entry, { what: 'none', why: STOPPED }), END_WITHIN_MS).unref();
        return ended;
      },
    };
  }

  /** Say `bye` and wait for the end; a later run starts the driver again. @returns undefined when it does not run */
  async close(): Promise<ExitInfo | undefined> {
    const current = this.#current;
    if (current === undefined) return undefined;
    this.#isClosing = true;
    this.#note({ what: 'request', line: encodeRequest({ type: 'bye' }), wants: 'end' });
    current.link.send(encodeRequest({ type: 'bye' }));
    const timer = setTimeout(() => {
      this.#broke('died', `still running ${END_WITHIN_MS} ms after bye`);
      void current.link.stop();
    }, END_WITHIN_MS);
    const exit = await current.link.exited;
    clearTimeout(timer);
    this.#isClosing = false;
    return exit;
  }

  async #carryOut(run: Run): Promise<RunEnd> {
    // First of all: a fault of the suite is no matter of the driver's.
    const line = encodeRequest(run.request);
    const current = this.#process();
    const isReady = (await current?.ready) === true;
    if (run.isAbandoned) {
      this.#settle(run, { what: 'none', why: STOPPED });
    } else if (current !== undefined && isReady && this.#current === current) {
      run.link = current.link;
      this.#note({ what: 'request', line, wants: 'result' });
      current.link.send(line);
    } else {
      this.#settle(run, { what: 'none', why: this.#whyNone() });
    }
    return { by: 'driver', id: run.request.id, answer: await run.answer, claims: this.#claims };
  }

  #whyNone(): string {
    if (this.#claims === undefined) return 'the driver has not answered hello';
    return `the driver has ended ${this.#starts} times and is not started again`;
  }

  /** The process, a new one if need be. @returns undefined when there will be none any more */
  #process(): Started | undefined {
    if (this.#current !== undefined) return this.#current;
    const neverAnswered = this.#starts > 0 && this.#claims === undefined;
    if (neverAnswered || this.#starts >= MOST_STARTS) return undefined;
    this.#starts += 1;
    let isReady = false;
    let settle: (isReady: boolean) => void = () => undefined;
    const ready = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    const link: DriverLink = new DriverLink(this.#launch, {
      said: (line) => {
        if (line.type !== 'hello') return this.#take(line, isReady);
        isReady = true;
        settle(this.#hello(line));
      },
      broke: (fault, message, line, id) => this.#broke(fault, message, line, id),
      ended: (exit) => {
        settle(false);
        this.#ended(link, exit);
      },
    });
    this.#current = { link, ready };
    const line = encodeRequest({ type: 'hello', version: DRIVER_VERSION });
    this.#note({ what: 'request', line, wants: 'hello' });
    link.send(line);
    this.#expectHello(link, ready);
    return this.#current;
  }

  #expectHello(link: DriverLink, ready: Promise<boolean>): void {
    const timer = setTimeout(() => {
      this.#broke('hello', `no hello within ${HELLO_WITHIN_MS} ms`);
      void link.stop();
    }, HELLO_WITHIN_MS);
    void ready.then(() => clearTimeout(timer));
  }

  #hello(line: Extract<DriverLine, { type: 'hello' }>): boolean {
    const claims = claimsOf(line);
    this.#note({ what: 'hello', implementation: line.implementation, claims });
    if (this.#claims !== undefined && JSON.stringify(this.#claims) !== JSON.stringify(claims)) {
      this.#broke('hello', 'a hello that differs from the first one');
    }
    this.#claims ??= claims;
    return true;
  }

  #take(line: Exclude<DriverLine, { type: 'hello' }>, isAfterHello: boolean): void {
    const run = line.id === undefined ? undefined : this.#runs.get(line.id);
    const text = JSON.stringify(line.type === 'result' ? { ...line, result: brief(line.result) } : line);
    if (!isAfterHello) {
      this.#broke('hello', `${line.type} before hello`, text);
    } else if (run?.link === undefined) {
      this.#broke('unknown-id', `${line.type} for a run that was not asked for`, text);
    } else if (run.isOver) {
      if (!run.isAbandoned) this.#broke('twice', `${line.type} for a run that is answered already`, text);
    } else if (line.type === 'result') {
      this.#settle(run, { what: 'result', result: line.result });
    } else if (line.type === 'error') {
      this.#settle(run, { what: 'error', message: line.message });
    }
  }

  #settle(run: Run, answer: DriverAnswer): void {
    if (run.isOver) return;
    run.isOver = true;
    run.settle(answer);
    const { id } = run.request;
    this.#note({ id, ...(answer.what === 'result' ? { ...answer, result: brief(answer.result) } : answer) });
  }

  #broke(fault: DriverFault, message: string, line?: string, id?: string): void {
    const before = this.#log.filter(({ event }) => event.what === 'fault' && event.fault === fault);
    if (before.length < MOST_FAULTS) {
      this.#note({ what: 'fault', fault, message, ...(line === undefined ? {} : { line }) });
    }
    const run = id === undefined ? undefined : this.#runs.get(id);
    if (run?.link !== undefined)
      this.#settle(run, { what: 'none', why: `answered with a line of another shape: ${message}` });
  }

  #ended(link: DriverLink, exit: ExitInfo): void {
    if (this.#current?.link === link) this.#current = undefined;
    const how = `the driver ended with ${exit.signal ?? `exit code ${exit.code}`}${lastLine(exit.stderr)}`;
    if (!this.#isClosing) this.#broke('died', `${how}, before bye`);
    else if (exit.code !== 0) this.#broke('died', how);
    for (const run of this.#runs.values()) {
      if (run.link === link) this.#settle(run, { what: 'none', why: `${how}, before it answered` });
    }
  }

  #note(event: DriverView): void {
    this.#log.push({ at: performance.now(), event });
  }
}

const STOPPED = `no answer within ${END_WITHIN_MS} ms of cancel`;

function newRun(request: RunRequestView): Run {
  let settle: (answer: DriverAnswer) => void = () => undefined;
  const answer = new Promise<DriverAnswer>((resolve) => {
    settle = resolve;
  });
  return { request, answer, settle, isOver: false, isAbandoned: false };
}

function requestOf(id: string, run: ClientRun): RunRequestView {
  const { host, port, profile, count, clientId, ratio, confirm, prefixChecksum } = run;
  return {
    type: 'run',
    id,
    server: `${host}:${port}`,
    profile,
    count,
    ...(clientId === undefined ? {} : { clientId }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(confirm === undefined ? {} : { confirm }),
    ...(prefixChecksum === undefined ? {} : { prefixChecksum }),
  };
}

/** A sum has thousands of digits, which the trace of the run itself has. */
function brief({ result, profile, count }: Extract<DriverLine, { type: 'result' }>['result']) {
  return { result, profile, count };
}

function lastLine(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  return line === '' ? '' : ` (${line})`;
}
