/**
 * The server without its transport: what every binding serves. Spec: core.md.
 */
import type { Clock } from '../protocol/clock.ts';
import { fail, ok, type ReseqError, type Result } from '../protocol/errors.ts';
import {
  DEFAULT_DROP_DETECTION_MS,
  MAX_COUNT,
  MAX_REQUEST_BYTES,
  PROTOCOL_VERSION,
  SPEC_VERSION,
} from '../protocol/limits.ts';
import type { Confirm, Description, Open, Profile, SequenceRequest } from '../protocol/messages.ts';
import { Confirmation } from './confirmation.ts';
import { Connection, type Inlet, type Outlet, type Surroundings } from './connection.ts';
import { Holders } from './holders.ts';
import type { Log } from './log.ts';
import type { Rate } from './rates.ts';
import { tooOften } from './refusals.ts';
import type { Session, SessionSettings } from './session.ts';
import { StatefulSession } from './stateful-session.ts';
import { StatelessSession } from './stateless-session.ts';
import { countError, createStats, type Stats } from './stats.ts';
import { type StoreRunnerMaker, within } from './store-calls.ts';

/** What a binding asks of the server. Requests have been decoded, their fields are within their ranges. */
export interface Service {
  readonly stats: Stats;
  /**
   * Serves one connection. The outlet may be ended before this returns.
   * @param address under which the client's requests are counted, undefined: not at all
   */
  open(open: Open, outlet: Outlet, address?: string): Inlet;
  /** Extension confirm-final. Refusals are values. */
  confirm(confirm: Confirm, address?: string): Promise<Result<void>>;
  describe(): Description;
  /** A request that the binding refused by itself, for the counters. */
  refused(error: ReseqError): void;
}

export interface ServiceOptions {
  readonly storeCalls: StoreRunnerMaker;
  readonly clock: Clock;
  readonly settings: SessionSettings;
  /** For Describe; 0 = no limit of its own. */
  readonly maxSessions: number;
  /** Longest request in bytes, for Describe. */
  readonly maxRequestBytes?: number | undefined;
  /** OPEN and CONFIRM requests of each address. Default: no limit. */
  readonly requestRate?: Rate | undefined;
  readonly log: Log;
  /** Name and version, for Describe. */
  readonly implementation: string;
  /** Wraps each machine before it runs: a simulation looks on. Default: nothing. */
  readonly instrument?: ((session: Session) => Session) | undefined;
}

/** Of a connection that was refused: nothing is left to report. */
const OVER: Inlet = { flushed: () => undefined, dropped: () => undefined };

/** Store failures are reported at most this often: an outage concerns thousands of connections at once. */
const FAILURE_REPORT_MS = 10_000;

export class SequenceService implements Service {
  readonly stats: Stats = createStats();
  readonly #options: ServiceOptions;
  readonly #surroundings: Surroundings;
  readonly #connections = new Set<Connection>();
  readonly #forget = (connection: Connection) => {
    this.#connections.delete(connection);
  };
  #isDraining = false;
  #failureReportedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#surroundings = {
      clock: options.clock,
      storeCalls: options.storeCalls((error) => this.#noteStoreFailure(error)),
      holders: new Holders(),
      stats: this.stats,
      log: options.log,
    };
  }

  open(open: Open, outlet: Outlet, address?: string): Inlet {
    const overRate = this.#countRequest(address);
    if (overRate !== undefined) {
      this.refused(overRate);
      outlet.end(overRate);
      return OVER;
    }
    this.stats.opens[open.request.kind]++;
    return this.#begin(this.#session(open), profileOf(open.request), outlet);
  }

  async confirm(confirm: Confirm, address?: string): Promise<Result<void>> {
    const overRate = this.#countRequest(address);
    if (overRate !== undefined) {
      this.refused(overRate);
      return fail(overRate);
    }
    return new Promise((resolve) => this.answerConfirm(confirm, resolve));
  }

  /** As `confirm`, for those who cannot wait for a promise. */
  answerConfirm(confirm: Confirm, answer: (result: Result<void>) => void): void {
    const end = (error: ReseqError | undefined): void => {
      if (error === undefined) this.stats.confirms++;
      answer(error === undefined ? ok(undefined) : fail(error));
    };
    this.#begin(new Confirmation(this.#options.settings, confirm), undefined, { send: () => undefined, end });
  }

  describe(): Description {
    const { settings, maxSessions, maxRequestBytes = MAX_REQUEST_BYTES, implementation } = this.#options;
    return {
      specVersion: SPEC_VERSION,
      protocolVersions: [PROTOCOL_VERSION],
      profiles: ['stateless', 'stateful'],
      extensions: settings.extensions,
      intervalMs: settings.intervalMs,
      retentionMs: settings.retentionMs,
      dropDetectionMs: DEFAULT_DROP_DETECTION_MS,
      limits: { maxCount: MAX_COUNT, maxSessions, maxRequestBytes },
      implementation,
    };
  }

  refused(error: ReseqError): void {
    countError(this.stats, error.code);
  }

  /**
   * Ends every connection with UNAVAILABLE, refuses new ones, and waits until the sessions are detached, for a store
   * that does not answer no longer than its deadline.
   */
  async drain(): Promise<void> {
    const { clock, settings } = this.#options;
    this.beginDrain();
    try {
      await within(clock, settings.storeDeadlineMs, this.#surroundings.storeCalls.idle());
    } catch (error) {
      this.#noteStoreFailure(error);
    }
  }

  /** The part of `drain` that takes no time. */
  beginDrain(): void {
    this.#isDraining = true;
    for (const connection of [...this.#connections]) connection.drain();
  }

  #begin(machine: Session, profile: Profile | undefined, outlet: Outlet): Connection {
    const session = this.#options.instrument?.(machine) ?? machine;
    const connection = new Connection(session, profile, outlet, this.#surroundings, this.#forget);
    this.#connections.add(connection);
    if (this.#isDraining) connection.drain();
    else connection.open();
    return connection;
  }

  /** Takes note of a request. @returns the refusal when its address has had too many */
  #countRequest(address: string | undefined): ReseqError | undefined {
    const { requestRate, clock } = this.#options;
    // While it drains, everybody is told so.
    if (requestRate === undefined || address === undefined || this.#isDraining) return undefined;
    const now = clock.now();
    const waitMs = requestRate.waitMs(address, now);
    if (waitMs > 0) return tooOften('server: requests of this address', waitMs);
    requestRate.count(address, now);
    return undefined;
  }

  #session({ request, extensions }: Open): Session {
    const { settings } = this.#options;
    return request.kind === 'stateless-start' || request.kind === 'stateless-resume'
      ? new StatelessSession(settings, request)
      : new StatefulSession(settings, request, extensions);
  }

  #noteStoreFailure(error: unknown): void {
    const { clock, log } = this.#options;
    this.stats.storeFailures++;
    if (clock.now() - this.#failureReportedMs < FAILURE_REPORT_MS) return;
    this.#failureReportedMs = clock.now();
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ reason, failures: this.stats.storeFailures }, 'the store does not answer');
  }
}

function profileOf(request: SequenceRequest): Profile {
  return request.kind.startsWith('stateless') ? 'stateless' : 'stateful';
}
