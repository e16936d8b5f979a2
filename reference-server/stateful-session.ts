/**
 * One connection of the stateful profile. Spec: core.md sections 4.2, 5 and 8, state.md.
 *
 *   opening --START--> attaching -> streaming -> sealing -> closed
 *      |                 ^    |
 *      +--RESUME-> finding    +-> abandoned -> closed        (every state -> closed)
 *
 * `sealing`: FINAL is due and waits for a renewal, which proves that this connection still holds the session.
 * `abandoned`: the connection is gone while the store is still attaching it; what it attached is to be detached.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Extension, Open, StatefulResume, StatefulStart } from '../protocol/messages.ts';
import { resumeKeyOf, sameBytes } from '../protocol/resume-key.ts';
import { leaseTtlMs } from './lease.ts';
import {
  conflict,
  notFound,
  outOfRange,
  overloaded,
  shuttingDown,
  staleAttempt,
  storeUnavailable,
  tooOften,
} from './refusals.ts';
import {
  type Cell,
  cellsOf,
  type Effect,
  type Session,
  type SessionEvent,
  type SessionSettings,
  type Table,
  transition,
} from './session.ts';
import {
  detach,
  giveUpSealing,
  loseSession,
  noteFailedRenewal,
  noteRenewal,
  pushDetach,
  type Serving,
  seal,
  serve,
  shutDown,
  tick,
  yieldSession,
} from './stateful-serving.ts';

export type StatefulState = 'opening' | 'finding' | 'attaching' | 'abandoned' | 'streaming' | 'sealing' | 'closed';

type Kind = SessionEvent['kind'];
type Event<Name extends Kind> = Extract<SessionEvent, { kind: Name }>;
type Step<Name extends Kind> = Cell<Memory, StatefulState, Name>;

/** Of all connections that ask for nothing. */
const NONE: readonly Extension[] = [];

interface Memory {
  readonly settings: SessionSettings;
  readonly request: StatefulStart | StatefulResume;
  readonly granted: readonly Extension[];
  /** Session that a RESUME has found. */
  found: { readonly n: number; readonly seed: bigint } | undefined;
  /** Set once the store has attached this connection. */
  serving: Serving | undefined;
}

const TABLE: Table<Memory, StatefulState> = {
  opening: { open: ask, dropped: stop, drain: refuseForShutdown },
  finding: {
    found: judge,
    'store-failed': refuseForStore,
    alarm: refuseForStore,
    dropped: stop,
    drain: refuseForShutdown,
  },
  attaching: {
    started: judgeStart,
    attached: judgeAttach,
    'store-failed': refuseForStore,
    alarm: abandonForStore,
    dropped: () => 'abandoned',
    drain: abandonForShutdown,
  },
  abandoned: { started: detachStarted, attached: detachAttached, 'store-failed': stop },
  streaming: {
    alarm: holding(tick),
    renewed: holding(noteRenewal),
    'store-failed': holding(noteFailedRenewal),
    'taken-over': holding(yieldSession),
    discarded: holding(loseSession),
    dropped: holding(detach),
    drain: holding(shutDown),
  },
  sealing: {
    alarm: holding<'alarm'>(giveUpSealing),
    renewed: holding(seal),
    'store-failed': holding<'store-failed'>(giveUpSealing),
    'taken-over': holding(yieldSession),
    discarded: holding(loseSession),
    dropped: holding(detach),
    drain: holding(shutDown),
  },
  closed: {},
};

/** Each `state event` that has a reaction. */
export const STATEFUL_CELLS = cellsOf(TABLE);

/** The machine of a stateful START or RESUME whose fields have been checked. */
export class StatefulSession implements Session {
  readonly #memory: Memory;
  #state: StatefulState = 'opening';

  constructor(settings: SessionSettings, request: StatefulStart | StatefulResume, extensions: Open['extensions']) {
    const granted = extensions.length === 0 ? NONE : settings.extensions.filter((name) => extensions.includes(name));
    this.#memory = { settings, request, granted, found: undefined, serving: undefined };
  }

  get state(): StatefulState {
    return this.#state;
  }

  handle(event: SessionEvent, now: number): readonly Effect[] {
    const effects: Effect[] = [];
    this.#state = transition(TABLE, this.#state, this.#memory, event, now, effects);
    return effects;
  }
}

/** Lifts a reaction of a connection that holds its session into the table. */
function holding<Name extends Kind>(react: Cell<Serving, StatefulState, Name>): Step<Name> {
  return (memory, event, now, effects) => {
    if (memory.serving === undefined) throw new Error(`${event.kind}: no session is attached`);
    return react(memory.serving, event, now, effects);
  };
}

// ---------------------------------------------------------------- opening, finding

function ask(memory: Memory, _event: Event<'open'>, now: number, effects: Effect[]): StatefulState {
  const { request, settings } = memory;
  const { clientId } = request;
  if (request.kind === 'stateful-start') {
    const error = tooManyAttaches(memory, now);
    if (error !== undefined) return refuse(error, effects);
  }
  effects.push({ kind: 'alarm', atMs: now + settings.storeDeadlineMs });
  if (request.kind === 'stateful-resume') {
    effects.push({ kind: 'store', operation: { kind: 'lookup', atMs: now, clientId } });
    return 'finding';
  }
  const { n, attempt } = request;
  const seed = settings.seedFor(clientId);
  const ttlMs = leaseTtlMs(settings);
  effects.push({ kind: 'store', operation: { kind: 'start', atMs: now, clientId, n, seed, attempt, ttlMs } });
  return 'attaching';
}

