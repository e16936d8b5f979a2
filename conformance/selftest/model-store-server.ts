/**
 * A small server of the stateful profile on a shared store that keeps to the specification, and one wrong decision at a time for
 * the suite to find. It shares nothing with the reference server. Spec: state.md, stores/redis.md.
 */

import { randomBytes } from 'node:crypto';
import { expectedResumeKey } from '../oracle/resume-key.ts';
import { type Play, Player } from '../peer/player.ts';
import { OK, type Script } from '../peer/script.ts';
import { lazySequence } from '../peer/sequences.ts';
import { type Call, type CallEnd, listen, type Transport } from '../peer/transport.ts';
import { decodeConfirm, decodeOpen, encodeDescription, type WireConfirm, type WireOpen } from '../peer/wire.ts';
import type { StoreBug } from './bugs/store.ts';
import { requestFault } from './model-requests.ts';
import { type Attached, ModelStore, type SessionRecord } from './model-store.ts';
import type { StoreAccess } from './shared-store.ts';

const INTERVAL_MS = 200;
const RETENTION_MS = 3_000;
/** R: the least that the specification allows. */
const RENEWAL_MS = 1_000;
const LEASE_MS = RETENTION_MS + RENEWAL_MS;
/** Renewed a little earlier than it has to be. */
const RENEW_EVERY_MS = 800;
const TICK_MS = 50;
/** Ticks so far apart mean that the process has slept. */
const SLEPT_MS = 500;
/** For the last bytes of a stream. */
const FLUSH_MS = 50;
/** A renewal this young is good enough for a final message. */
const FRESH_MS = INTERVAL_MS + 1_000;

const EXTENSIONS: readonly string[] = ['confirm-final'];
const NOT_FOUND: CallEnd = { status: 'NOT_FOUND', code: 102, detail: 'no session with this client id and resume key' };
const TAKEN_OVER: CallEnd = { status: 'ABORTED', code: 105, detail: 'a newer attempt holds the session' };
const UNAVAILABLE: CallEnd = {
  status: 'UNAVAILABLE',
  code: 200,
  detail: 'the store does not answer',
  retryAfterMs: 500,
};
const REFUSALS: Readonly<Record<Exclude<Attached['result'], 'attached'>, CallEnd>> = {
  conflict: { status: 'ALREADY_EXISTS', code: 103, detail: 'n: expected that of the session' },
  stale: { status: 'FAILED_PRECONDITION', code: 106, detail: 'attempt: expected a higher one' },
  missing: NOT_FOUND,
  full: { status: 'RESOURCE_EXHAUSTED', code: 201, detail: 'no room', retryAfterMs: 500 },
};

export class StoreModelServer {
  private readonly store: ModelStore;
  private readonly bug: StoreBug | undefined;
  private readonly attachments = new Set<Attachment>();

  constructor(store: StoreAccess, instance: string, bug: StoreBug | undefined) {
    this.store = new ModelStore(store, instance, bug);
    this.bug = bug;
  }

  listen(): Promise<Transport> {
    return listen({
      admit: () => 'serve',
      connected: () => undefined,
      disconnected: () => undefined,
      called: (call) => {
        this.answer(call).catch((error: unknown) => call.end(this.trouble(call, error)));
      },
    });
  }

  /** Ends all streams and detaches their sessions, so that others can go on. */
  async drain(): Promise<void> {
    await Promise.all([...this.attachments].map((attachment) => attachment.leave()));
  }

  /** A store that failed; whatever else went wrong looks the same to a client. */
  private trouble(call: Call, error: unknown): CallEnd {
    if (!(error instanceof Error)) throw error;
    const isResume = decodeOpen(call.request)?.kind === 'stateful-resume';
    return this.bug === 'outage-is-not-found' && isResume ? NOT_FOUND : UNAVAILABLE;
  }

  private async answer(call: Call): Promise<void> {
    const method = call.method.split('/').at(-1);
    if (method === 'Describe') {
      call.send(encodeDescription(DESCRIPTION));
      call.end({ status: 'OK' });
    } else if (method === 'Confirm') {
      const request = decodeConfirm(call.request);
      const end = request === undefined ? NOT_FOUND : await this.confirm(request);
      if (end.status === 'OK') call.send(new Uint8Array());
      call.end(end);
    } else {
      const request = decodeOpen(call.request);
      const fault: CallEnd | undefined =
        request === undefined || request.kind?.startsWith('stateless')
          ? { status: 'INVALID_ARGUMENT', code: 100, detail: 'request: expected a stateful one' }
          : requestFault(request, undefined);
      if (request === undefined || fault !== undefined) call.end(fault ?? NOT_FOUND);
      else await this.open(call, request);
    }
  }

