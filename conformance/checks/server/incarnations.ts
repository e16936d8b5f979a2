/**
 * What the suite learns of each stateful session over all its connections: values, checksum, and its seed, which follows from
 * the first outputs of the generator. So exact numbers are judged without a test hook in the server.
 */

import type { JudgeContext } from '../../check.ts';
import { itemsOf } from '../../oracle/pcg32.ts';
import { recoverSeed } from '../../oracle/recover-seed.ts';
import { allStreams, clientIdOf, type Stream, type ValueSeen } from '../../streams.ts';
import type { Trace } from '../../trace.ts';

/** Fewer first outputs do not pin a seed down; more are not needed. */
const MIN_OUTPUTS = 3;
const MAX_OUTPUTS = 6;

/** One life of a client id: from its creation to its end, told apart by the resume key and n. */
export interface Incarnation {
  readonly clientId: string;
  readonly resumeKey: string;
  readonly n: number;
  readonly streams: readonly Stream[];
  /** By index, as first seen. */
  readonly values: ReadonlyMap<number, ValueSeen>;
  /** Two values that were seen for one index. */
  readonly conflict?: { readonly first: ValueSeen; readonly second: ValueSeen };
  /** Values 0..k-1 without a gap. */
  readonly prefix: readonly number[];
  /** Undefined when too little was seen, or when the values are no output of the generator. */
  readonly seed: bigint | undefined;
  /** Whether enough was seen to tell that the values are no output of the generator. */
  readonly seedless: boolean;
}

const cache = new WeakMap<readonly Trace[], readonly Incarnation[]>();

export function incarnationsOf(traces: readonly Trace[], context: JudgeContext): readonly Incarnation[] {
  const known = cache.get(traces);
  if (known !== undefined) return known;
  const groups = new Map<string, Stream[]>();
  for (const stream of allStreams(traces)) {
    const id = clientIdOf(stream);
    const sequence = stream.opened?.sequence;
    if (id === undefined || sequence?.profile !== 'stateful') continue;
    const key = `${id} ${sequence.resumeKey} ${sequence.n}`;
    groups.set(key, [...(groups.get(key) ?? []), stream]);
  }
  const incarnations = [...groups.values()].flatMap((streams) => build(streams, context) ?? []);
  cache.set(traces, incarnations);
  return incarnations;
}

function build(streams: readonly Stream[], context: JudgeContext): Incarnation | undefined {
  const [first] = streams;
  const sequence = first?.opened?.sequence;
  const clientId = first && clientIdOf(first);
  if (sequence?.profile !== 'stateful' || clientId === undefined) return undefined;
  const values = new Map<number, ValueSeen>();
  let conflict: Incarnation['conflict'];
  for (const value of streams.flatMap((stream) => stream.values)) {
    const before = values.get(value.index);
    if (before === undefined) values.set(value.index, value);
    else if (before.value !== value.value) conflict ??= { first: before, second: value };
  }
  const prefix: number[] = [];
  for (let value = values.get(0); value !== undefined; value = values.get(prefix.length))
    prefix.push(Number(value.value));
  const known = context.seedFromClientId ? seedOfClientId(clientId) : undefined;
  const enough = prefix.length >= MIN_OUTPUTS;
  const seed = known ?? (enough ? recoverSeed(prefix.slice(0, MAX_OUTPUTS)) : undefined);
  return {
    clientId,
    resumeKey: sequence.resumeKey,
    n: sequence.n,
    streams,
    values,
    ...(conflict === undefined ? {} : { conflict }),
    prefix,
    seed,
    seedless: enough && seed === undefined,
  };
}

/** The test mode: the first 8 bytes of the client id as a big-endian integer. */
export function seedOfClientId(clientId: string): bigint {
  return BigInt(`0x${clientId.replaceAll('-', '').slice(0, 16)}`);
}

/** All n values of a session: from its seed if that is known, else as they were seen; undefined when some are missing. */
export function allValuesOf(incarnation: Incarnation): readonly number[] | undefined {
  if (incarnation.prefix.length >= incarnation.n) return incarnation.prefix.slice(0, incarnation.n);
  return incarnation.seed === undefined ? undefined : itemsOf(incarnation.seed, incarnation.n);
}