/** Checks a RESUME against its session, in the order of RSQ-OPN-1. The store judges the attempt. */
function judge(memory: Memory, event: Event<'found'>, now: number, effects: Effect[]): StatefulState {
  const { request, settings } = memory;
  const { record } = event;
  if (request.kind !== 'stateful-resume') throw new Error('found: only a RESUME looks a session up');
  const { clientId, nextIndex, resumeKey, attempt } = request;
  if (record === undefined || !sameBytes(resumeKey, resumeKeyOf(clientId, record.seed))) {
    return refuse(notFound(), effects);
  }
  if (nextIndex >= record.n) return refuse(outOfRange(nextIndex, record.n), effects);
  // Not before the key has been looked at: nobody else is to learn that the session is there (RSQ-RES-4).
  const error = tooManyAttaches(memory, now);
  if (error !== undefined) return refuse(error, effects);
  memory.found = record;
  const ttlMs = leaseTtlMs(settings);
  effects.push({ kind: 'alarm', atMs: now + settings.storeDeadlineMs });
  effects.push({
    kind: 'store',
    operation: { kind: 'attach', atMs: now, clientId, seed: record.seed, attempt, ttlMs },
  });
  return 'attaching';
}

function tooManyAttaches({ request, settings }: Memory, now: number): ReseqError | undefined {
  const waitMs = settings.attachRate?.waitMs(request.clientId, now) ?? 0;
  return waitMs === 0 ? undefined : tooOften('attempt', waitMs);
}

// ---------------------------------------------------------------- attaching

function judgeStart(memory: Memory, event: Event<'started'>, now: number, effects: Effect[]): StatefulState {
  const { request } = memory;
  const { result } = event;
  if (request.kind !== 'stateful-start') throw new Error('started: only a START starts a session');
  switch (result.kind) {
    case 'created':
    case 'attached':
      return hold(memory, result, event.atMs, now, effects);
    case 'conflict':
      return refuse(conflict(request.n, result.n), effects);
    case 'stale':
      return refuse(staleAttempt(request.attempt, result.attempt), effects);
    case 'full':
      return refuse(overloaded('sessions'), effects);
  }
}

function judgeAttach(memory: Memory, event: Event<'attached'>, now: number, effects: Effect[]): StatefulState {
  const { request, found } = memory;
  const { result } = event;
  if (found === undefined) throw new Error('attached: only a session that was found is attached');
  switch (result.kind) {
    case 'attached':
      return hold(memory, { ...found, attempt: result.attempt }, event.atMs, now, effects);
    // Expired, or expired and started afresh, since it was looked up.
    case 'missing':
      return refuse(notFound(), effects);
    case 'stale':
      return refuse(staleAttempt(request.attempt, result.attempt), effects);
  }
}

function hold(
  memory: Memory,
  record: { readonly n: number; readonly seed: bigint; readonly attempt: number },
  atMs: number,
  now: number,
  effects: Effect[],
): StatefulState {
  const { request, settings, granted } = memory;
  const isResume = request.kind === 'stateful-resume';
  settings.attachRate?.count(request.clientId, now);
  const { n, seed, attempt } = record;
  if (now - atMs > settings.storeDeadlineMs) {
    // This process was stopped while the answer lay unread: what it says may be over (RSQ-STO-7).
    refuse(storeUnavailable(), effects);
    return detachAbandoned(memory, seed, attempt, now, effects);
  }
  const { clientId } = request;
  const nextIndex = isResume ? request.nextIndex : 0;
  // That of a RESUME has been compared.
  const resumeKey = isResume ? request.resumeKey : resumeKeyOf(clientId, seed);
  const attached = { clientId, n, seed, attempt, granted, nextIndex, resumeKey, isResume, atMs };
  const { serving, state } = serve(settings, attached, now, effects);
  memory.serving = serving;
  return state;
}

// ---------------------------------------------------------------- refusing, abandoning

function stop(): StatefulState {
  return 'closed';
}

function refuse(error: ReseqError, effects: Effect[]): StatefulState {
  effects.push({ kind: 'close', error });
  return 'closed';
}

function refuseForStore(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): StatefulState {
  return refuse(storeUnavailable(), effects);
}

function refuseForShutdown(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): StatefulState {
  return refuse(shuttingDown(), effects);
}

/** The store may still carry the operation out, hence not `closed`. */
function abandonForStore(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): StatefulState {
  refuse(storeUnavailable(), effects);
  return 'abandoned';
}

function abandonForShutdown(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): StatefulState {
  refuse(shuttingDown(), effects);
  return 'abandoned';
}

function detachStarted(memory: Memory, event: Event<'started'>, now: number, effects: Effect[]): StatefulState {
  const { result } = event;
  if (result.kind !== 'created' && result.kind !== 'attached') return 'closed';
  const { seed, attempt } = result;
  return detachAbandoned(memory, seed, attempt, now, effects);
}

function detachAttached(memory: Memory, event: Event<'attached'>, now: number, effects: Effect[]): StatefulState {
  const { result } = event;
  if (result.kind !== 'attached' || memory.found === undefined) return 'closed';
  return detachAbandoned(memory, memory.found.seed, result.attempt, now, effects);
}

function detachAbandoned(memory: Memory, seed: bigint, attempt: number, now: number, effects: Effect[]): StatefulState {
  const { request, settings } = memory;
  pushDetach({ clientId: request.clientId, seed, attempt }, settings.retentionMs, now, effects);
  return 'closed';
}
