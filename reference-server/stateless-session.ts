/**
 * One connection of the stateless profile. Spec: core.md section 4.1. Nothing outlives it.
 *
 *   opening -> streaming -> closed
 */
import { valueAt } from '../protocol/doubling.ts';
import { MAX_A, MAX_COUNT, PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Ratio, StatelessResume, StatelessStart } from '../protocol/messages.ts';
import type { Random } from '../protocol/random.ts';
import { Pacing } from './pacing.ts';
import { outOfRange, peerBlocked, shuttingDown } from './refusals.ts';
import {
  cellsOf,
  type Effect,
  type Flow,
  type Session,
  type SessionEvent,
  type SessionSettings,
  type Table,
  transition,
} from './session.ts';

type State = 'opening' | 'streaming' | 'closed';

interface Memory {
  readonly settings: SessionSettings;
  readonly pacing: Pacing;
  readonly a: number;
  readonly ratio: Ratio;
  nextIndex: number;
  /** Value of item nextIndex, known once its index has been judged. */
  value: bigint;
}

const LAST_INDEX = MAX_COUNT - 1;

const TABLE: Table<Memory, State> = {
  opening: {
    open: begin,
    dropped: () => 'closed',
    drain: shutDown,
  },
  streaming: {
    alarm: tick,
    dropped: () => 'closed',
    drain: shutDown,
  },
  closed: {},
};

/** Each `state event` that has a reaction. */
export const STATELESS_CELLS = cellsOf(TABLE);

/** The machine of a stateless START or RESUME whose fields have been checked. */
export class StatelessSession implements Session {
  readonly #memory: Memory;
  #state: State = 'opening';

  constructor(settings: SessionSettings, request: StatelessStart | StatelessResume) {
    const a = request.kind === 'stateless-start' ? drawFirst(settings.random) : request.a;
    const nextIndex = request.kind === 'stateless-start' ? 0 : request.nextIndex;
    this.#memory = {
      settings,
      pacing: new Pacing(settings),
      a,
      ratio: request.ratio,
      nextIndex,
      value: 0n,
    };
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

/** Uniform in 1..255: a zero byte is drawn again, since taking it modulo anything would favour some values. */
function drawFirst(random: Random): number {
  for (;;) {
    const [byte = 0] = random.bytes(1);
    if (byte >= 1 && byte <= MAX_A) return byte;
  }
}

function begin(memory: Memory, _event: unknown, now: number, effects: Effect[]): State {
  if (memory.nextIndex > LAST_INDEX) {
    effects.push({ kind: 'close', error: outOfRange(memory.nextIndex, MAX_COUNT) });
    return 'closed';
  }
  memory.value = valueAt(memory.a, memory.ratio, memory.nextIndex);
  effects.push({
    kind: 'send',
    message: {
      kind: 'opened',
      protocolVersion: PROTOCOL_VERSION,
      intervalMs: memory.settings.intervalMs,
      nextIndex: memory.nextIndex,
      extensions: [],
      sequence: { profile: 'stateless', a: memory.a, ratio: memory.ratio },
    },
  });
  memory.pacing.begin(now);
  return sendItem(memory, effects);
}

function tick(memory: Memory, flow: Flow, now: number, effects: Effect[]): State {
  switch (memory.pacing.tick(now, flow)) {
    case 'send':
      return sendItem(memory, effects);
    case 'wait':
      effects.push({ kind: 'alarm', atMs: memory.pacing.dueMs });
      return 'streaming';
    case 'blocked':
      effects.push({ kind: 'close', error: peerBlocked() });
      return 'closed';
  }
}

function sendItem(memory: Memory, effects: Effect[]): State {
  effects.push({ kind: 'send', message: { kind: 'item', index: memory.nextIndex, value: memory.value } });
  if (memory.nextIndex === LAST_INDEX) {
    effects.push({ kind: 'close', error: undefined });
    return 'closed';
  }
  memory.nextIndex++;
  memory.value *= BigInt(memory.ratio);
  effects.push({ kind: 'alarm', atMs: memory.pacing.dueMs });
  return 'streaming';
}

function shutDown(_memory: Memory, _event: unknown, _now: number, effects: Effect[]): State {
  effects.push({ kind: 'close', error: shuttingDown() });
  return 'closed';
}
