/**
 * The machine of one CONFIRM. Spec: core.md sections 5.1 and 8.1.
 *
 *   opening -> finding -> finishing -> closed        (every state -> closed)
 *
 * A connection of a client it is not: it neither counts as one nor attaches to the session.
 */
import type { ReseqError } from '../protocol/errors.ts';
import type { Confirm } from '../protocol/messages.ts';
import { resumeKeyOf, sameBytes } from '../protocol/resume-key.ts';
import { notFound, shuttingDown, staleAttempt, storeUnavailable } from './refusals.ts';
import {
  cellsOf,
  type Effect,
  type Session,
  type SessionEvent,
  type SessionSettings,
  type Table,
  transition,
} from './session.ts';

type State = 'opening' | 'finding' | 'finishing' | 'closed';
type Event<Name extends SessionEvent['kind']> = Extract<SessionEvent, { kind: Name }>;

interface Memory {
  readonly settings: SessionSettings;
  readonly confirm: Confirm;
  /** Seed of the session that was found. */
  seed: bigint;
}

const TABLE: Table<Memory, State> = {
  opening: { open: find, drain: refuseForShutdown },
  finding: { found: judge, 'store-failed': refuseForStore, alarm: refuseForStore, drain: refuseForShutdown },
  finishing: { finished: answer, 'store-failed': refuseForStore, alarm: refuseForStore, drain: refuseForShutdown },
  closed: {},
};

/** Each `state event` that has a reaction. */
export const CONFIRMATION_CELLS = cellsOf(TABLE);

/** Ends without error when the session has been discarded. */
export class Confirmation implements Session {
  readonly #memory: Memory;
  #state: State = 'opening';

  constructor(settings: SessionSettings, confirm: Confirm) {
    this.#memory = { settings, confirm, seed: 0n };
  }

  get state(): State {
    return this.#state;
  }

  handle(event: SessionEvent, now: number): readonly Effect[] {
    const effects: Effect[] = [];
    this.#state = transition(TABLE, this.#state, this.#memory, event, now, effects);
    return effects;
  }
}

function find({ settings, confirm }: Memory, _event: unknown, now: number, effects: Effect[]): State {
  effects.push({ kind: 'alarm', atMs: now + settings.storeDeadlineMs });
  effects.push({ kind: 'store', operation: { kind: 'lookup', atMs: now, clientId: confirm.clientId } });
  return 'finding';
}

function judge(memory: Memory, { record }: Event<'found'>, now: number, effects: Effect[]): State {
  const { settings, confirm } = memory;
  const { clientId, resumeKey, attempt } = confirm;
  if (record === undefined || !sameBytes(resumeKey, resumeKeyOf(clientId, record.seed))) {
    return close(notFound(), effects);
  }
  if (record.attempt !== attempt) return close(staleAttempt(attempt, record.attempt), effects);
  memory.seed = record.seed;
  effects.push({ kind: 'alarm', atMs: now + settings.storeDeadlineMs });
  effects.push({ kind: 'store', operation: { kind: 'finish', atMs: now, clientId, seed: record.seed, attempt } });
  return 'finishing';
}

function answer({ confirm, seed }: Memory, { outcome }: Event<'finished'>, _now: number, effects: Effect[]): State {
  const { clientId, attempt } = confirm;
  switch (outcome) {
    case 'ok':
      effects.push({ kind: 'discard', clientId, seed });
      return close(undefined, effects);
    case 'missing':
      return close(notFound(), effects);
    // Between lookup and finish.
    case 'superseded':
      return close(staleAttempt(attempt, attempt), effects);
  }
}

/** Without an answer in time the result is unknown, which is a failure (RSQ-RDS-9). */
function refuseForStore(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): State {
  return close(storeUnavailable(), effects);
}

function refuseForShutdown(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): State {
  return close(shuttingDown(), effects);
}

function close(error: ReseqError | undefined, effects: Effect[]): State {
  effects.push({ kind: 'close', error });
  return 'closed';
}
