/**
 * A connection that holds its session: the reactions of the states `streaming` and `sealing` of stateful-session.ts.
 * Spec: core.md sections 4.2, 6 and 8, state.md.
 */
import { checksumOfSequence } from '../protocol/checksum.ts';
import type { ReseqError } from '../protocol/errors.ts';
import { PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Extension, Opened } from '../protocol/messages.ts';
import { type Pcg32, pcg32At } from '../protocol/pcg32.ts';
import { Lease } from './lease.ts';
import { Pacing } from './pacing.ts';
import { notFound, peerBlocked, shuttingDown, storeUnavailable, takenOver } from './refusals.ts';
import type { Effect, Flow, Holding, SessionEvent, SessionSettings } from './session.ts';

/** FINAL needs a renewal that is no older than the interval and this (RSQ-FIN-6). */
const FRESH_MS = 1_000;

type ServingState = 'streaming' | 'sealing' | 'closed';
type Renewed = Extract<SessionEvent, { kind: 'renewed' }>;
type StoreFailed = Extract<SessionEvent, { kind: 'store-failed' }>;
type Alarm = Extract<SessionEvent, { kind: 'alarm' }>;

export interface Serving extends Holding {
  readonly settings: SessionSettings;
  readonly n: number;
  readonly granted: readonly Extension[];
  readonly generator: Pcg32;
  readonly pacing: Pacing;
  readonly lease: Lease;
  nextIndex: number;
}

/** What the store has attached, and from where on the client wants it. */
export interface Attached extends Holding {
  readonly n: number;
  readonly granted: readonly Extension[];
  readonly nextIndex: number;
  readonly resumeKey: Uint8Array;
  readonly isResume: boolean;
  /** When the store operation was issued. */
  readonly atMs: number;
}

/** Sends OPENED and the first item, or asks for the renewal that FINAL needs. */
export function serve(
  settings: SessionSettings,
  attached: Attached,
  now: number,
  effects: Effect[],
): { readonly serving: Serving; readonly state: ServingState } {
  const { clientId, seed, attempt, n, granted, nextIndex } = attached;
  const serving: Serving = {
    settings,
    clientId,
    seed,
    attempt,
    n,
    granted,
    nextIndex,
    generator: pcg32At(seed, nextIndex),
    pacing: new Pacing(settings),
    lease: new Lease(settings, attached.atMs),
  };
  effects.push({ kind: 'hold', holding: serving });
  effects.push({ kind: 'send', message: opened(serving, attached) });
  serving.pacing.begin(now);
  return { serving, state: sendNext(serving, now, now, effects) };
}

function opened({ settings }: Serving, attached: Attached): Opened {
  const { n, attempt, seed, granted, nextIndex, resumeKey, isResume } = attached;
  const prefixed = isResume && granted.includes('prefix-checksum');
  return {
    kind: 'opened',
    protocolVersion: PROTOCOL_VERSION,
    intervalMs: settings.intervalMs,
    nextIndex,
    extensions: granted,
    sequence: {
      profile: 'stateful',
      n,
      retentionMs: settings.retentionMs,
      resumeKey,
      attempt,
      prefixChecksum: prefixed ? { count: nextIndex, sha256: checksumOfSequence(seed, nextIndex) } : undefined,
    },
  };
}

/** The alarm of `streaming`: an item, a renewal or the end of the lease is due. */
export function tick(serving: Serving, flow: Flow, now: number, effects: Effect[]): ServingState {
  const { lease, pacing } = serving;
  const state = lease.isCalm(now) ? undefined : lookAtLease(serving, now, effects);
  if (state !== undefined) return state;
  switch (pacing.tick(now, flow)) {
    case 'send':
      // A renewal that falls due before the next item goes along with this one: one wake-up for both.
      return sendNext(serving, pacing.dueMs, now, effects);
    case 'wait':
      return rest(serving, now, now, effects);
    case 'blocked':
      return closeAndDetach(serving, peerBlocked(), now, effects);
  }
}

/** @returns the state that follows, undefined when nothing keeps an item from being sent */
function lookAtLease(serving: Serving, now: number, effects: Effect[]): ServingState | undefined {
  const { lease } = serving;
  // A process that was stopped for long wakes up here: it must not send under a lease that others may hold by now.
  if (lease.hasRunOut(now)) return close(storeUnavailable(), effects);
  const hasOverslept = lease.hasOverslept(now);
  lease.lapse(now);
  if (hasOverslept) return makeSure(serving, now, effects);
  if (lease.isDoubted(now)) return rest(serving, now, now, effects);
  return undefined;
}

/** After a sleep nothing is sent before the store has said whether the session is still ours. */
function makeSure(serving: Serving, now: number, effects: Effect[]): ServingState {
  const { lease } = serving;
  lease.doubt(now);
  effects.push(renewal(serving, now));
  effects.push({ kind: 'alarm', atMs: lease.wakeMs });
  return 'streaming';
}

/** Sends the next item, or prepares FINAL. */
function sendNext(serving: Serving, renewByMs: number, now: number, effects: Effect[]): ServingState {
  if (serving.nextIndex === serving.n - 1) return beginSealing(serving, now, effects);
  const message = { kind: 'item', index: serving.nextIndex, value: serving.generator.next() } as const;
  effects.push({ kind: 'send', message });
  serving.nextIndex++;
  return rest(serving, renewByMs, now, effects);
}

