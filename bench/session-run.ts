/**
 * One session of the reference client that knows several servers, and what of it was right. The values are predicted from
 * the seed by the oracle of the conformance suite, which shares no code with server and client.
 */
import { randomUUID } from 'node:crypto';
import { sequenceChecksum } from '../conformance/oracle/checksum.ts';
import { itemsOf } from '../conformance/oracle/pcg32.ts';
import { grpcBinding } from '../reference-client/bindings/grpc.ts';
import { type Binding, openSequence } from '../reference-client/index.ts';

export interface RunReport {
  readonly isComplete: boolean;
  /** The client's checksum and the server's are both that of the predicted values. */
  readonly hasRightChecksums: boolean;
  /** Items whose index was expected and whose value was the predicted one. */
  readonly right: number;
  readonly wrong: number;
  readonly lost: number;
  readonly twice: number;
  readonly reconnects: number;
  /** Why it is not complete. */
  readonly error: string | undefined;
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

/** @param seedOf the seed that the session has on its server, asked for when the first item has come */
export async function runSession(
  binding: Binding,
  count: number,
  seedOf: (clientId: string) => Promise<bigint>,
): Promise<RunReport> {
  const clientId = randomUUID();
  const sequence = openSequence({ server: 'localhost:1', profile: 'stateful', clientId, count, binding });
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
  const { result, checksum, expectedChecksum, reconnects } = await sequence.result;
  const known = seed === undefined ? 0n : await seed;
  const rightChecksum = Buffer.from(sequenceChecksum(known, count)).toString('hex');
  return {
    ...judge(received, itemsOf(known, count)),
    isComplete: result === 'complete',
    hasRightChecksums: checksum === rightChecksum && expectedChecksum === rightChecksum,
    reconnects,
    error,
  };
}

export function isFlawless({ isComplete, hasRightChecksums, wrong, lost, twice }: RunReport): boolean {
  return isComplete && hasRightChecksums && wrong + lost + twice === 0;
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
): Pick<RunReport, 'right' | 'wrong' | 'lost' | 'twice'> {
  const seen = new Set<number>();
  let right = 0;
  for (const { index, value } of received) {
    if (!seen.has(index) && expected[index] === value) right++;
    seen.add(index);
  }
  const twice = received.length - seen.size;
  return { right, wrong: seen.size - right, lost: expected.length - seen.size, twice };
}