  private async confirm({ clientId, resumeKey, attempt }: WireConfirm): Promise<CallEnd> {
    const id = clientId.toLowerCase();
    const record = await this.store.lookup(id);
    if (record === undefined || keyText(id, record.seed) !== resumeKey) return NOT_FOUND;
    if (record.attempt !== attempt) return REFUSALS.stale;
    if (this.bug === 'confirm-keeps') return { status: 'OK' };
    return (await this.store.finish(id, record)) === 'ok' ? { status: 'OK' } : NOT_FOUND;
  }

  private async open(call: Call, request: WireOpen): Promise<void> {
    const { clientId = '', n = 0, nextIndex = 0, attempt = 0 } = request;
    const id = clientId.toLowerCase();
    const result =
      request.kind === 'stateful-start'
        ? await this.store.start(id, n, randomBytes(8).readBigUInt64BE(), attempt, leaseOf(this.bug))
        : await this.resume(id, request);
    if (result === 'beyond') {
      call.end({ status: 'OUT_OF_RANGE', code: 104, detail: `next_index: expected less than n, got ${nextIndex}` });
    } else if (result.result === 'attached') {
      const confirm = request.extensions.includes('confirm-final');
      const attachment = new Attachment(this.store, call, id, result.record, { nextIndex, confirm, bug: this.bug });
      this.attachments.add(attachment);
      call.onGone(() => this.attachments.delete(attachment));
      await attachment.serve();
    } else {
      call.end(REFUSALS[result.result]);
    }
  }

  private async resume(id: string, request: WireOpen): Promise<Attached | 'beyond'> {
    const { nextIndex = 0, resumeKey = '', attempt = 0 } = request;
    const record = await this.store.lookup(id);
    if (record === undefined || keyText(id, record.seed) !== resumeKey) return { result: 'missing' };
    if (nextIndex >= record.n) return 'beyond';
    return this.store.attach(id, record.seed, attempt, leaseOf(this.bug));
  }
}

/** One connection while it holds its session. */
class Attachment {
  private readonly store: ModelStore;
  private readonly call: Call;
  private readonly id: string;
  private readonly record: SessionRecord;
  private readonly options: {
    readonly nextIndex: number;
    readonly confirm: boolean;
    readonly bug: StoreBug | undefined;
  };
  private renewedAtMs = performance.now();
  private askedAtMs = performance.now();
  private seenAtMs = performance.now();
  /** The process has slept until then: whether the session is still this connection's, the store alone knows. */
  private doubtfulFromMs: number | undefined;
  /** The session is not this connection's any more. */
  private lost = false;

  constructor(store: ModelStore, call: Call, id: string, record: SessionRecord, options: Attachment['options']) {
    this.store = store;
    this.call = call;
    this.id = id;
    this.record = record;
    this.options = options;
  }

  async serve(): Promise<void> {
    const timer = setInterval(() => this.tick(), TICK_MS);
    this.call.onGone(() => {
      clearInterval(timer);
      if (!this.lost) this.store.renew(this.id, this.record, this.detachedMs()).catch(() => undefined);
    });
    await this.play([{ do: 'opened' }, { do: 'items' }]);
    if (this.call.ended || !(await this.mayFinish())) return;
    await this.play([{ do: 'final' }, OK]);
    if (this.options.confirm) return;
    this.lost = true;
    if (this.options.bug !== 'kept-after-final') await this.store.finish(this.id, this.record);
  }

  /** The instance shuts down. */
  async leave(): Promise<void> {
    this.lost = true;
    const { bug } = this.options;
    if (bug === 'drain-discards') await this.store.finish(this.id, this.record);
    else await this.store.renew(this.id, this.record, this.detachedMs());
    this.call.end(bug === 'drain-is-not-found' ? NOT_FOUND : UNAVAILABLE);
    await new Promise((resolve) => this.call.onGone(() => setTimeout(resolve, FLUSH_MS)));
  }