/** Renews what has to be renewed by `renewByMs`, and sleeps. */
function rest(serving: Serving, renewByMs: number, now: number, effects: Effect[]): ServingState {
  const { lease, pacing } = serving;
  if (lease.isCalm(pacing.dueMs)) {
    effects.push({ kind: 'alarm', atMs: pacing.dueMs });
    return 'streaming';
  }
  if (lease.isDue(renewByMs)) renew(serving, now, effects);
  effects.push({ kind: 'alarm', atMs: lease.isDoubted(now) ? lease.wakeMs : Math.min(pacing.dueMs, lease.wakeMs) });
  return 'streaming';
}

function beginSealing(serving: Serving, now: number, effects: Effect[]): ServingState {
  if (!serving.lease.isPending) renew(serving, now, effects);
  effects.push({ kind: 'alarm', atMs: serving.lease.wakeMs });
  return 'sealing';
}

function renew(serving: Serving, now: number, effects: Effect[]): void {
  serving.lease.issue(now);
  effects.push(renewal(serving, now));
}

function renewal({ clientId, seed, attempt, lease }: Serving, now: number): Effect {
  return { kind: 'store', operation: { kind: 'renew', atMs: now, clientId, seed, attempt, ttlMs: lease.ttlMs } };
}

/** The answer to a renewal in `streaming`. */
export function noteRenewal(serving: Serving, event: Renewed, now: number, effects: Effect[]): ServingState {
  if (event.outcome !== 'ok') return lose(event.outcome, effects);
  const { lease } = serving;
  const wasDoubted = lease.isDoubted(now);
  lease.succeed(event.atMs, event.ttlMs);
  return wasDoubted ? rest(serving, now, now, effects) : 'streaming';
}

/** A renewal has failed: the items go on as long as the lease lasts. */
export function noteFailedRenewal(serving: Serving, event: StoreFailed, now: number, effects: Effect[]): ServingState {
  const { lease } = serving;
  // The deadline of an operation from before a sleep is the first thing that rings after it.
  const hasOverslept = lease.hasOverslept(now);
  lease.fail(event.atMs, now);
  return hasOverslept ? makeSure(serving, now, effects) : rest(serving, now, now, effects);
}

/** The renewal before FINAL has succeeded: the session is ours, so the sequence may end (RSQ-FIN-4, RSQ-FIN-6). */
export function seal(serving: Serving, event: Renewed, now: number, effects: Effect[]): ServingState {
  if (event.outcome !== 'ok') return lose(event.outcome, effects);
  const { clientId, seed, attempt, n, lease, settings } = serving;
  if (!lease.isAnswer(event.atMs)) return 'sealing';
  if (now - event.atMs > settings.intervalMs + FRESH_MS) {
    // This process was stopped while the answer lay unread: what it says may be over.
    lease.succeed(event.atMs, event.ttlMs);
    return beginSealing(serving, now, effects);
  }
  effects.push({
    kind: 'send',
    message: {
      kind: 'final',
      index: serving.nextIndex,
      value: serving.generator.next(),
      checksum: checksumOfSequence(seed, n),
    },
  });
  effects.push({ kind: 'close', error: undefined });
  if (serving.granted.includes('confirm-final')) return detach(serving, event, now, effects);
  effects.push({ kind: 'store', operation: { kind: 'finish', atMs: now, clientId, seed, attempt } });
  return 'closed';
}

/** The renewal before FINAL has failed, or its answer has not come in time. */
export function giveUpSealing(
  serving: Serving,
  event: StoreFailed | Alarm,
  now: number,
  effects: Effect[],
): ServingState {
  if (event.kind === 'store-failed' && !serving.lease.isAnswer(event.atMs)) return 'sealing';
  return closeAndDetach(serving, storeUnavailable(), now, effects);
}

/** A newer connection holds the session: this one leaves without touching it (RSQ-ATT-9). */
export function yieldSession(_serving: Serving, _event: unknown, _now: number, effects: Effect[]): ServingState {
  return close(takenOver(), effects);
}

/** The session is gone, mostly by a CONFIRM (RSQ-CNF-4). */
export function loseSession(_serving: Serving, _event: unknown, _now: number, effects: Effect[]): ServingState {
  return close(notFound(), effects);
}

export function shutDown(serving: Serving, _event: unknown, now: number, effects: Effect[]): ServingState {
  return closeAndDetach(serving, shuttingDown(), now, effects);
}

/** The retention begins; no effect in the store when the session has moved on. */
export function detach(holding: Serving, _event: unknown, now: number, effects: Effect[]): ServingState {
  pushDetach(holding, holding.settings.retentionMs, now, effects);
  return 'closed';
}

/** Detaching is renewing to the retention. */
export function pushDetach(holding: Holding, retentionMs: number, now: number, effects: Effect[]): void {
  const { clientId, seed, attempt } = holding;
  effects.push({
    kind: 'store',
    operation: { kind: 'renew', atMs: now, clientId, seed, attempt, ttlMs: retentionMs },
  });
}

function lose(outcome: 'superseded' | 'missing', effects: Effect[]): ServingState {
  return close(outcome === 'missing' ? notFound() : takenOver(), effects);
}

function closeAndDetach(serving: Serving, error: ReseqError, now: number, effects: Effect[]): ServingState {
  close(error, effects);
  return detach(serving, undefined, now, effects);
}

function close(error: ReseqError, effects: Effect[]): ServingState {
  effects.push({ kind: 'close', error });
  return 'closed';
}
