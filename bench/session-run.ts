/**
 * One session of the reference client that knows several servers, and what of it was right. The values are predicted from
 * the seed by the oracle of the conformance suite, which shares no code with server and client.
 */
import { randomUUID } from 'node:crypto';
import { sequenceChecksum } from '../conformance/oracle/checksum.ts';
import { itemsOf } from '../conformance/oracle/pcg32.ts';
import { grpcBinding } from '../reference-client/bindings/grpc.ts';
import { type Binding, type Notice, openSequence } from '../reference-client/index.ts';

export interface RunReport {
  readonly isComplete: boolean;
  /** The client's checksum and the server's are both that of the predicted values. */
  readonly hasRightChecksums: boolean;
  /** Items whose index was expected and whose value was the predicted one. */
  readonly right: number;
  readonly wrong: number;
  readonly lost: number;
  readonly twice: number;
  /** Items with an index below one that came before. */
  readonly outOfOrder: number;
  readonly reconnects: number;
  /** Why it is not complete. */
  readonly error: string | undefined;
  /** Name of the terminal error that the server has ended it with. */
  readonly refusal: string | undefined;
  /** How long nothing had come from the server before the end, in milliseconds. */
  readonly awayMs: number;
}

/** Each connection goes to the next server, the first one to the one with the number `first`. */
export function alternate(ports: readonly number[], first: number): Binding {
  const bindings = ports.map((port) => grpcBinding({ server: { host: '127.0.0.1', port } }));
  let next = first;
  return {
    connect: () => {
      const binding = bindings[next++ % bindings.length];
      if (binding === undefined) throw new Error('ports: expected at least one');
      return binding.connect();
    },
  };
}

/** The seed of a session on a server with --seed-from-client-id (RSQ-SFL-7). */
export function seedOfClientId(clientId: string): Promise<bigint> {
  return Promise.resolve(BigInt(`0x${clientId.replaceAll('-', '').slice(0, 16)}`));
}

/** @param seedOf the seed that the session has on its server, asked for when the first item has come */
export async function runSession(
  binding: Binding,
  count: number,
  seedOf: (clientId: string) => Promise<bigint>,
): Promise<RunReport> {
  const clientId = randomUUID();
  let heardMs = performance.now();
  const notify = ({ kind }: Notice): void => {
    if (kind === 'opened' || kind === 'accepted') heardMs = performance.now();
  };
  const sequence = openSequence({ server: 'localhost:1', profile: 'stateful', clientId, count, binding, notify });
  const received: { readonly index: number; readonly value: number }[] = [];
  let seed: Promise<bigint> | undefined;
  let error: string | undefined;
  try {
    for await (const item of sequence) {
      seed ??= seedOf(clientId);
      received.push(item);
    }
  } catch (reason) {
    error = reason instanceof Error ? reason.message : String(reason);
  }
  const { result, checksum, expectedChecksum, reconnects, error: end } = await sequence.result;
  const known = seed === undefined ? 0n : await seed;
  const rightChecksum = Buffer.from(sequenceChecksum(known, count)).toString('hex');
  return {
    ...judge(received, itemsOf(known, count)),
    isComplete: result === 'complete',
    hasRightChecksums: checksum === rightChecksum && expectedChecksum === rightChecksum,
    reconnects,
    error,
    refusal: end?.registryName,
    awayMs: performance.now() - heardMs,
  };
}

export function isFlawless({ isComplete, hasRightChecksums, wrong, lost, twice, outOfOrder }: RunReport): boolean {
  return isComplete && hasRightChecksums && wrong + lost + twice + outOfOrder === 0;
}

/** Rows of a table: what has become of the sessions and their items. */
export function summaryRows(runs: readonly RunReport[]): [string, string | number][] {
  const sum = (pick: (run: RunReport) => number): number => runs.reduce((all, run) => all + pick(run), 0);
  return [
    ['sessions', runs.length],
    ['completed', runs.filter(({ isComplete }) => isComplete).length],
    ['right checksums', runs.filter(({ hasRightChecksums }) => hasRightChecksums).length],
    ['items checked', sum(({ right }) => right)],
    ['items wrong', sum(({ wrong }) => wrong)],
    ['items lost', sum(({ lost }) => lost)],
    ['items twice', sum(({ twice }) => twice)],
    ['items out of order', sum(({ outOfOrder }) => outOfOrder)],
    ['reconnects', sum(({ reconnects }) => reconnects)],
  ];
}

/** Each kind of error once, a line each. */
export function errorLines(runs: readonly RunReport[]): string {
  return [...new Set(runs.flatMap(({ error }) => error ?? []))].map((error) => `${error}\n`).join('');
}

function judge(
  received: readonly { readonly index: number; readonly value: number }[],
  expected: readonly number[],
): Pick<RunReport, 'right' | 'wrong' | 'lost' | 'twice' | 'outOfOrder'> {
  const seen = new Set<number>();
  let right = 0;
  let highest = -1;
  let outOfOrder = 0;
  for (const { index, value } of received) {
    if (!seen.has(index) && expected[index] === value) right++;
    seen.add(index);
    if (index < highest) outOfOrder++;
    highest = Math.max(highest, index);
  }
  const twice = received.length - seen.size;
  return { right, wrong: seen.size - right, lost: expected.length - seen.size, twice, outOfOrder };
}