  /** Notices that the process has slept, or that its event loop stood still for as long. */
  private look(): void {
    const now = performance.now();
    if (now - this.seenAtMs > SLEPT_MS) this.doubtfulFromMs = now;
    this.seenAtMs = now;
  }

  /** Asked before each item. */
  private async mayGoOn(): Promise<boolean> {
    this.look();
    if (this.options.bug === 'sends-after-a-stop') return true;
    if (this.doubtfulFromMs !== undefined) await this.renew().catch(() => this.end(UNAVAILABLE));
    return !this.call.ended;
  }

  private detachedMs(): number {
    if (this.options.bug === 'detaches-too-long') return 2 * RETENTION_MS;
    return this.options.bug === 'detaches-too-short' ? RETENTION_MS / 2 : RETENTION_MS;
  }

  private tick(): void {
    const now = performance.now();
    this.look();
    const leaseMs = this.options.bug === 'ends-at-outage' ? 2 * RENEW_EVERY_MS : LEASE_MS;
    if (
      this.doubtfulFromMs === undefined &&
      now >= this.renewedAtMs + leaseMs &&
      this.options.bug !== 'outlives-its-lease'
    )
      this.end(UNAVAILABLE);
    if (this.options.bug === 'position-stored')
      this.store.notePosition(this.id, Math.floor(now)).catch(() => undefined);
    if (now < this.askedAtMs + RENEW_EVERY_MS || this.options.bug === 'never-renews') return;
    this.renew().catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const atMs = performance.now();
    this.askedAtMs = atMs;
    const result = await this.store.renew(this.id, this.record, leaseOf(this.options.bug));
    // An answer that lay unread over the sleep says nothing.
    if (atMs >= (this.doubtfulFromMs ?? 0)) this.doubtfulFromMs = undefined;
    if (result === 'ok') this.renewedAtMs = atMs;
    else this.end(result === 'superseded' ? TAKEN_OVER : NOT_FOUND);
  }

  /** A session that is finished by an unconditional delete is not asked about either. */
  private async mayFinish(): Promise<boolean> {
    const { bug } = this.options;
    if (bug === 'final-without-renewal') return true;
    if (bug === 'deletes-unconditionally' && performance.now() < this.renewedAtMs + FRESH_MS) return true;
    try {
      await this.renew();
    } catch {
      this.call.end(UNAVAILABLE);
    }
    return !this.call.ended;
  }

  private end(end: CallEnd): void {
    this.lost = true;
    if (this.options.bug !== 'superseded-go-on') this.call.end(end);
  }

  private play(script: Script): Promise<void> {
    const { n, seed, attempt } = this.record;
    const play: Play = {
      sequence: lazySequence(seed, n),
      script,
      intervalMs: INTERVAL_MS,
      unknown: 'none',
      mayGoOn: () => this.mayGoOn(),
      opened: {
        profile: 'stateful',
        protocolVersion: 1,
        intervalMs: INTERVAL_MS,
        nextIndex: this.options.nextIndex,
        extensions: this.options.confirm ? EXTENSIONS : [],
        a: 0,
        ratio: 2,
        n,
        retentionMs: RETENTION_MS,
        resumeKey: expectedResumeKey(this.id, seed),
        attempt,
      },
    };
    return new Player(this.call, play, SILENT).run();
  }
}

function leaseOf(bug: StoreBug | undefined): number {
  if (bug === 'lease-too-short') return RENEWAL_MS + 200;
  return bug === 'lease-too-long' ? 2 * LEASE_MS : LEASE_MS;
}

const SILENT = { message: () => undefined, status: () => undefined, dropped: () => undefined };

function keyText(id: string, seed: bigint): string {
  return Buffer.from(expectedResumeKey(id, seed)).toString('hex');
}

const DESCRIPTION = {
  specVersion: '1.0.0',
  protocolVersions: [1],
  profiles: ['stateful'],
  extensions: EXTENSIONS,
  intervalMs: INTERVAL_MS,
  retentionMs: RETENTION_MS,
  dropDetectionMs: 2_000,
  maxCount: 65_535,
  maxSessions: 0,
  maxRequestBytes: 4_096,
  implementation: 'model server on a shared store',
};
