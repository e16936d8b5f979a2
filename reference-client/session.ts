/**
 * The client's state machine, without I/O: events and the time go in, effects come out as data.
 * Spec: core.md sections 3, 5, 7, 8 and 9.
 *
 *   idle -> connecting -> streaming -> confirming <-> confirm-waiting -> done
 *              ^  |           |
 *              |  v           v
 *             waiting  <------+                     (every state -> done)
 *
 * `connecting` lasts from the dial to the first message: whether the transport below is connected
 * changes nothing (RSQ-LIV-2 counts from the dial).
 */
import { backoffDelayMs } from '../protocol/backoff.ts';
import { ERRORS, ReseqError, refusal } from '../protocol/errors.ts';
import { LIVENESS_MIN_MS, PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Final, Item, Opened } from '../protocol/messages.ts';
import type { ClientEffect, ClientEvent } from './events.ts';
import type { Ledger } from './ledger.ts';
import { Machine, type SessionOptions, type StateName } from './machine.ts';
import type { Ended, JournalRecord } from './records.ts';
import { toHex } from './records.ts';

export type { SessionOptions, StateName } from './machine.ts';

/** A confirm is repeated for at most this long (RSQ-CNF-9). */
export const CONFIRM_BUDGET_MS = 5_000;
/** One confirm without an answer counts as lost after this. */
export const CONFIRM_DEADLINE_MS = 1_500;

type EventOf<Kind extends ClientEvent['kind']> = Extract<ClientEvent, { kind: Kind }>;
type Handler<Kind extends ClientEvent['kind']> = (machine: Machine, event: EventOf<Kind>, now: number) => void;
type Row = { readonly [Kind in ClientEvent['kind']]?: Handler<Kind> };

/** An event that a state does not list means nothing in it: what comes after the end, say (RSQ-FIN-9). */
const TABLE: { readonly [State in StateName]: Row } = {
  idle: {
    started: onStarted,
    interrupted: onInterrupted,
  },
  connecting: {
    opened: onOpened,
    item: onPremature,
    final: onPremature,
    malformed: onMalformed,
    ended: onEnded,
    alarm: onNotOpened,
    interrupted: onInterrupted,
  },
  streaming: {
    opened: onSecondOpened,
    item: onNumber,
    final: onNumber,
    malformed: onMalformed,
    ended: onEnded,
    alarm: onSilence,
    full: onFull,
    drained: onDrained,
    interrupted: onInterrupted,
  },
  waiting: {
    alarm: onDialTime,
    interrupted: onInterrupted,
  },
  confirming: {
    confirmed: onConfirmed,
    alarm: onConfirmLost,
    interrupted: onComplete,
  },
  'confirm-waiting': {
    alarm: onConfirmTime,
    interrupted: onComplete,
  },
  done: {},
};

/** Each `state event` that has a reaction. */
export const CLIENT_CELLS: readonly string[] = Object.entries(TABLE).flatMap(([state, row]) =>
  Object.keys(row).map((event) => `${state} ${event}`),
);

/** Who decides for a client. */
export type Deciding = Pick<ClientSession, 'state' | 'ledger' | 'handle'>;

/** One run of one sequence. */
export class ClientSession {
  readonly #machine: Machine;

  constructor(options: SessionOptions) {
    this.#machine = new Machine(options);
  }

  get state(): StateName {
    return this.#machine.state;
  }

  /** The books; read only. */
  get ledger(): Ledger {
    return this.#machine.ledger;
  }

  /** @param now monotonic milliseconds, never less than in the call before. @returns effects, to perform in order */
  handle(event: ClientEvent, now: number): ClientEffect[] {
    const machine = this.#machine;
    if ('connection' in event && event.connection !== machine.connection) return [];
    if (event.kind === 'full' || event.kind === 'drained') machine.setFull(event.kind === 'full');
    dispatch(TABLE[machine.state], machine, event, now);
    return machine.takeEffects();
  }
}

function dispatch<Kind extends ClientEvent['kind']>(
  row: Row,
  machine: Machine,
  event: EventOf<Kind>,
  now: number,
): void {
  const handler: Handler<Kind> | undefined = row[event.kind as Kind];
  handler?.(machine, event, now);
}

