/**
 * The memory of a run as a journal: records that are appended one by one, and the snapshot that they
 * add up to. Restoring the snapshot continues the run in another process: same identity, higher
 * attempt, next item (RSQ-ATT-1, RSQ-RES-5).
 */
import type { Ratio } from '../protocol/messages.ts';
import type { OutcomeName } from './outcome.ts';

export interface StatelessTask {
  readonly profile: 'stateless';
  /** Items to receive, 1..65535; only the client knows it. */
  readonly count: number;
  readonly ratio: Ratio;
}

export interface StatefulTask {
  readonly profile: 'stateful';
  /** n, 1..65535. */
  readonly count: number;
  /** Lower-case UUID text. */
  readonly clientId: string;
}

/** What a run is to receive. */
export type Task = StatelessTask | StatefulTask;

/** What the first OPENED of a sequence tells. */
export type Learnt =
  | { readonly profile: 'stateless'; readonly a: number }
  | { readonly profile: 'stateful'; readonly resumeKey: Uint8Array };

/** An outcome that no further connection changes. */
export interface Ended {
  readonly result: OutcomeName;
  readonly error?: { readonly code: number; readonly detail: string } | undefined;
}

export type JournalRecord =
  | { readonly kind: 'task'; readonly task: Task }
  /** Written before the request that carries it leaves. */
  | { readonly kind: 'attempt'; readonly attempt: number }
  | { readonly kind: 'opened'; readonly learnt: Learnt }
  /** `value` in the stateful profile only: stateless values follow from the index. */
  | { readonly kind: 'item'; readonly index: number; readonly value?: number | undefined }
  /** The last item, verified. `confirmAttempt`: the attempt to confirm with, when that was granted. */
  | {
      readonly kind: 'final';
      readonly index: number;
      readonly value: number;
      readonly checksum: string;
      readonly confirmAttempt?: number | undefined;
    }
  | { readonly kind: 'ended'; readonly ended: Ended };

/** Where a run stands. */
export interface Snapshot {
  readonly task: Task;
  /** Highest attempt that may have been sent, 0 = none. */
  readonly attempt: number;
  readonly learnt: Learnt | undefined;
  readonly accepted: number;
  /** Stateful: the values accepted. Stateless: empty. */
  readonly values: readonly number[];
  /** The checksum of FINAL, lower-case hex, once verified. */
  readonly expectedChecksum: string | undefined;
  readonly confirmAttempt: number | undefined;
  readonly ended: Ended | undefined;
}

/** A journal kept in memory: folds records as they come. */
export class Journal implements Snapshot {
  readonly task: Task;
  readonly values: number[] = [];
  attempt = 0;
  accepted = 0;
  learnt: Learnt | undefined = undefined;
  expectedChecksum: string | undefined = undefined;
  confirmAttempt: number | undefined = undefined;
  ended: Ended | undefined = undefined;

  constructor(task: Task) {
    this.task = task;
  }

  /** @throws RangeError for a record that cannot follow the ones before it */
  add(record: JournalRecord): void {
    switch (record.kind) {
      case 'task':
        throw new RangeError('a second task record');
      case 'attempt':
        if (record.attempt <= this.attempt) throw new RangeError(`attempt ${record.attempt} after ${this.attempt}`);
        this.attempt = record.attempt;
        return;
      case 'opened':
        if (record.learnt.profile !== this.task.profile)
          throw new RangeError(`opened of a ${record.learnt.profile} run`);
        this.learnt = record.learnt;
        return;
      case 'item':
        this.#addItem(record.index, record.value, false);
        return;
      case 'final':
        this.#addItem(record.index, record.value, true);
        this.expectedChecksum = record.checksum;
        this.confirmAttempt = record.confirmAttempt;
        return;
      case 'ended':
        this.ended = record.ended;
    }
  }

  #addItem(index: number, value: number | undefined, isFinal: boolean): void {
    const { count, profile } = this.task;
    if (this.learnt === undefined) throw new RangeError(`item ${index} before opened`);
    if (index !== this.accepted || index >= count) throw new RangeError(`item ${index} after ${this.accepted} items`);
    if ((value !== undefined) !== (profile === 'stateful')) throw new RangeError(`value of item ${index}`);
    if (isFinal !== (profile === 'stateful' && index === count - 1)) throw new RangeError(`kind of item ${index}`);
    if (value !== undefined) this.values.push(value);
    this.accepted += 1;
  }
}

/** The shortest journal that adds up to a snapshot. */
export function* recordsOf(snapshot: Snapshot): Generator<JournalRecord> {
  const { task, attempt, learnt, accepted, values, expectedChecksum, confirmAttempt, ended } = snapshot;
  yield { kind: 'task', task };
  if (attempt > 0) yield { kind: 'attempt', attempt };
  if (learnt !== undefined) yield { kind: 'opened', learnt };
  const items = expectedChecksum === undefined ? accepted : accepted - 1;
  for (let index = 0; index < items; index += 1) yield { kind: 'item', index, value: values[index] };
  const last = values[items];
  if (expectedChecksum !== undefined && last !== undefined) {
    yield { kind: 'final', index: items, value: last, checksum: expectedChecksum, confirmAttempt };
  }
  if (ended !== undefined) yield { kind: 'ended', ended };
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
