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
import { resumeKeyOf, sameBytes } from '../protocol/resume-key.ts';
import { Connection, type Inlet, type Outlet, type Surroundings } from './connection.ts';
import { Holders } from './holders.ts';
import type { Log } from './log.ts';
import { notFound, shuttingDown, staleAttempt, storeUnavailable } from './refusals.ts';
import type { Session, SessionSettings } from './session.ts';
import { StatefulSession } from './stateful-session.ts';
import { StatelessSession } from './stateless-session.ts';
import { countError, createStats } from './stats.ts';
import type { SessionStore } from './store/store.ts';
import { StoreCalls, within } from './store-calls.ts';

/** What a binding asks of the server. Requests have been decoded, their fields are within their ranges. */
export interface Service {
  /** Serves one connection. The outlet may be ended before this returns. */
  open(open: Open, outlet: Outlet): Inlet;
  /** Extension confirm-final. Refusals are values. */
  confirm(confirm: Confirm): Promise<Result<void>>;
  describe(): Description;
  /** A request that the binding refused by itself, for the counters. */
  refused(error: ReseqError): void;
}

export interface ServiceOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly settings: SessionSettings;
  /** For Describe; 0 = no limit of its own. */
  readonly maxSessions: number;
  readonly log: Log;
  /** Name and version, for Describe. */
  readonly implementation: string;
}

/** Store failures are reported at most this often: an outage concerns thousands of connections at once. */
const FAILURE_REPORT_MS = 10_000;

export class SequenceService implements Service {
  readonly stats = createStats();
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
      storeCalls: new StoreCalls(options.store, (error) => this.#noteStoreFailure(error)),
      holders: new Holders(),
      stats: this.stats,
      log: options.log,
    };
  }

  open(open: Open, outlet: Outlet): Inlet {
    const session = this.#session(open);
    const connection = new Connection(session, profileOf(open.request), outlet, this.#surroundings, this.#forget);
    this.#connections.add(connection);
    this.stats.opens[open.request.kind]++;
    if (this.#isDraining) connection.drain();
    else connection.open();
    return connection;
  }

  async confirm(confirm: Confirm): Promise<Result<void>> {
    const result = await this.#judgeConfirm(confirm);
    if (result.ok) this.stats.confirms++;
    else this.refused(result.error);
    return result;
  }

  describe(): Description {
    const { settings, maxSessions, implementation } = this.#options;
    return {
      specVersion: SPEC_VERSION,
      protocolVersions: [PROTOCOL_VERSION],
      profiles: ['stateless', 'stateful'],
      extensions: settings.extensions,
      intervalMs: settings.intervalMs,
      retentionMs: settings.retentionMs,
      dropDetectionMs: DEFAULT_DROP_DETECTION_MS,
      limits: { maxCount: MAX_COUNT, maxSessions, maxRequestBytes: MAX_REQUEST_BYTES },
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
    this.#isDraining = true;
    for (const connection of [...this.#connections]) connection.drain();
    try {
      await this.#answer(this.#surroundings.storeCalls.idle());
    } catch (error) {
      this.#noteStoreFailure(error);
    }
  }

  #session({ request, extensions }: Open): Session {
    const { settings } = this.#options;
    return request.kind === 'stateless-start' || request.kind === 'stateless-resume'
      ? new StatelessSession(settings, request)
      : new StatefulSession(settings, request, extensions);
  }

  async #judgeConfirm({ clientId, resumeKey, attempt }: Confirm): Promise<Result<void>> {
    if (this.#isDraining) return fail(shuttingDown());
    const { store } = this.#options;
    try {
      const record = await this.#answer(store.lookup(clientId));
      if (record === undefined || !sameBytes(resumeKey, resumeKeyOf(clientId, record.seed))) return fail(notFound());
      if (record.attempt !== attempt) return fail(staleAttempt(attempt, record.attempt));
      const outcome = await this.#answer(store.finish(clientId, record.seed, attempt));
      if (outcome === 'missing') return fail(notFound());
      // Superseded between lookup and finish.
      if (outcome === 'superseded') return fail(staleAttempt(attempt, attempt));
      this.#surroundings.holders.discard(clientId, record.seed);
      return ok(undefined);
    } catch (error) {
      this.#noteStoreFailure(error);
      return fail(storeUnavailable());
    }
  }

  /** Without an answer in time the result is unknown, which is a failure (RSQ-RDS-9). */
  #answer<Value>(answer: Promise<Value>): Promise<Value> {
    const { clock, settings } = this.#options;
    return within(clock, settings.storeDeadlineMs, answer);
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