function onStarted(machine: Machine, _event: EventOf<'started'>, now: number): void {
  const { ended, confirmAttempt } = machine.options.snapshot;
  machine.begin(now);
  if (ended !== undefined) repeatEnding(machine, ended);
  else if (machine.ledger.complete) completed(machine, confirmAttempt, now);
  else machine.dial(now);
}

/** The run that is continued had come to its end already. */
function repeatEnding(machine: Machine, { result, error }: Ended): void {
  machine.state = 'done';
  const cause = error && new ReseqError(error.code, error.detail);
  machine.emit({ kind: 'finish', outcome: { result, error: cause } });
}

function onDialTime(machine: Machine, _event: EventOf<'alarm'>, now: number): void {
  machine.dial(now);
}

function onOpened(machine: Machine, { connection, message }: EventOf<'opened'>, now: number): void {
  const { ledger } = machine;
  const isFirst = ledger.learnt === undefined;
  const contradiction = judgeVersion(message) ?? ledger.judgeOpened(message);
  if (contradiction !== undefined) {
    machine.finish('mismatch', refusal('PROTOCOL_ERROR', contradiction));
    return;
  }
  if (isFirst && ledger.learnt !== undefined) {
    machine.emit({ kind: 'persist', record: { kind: 'opened', learnt: ledger.learnt } });
  }
  const { intervalMs, nextIndex, sequence } = message;
  const retentionMs = sequence.profile === 'stateful' ? sequence.retentionMs : undefined;
  machine.emit({ kind: 'notify', notice: { kind: 'opened', connection, nextIndex, intervalMs, retentionMs } });
  machine.stream(message, now);
}

function judgeVersion({ protocolVersion }: Opened): string | undefined {
  if (protocolVersion === PROTOCOL_VERSION) return undefined;
  return `opened.protocol_version: expected ${PROTOCOL_VERSION}, got ${protocolVersion}`;
}

function onSecondOpened(machine: Machine, _event: EventOf<'opened'>, now: number): void {
  machine.fault(refusal('PROTOCOL_ERROR', 'message: expected an item or final, got a second opened'), now);
}

function onPremature(machine: Machine, { kind, message }: EventOf<'item' | 'final'>, now: number): void {
  if (isOld(machine, message.index)) return;
  machine.fault(refusal('PROTOCOL_ERROR', `message: expected opened, got ${kind}`), now);
}

function onMalformed(machine: Machine, { error, index }: EventOf<'malformed'>, now: number): void {
  if (!isOld(machine, index)) machine.fault(error, now);
  else if (machine.state === 'streaming') machine.listen(now);
}

/** An item that is in already is dropped, whatever is wrong with it (RSQ-MSG-7). */
function isOld({ ledger }: Machine, index: number | undefined): boolean {
  return index !== undefined && index < ledger.accepted;
}

/** Terminal errors end the run, everything else is a drop, an end without error too (RSQ-FIN-7, RSQ-OUT-1). */
function onEnded(machine: Machine, { error }: EventOf<'ended'>, now: number): void {
  if (error.retryable) machine.drop(error, now);
  else machine.finish(isSessionLost(machine, error) ? 'incomplete' : 'rejected', error);
}

/** RSQ-FIN-8 */
function isSessionLost(machine: Machine, error: ReseqError): boolean {
  return error.code === ERRORS.SESSION_NOT_FOUND.code && machine.ledger.learnt !== undefined;
}

function onNotOpened(machine: Machine, _event: EventOf<'alarm'>, now: number): void {
  machine.drop(refusal('UNAVAILABLE', `no answer within ${LIVENESS_MIN_MS} ms of dialling`), now);
}

function onSilence(machine: Machine, _event: EventOf<'alarm'>, now: number): void {
  machine.drop(refusal('UNAVAILABLE', `no message for ${machine.livenessMs} ms`), now);
}

function onFull(machine: Machine, _event: EventOf<'full'>, now: number): void {
  machine.emit({ kind: 'pause' });
  machine.listen(now);
}

function onDrained(machine: Machine, _event: EventOf<'drained'>, now: number): void {
  machine.emit({ kind: 'resume' });
  machine.listen(now);
}

function onInterrupted(machine: Machine): void {
  machine.finish('interrupted');
}

function onNumber(machine: Machine, { message }: EventOf<'item' | 'final'>, now: number): void {
  const judgement = machine.ledger.judge(message);
  switch (judgement.verdict) {
    case 'accepted':
      onAccepted(machine, message, now);
      return;
    case 'duplicate':
      machine.listen(now);
      return;
    case 'fault':
      machine.fault(refusal('PROTOCOL_ERROR', judgement.detail), now);
      return;
    case 'mismatch':
      machine.finish('mismatch', refusal('PROTOCOL_ERROR', judgement.detail));
  }
}

/** On record first, then handed out: a crash in between repeats the item to nobody. */
function onAccepted(machine: Machine, message: Item | Final, now: number): void {
  const confirmAttempt = message.kind === 'final' ? attemptToConfirm(machine) : undefined;
  machine.progress(now);
  machine.emit({ kind: 'persist', record: recordOf(message, confirmAttempt) });
  machine.emit({ kind: 'deliver', index: message.index, value: message.value });
  machine.emit({ kind: 'notify', notice: { kind: 'accepted', accepted: machine.ledger.accepted } });
  if (machine.ledger.complete) completed(machine, confirmAttempt, now);
  else machine.listen(now);
}

function recordOf(message: Item | Final, confirmAttempt: number | undefined): JournalRecord {
  const { index } = message;
  if (message.kind === 'item') {
    return typeof message.value === 'number' ? { kind: 'item', index, value: message.value } : { kind: 'item', index };
  }
  return { kind: 'final', index, value: message.value, checksum: toHex(message.checksum), confirmAttempt };
}

/** The attempt of the connection that delivered FINAL, when confirm-final is in force on it (RSQ-CNF-5, RSQ-CNF-6). */
function attemptToConfirm({ opened, options }: Machine): number | undefined {
  const name = 'confirm-final';
  const inForce = options.extensions.includes(name) && opened?.extensions.includes(name);
  return inForce && opened?.sequence.profile === 'stateful' ? opened.sequence.attempt : undefined;
}

/** All is in and verified; a server that waits for a confirm gets it before we say so. */
function completed(machine: Machine, confirmAttempt: number | undefined, now: number): void {
  const { task, learnt } = machine.ledger;
  if (confirmAttempt === undefined || task.profile !== 'stateful' || learnt?.profile !== 'stateful') {
    machine.finish('complete');
    return;
  }
  machine.confirm = { clientId: task.clientId, resumeKey: learnt.resumeKey, attempt: confirmAttempt };
  machine.confirmUntilMs = now + CONFIRM_BUDGET_MS;
  machine.retries = 0;
  machine.emit({ kind: 'notify', notice: { kind: 'confirming' } });
  sendConfirm(machine, now);
}

function sendConfirm(machine: Machine, now: number): void {
  const { confirm, connection } = machine;
  if (confirm === undefined) return;
  machine.emit({ kind: 'confirm', connection, confirm });
  machine.enter('confirming', Math.min(now + CONFIRM_DEADLINE_MS, machine.confirmUntilMs));
}

/** Whatever a terminal error says, there is nothing left to tell the server (RSQ-CNF-7). */
function onConfirmed(machine: Machine, { error }: EventOf<'confirmed'>, now: number): void {
  if (error?.retryable) retryConfirm(machine, now);
  else machine.finish('complete');
}

function onConfirmLost(machine: Machine, _event: EventOf<'alarm'>, now: number): void {
  retryConfirm(machine, now);
}

function retryConfirm(machine: Machine, now: number): void {
  const atMs = now + backoffDelayMs(machine.retries, machine.options.random);
  if (atMs >= machine.confirmUntilMs) {
    machine.finish('complete');
    return;
  }
  machine.retries += 1;
  machine.emit({ kind: 'hang-up' });
  machine.enter('confirm-waiting', atMs);
}

/** On a connection of its own: the one that delivered FINAL did not answer. */
function onConfirmTime(machine: Machine, _event: EventOf<'alarm'>, now: number): void {
  machine.connection += 1;
  sendConfirm(machine, now);
}

function onComplete(machine: Machine): void {
  machine.finish('complete');
}
