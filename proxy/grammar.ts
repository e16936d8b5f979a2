/**
 * The grammar of `--fault` and `--random`.
 *
 *     FAULT    = [up: | down: | both:] NAME [=AMOUNT] {, KEY=VALUE}
 *     KEY      = at | for | every | after | chance | per | an amount of the fault
 *     AMOUNT   = 200ms | 4KB | 10KBps | FROM..TO
 *     RANDOM   = FAULT {| FAULT}          a bare NAME has amounts of its own
 */
import { UsageError } from '../protocol/cli.ts';
import { DIRECTIONS, type Direction, type FaultKind } from './fault.ts';
import { FAULT_KINDS } from './faults/index.ts';
import { DURATION, parseRange, type Range, SIZE } from './units.ts';

/** How much has to pass in the direction of the fault before its time begins to run. */
export interface Offset {
  readonly unit: 'bytes' | 'messages';
  readonly amount: number;
}

/** A fault as somebody has asked for it. */
export interface Fault {
  /** As it was written. */
  readonly text: string;
  readonly kind: FaultKind;
  readonly directions: readonly Direction[];
  readonly amounts: Readonly<Record<string, Range>>;
  /** Milliseconds. */
  readonly at: Range;
  readonly for: Range | undefined;
  readonly everyMs: number | undefined;
  readonly after: Offset | undefined;
  /** That a connection is hit, 0..1. */
  readonly chance: number;
  /** Whose time `at` counts, and whose bytes a rate or limit. */
  readonly per: 'connection' | 'proxy';
}

const SCHEDULE_KEYS = ['at', 'for', 'every', 'after', 'chance', 'per'] as const;

/** @param option name of the option, for messages @throws UsageError */
export function parseFault(text: string, option = '--fault'): Fault {
  const [head = '', ...pairs] = text.split(',').map((word) => word.trim());
  const match = /^(?:(up|down|both):)?([a-z_]+)(?:=(.*))?$/.exec(head);
  const kind = FAULT_KINDS.find(({ name }) => name === match?.[2]);
  if (match === null || kind === undefined) {
    throw new UsageError(
      option,
      `[up:|down:]NAME=VALUE with one of ${FAULT_KINDS.map(({ name }) => name).join(', ')}`,
      text,
    );
  }
  const words = new Map<string, string>();
  const refuse = (expected: string, got: string): never => {
    throw new UsageError(`${option} ${kind.name}`, expected, got);
  };
  if (match[3] !== undefined) words.set('value', match[3]);
  const allowed = [...Object.keys(kind.amounts), ...SCHEDULE_KEYS];
  for (const pair of pairs) {
    const [, key = '', value = ''] = /^([a-z]+)=(.+)$/.exec(pair) ?? [];
    if (key === 'value' || !allowed.includes(key)) {
      refuse(`KEY=VALUE with one of ${allowed.filter((name) => name !== 'value').join(', ')}`, pair);
    }
    if (words.has(key)) refuse(`${key} once`, text);
    words.set(key, value);
  }
  if (kind.amounts['value'] === undefined && words.has('value')) refuse('no value', head);
  return {
    text,
    kind,
    ...directionsOf(kind, match[1], option),
    amounts: amountsOf(kind, words, refuse),
    ...whenOf(kind, words, refuse),
  };
}

/** Several faults with `|` between them. @throws UsageError */
export function parseRandomFaults(text: string): readonly Fault[] {
  return text.split('|').map((word) => {
    const name = word.trim();
    const bare = /^((?:up|down|both):)?([a-z_]+)$/.exec(name);
    const kind = FAULT_KINDS.find((one) => one.name === bare?.[2]);
    const fault = parseFault(kind === undefined ? name : `${bare?.[1] ?? ''}${kind.atRandom}`, '--random');
    if (fault.after !== undefined || fault.everyMs !== undefined || fault.at.max > 0) {
      throw new UsageError('--random', 'faults without at, every and after: chance says when', name);
    }
    return fault;
  });
}

type Refuse = (expected: string, got: string) => never;

function directionsOf(kind: FaultKind, word: string | undefined, option: string): Pick<Fault, 'directions'> {
  if (kind.begin === undefined && word !== undefined) {
    throw new UsageError(`${option} ${kind.name}`, 'no direction, since there is no connection yet', `${word}:`);
  }
  return { directions: DIRECTIONS.filter((direction) => word === undefined || word === 'both' || word === direction) };
}

function amountsOf(kind: FaultKind, words: ReadonlyMap<string, string>, refuse: Refuse): Record<string, Range> {
  const amounts: Record<string, Range> = {};
  for (const [name, { unit, otherwise }] of Object.entries(kind.amounts)) {
    const word = words.get(name);
    const range = word === undefined ? otherwise : parseRange(word, unit);
    const shown = name === 'value' ? kind.name : name;
    amounts[name] = range ?? refuse(`${unit.expected}, or FROM..TO`, word === undefined ? shown : `${shown}=${word}`);
  }
  return amounts;
}

function whenOf(
  kind: FaultKind,
  words: ReadonlyMap<string, string>,
  refuse: Refuse,
): Pick<Fault, 'at' | 'for' | 'everyMs' | 'after' | 'chance' | 'per'> {
  const duration = (key: string): Range | undefined => {
    const word = words.get(key);
    if (word === undefined) return undefined;
    return parseRange(word, DURATION) ?? refuse(`${DURATION.expected}, or FROM..TO`, `${key}=${word}`);
  };
  const every = duration('every');
  const forWindow = duration('for');
  const after = offsetOf(words.get('after'), refuse);
  const per = words.get('per') ?? (kind.begin === undefined ? 'proxy' : 'connection');
  if (kind.begin === undefined) refuseWithoutConnection(words, refuse);
  if (per !== 'connection' && per !== 'proxy') refuse('per=connection or per=proxy', `per=${per}`);
  if (per === 'proxy' && after !== undefined) refuse('after with per=connection', 'per=proxy');
  if (every !== undefined) {
    const word = `every=${words.get('every')}`;
    if (every.min !== every.max || every.min === 0) refuse('every with one duration above 0', word);
    if (forWindow === undefined && !kind.isMoment) refuse('for=DURATION beside every', word);
  }
  return {
    at: duration('at') ?? { min: 0, max: 0 },
    for: forWindow,
    everyMs: every?.min,
    after,
    chance: chanceOf(words.get('chance'), refuse),
    per: per === 'proxy' ? 'proxy' : 'connection',
  };
}

/** What is refused has no connection that a key could be about. */
function refuseWithoutConnection(words: ReadonlyMap<string, string>, refuse: Refuse): void {
  const [after, per] = [words.get('after'), words.get('per')];
  if (after !== undefined) refuse('no after, since nothing passes before', `after=${after}`);
  if (per !== undefined && per !== 'proxy') refuse('per=proxy, since there is no connection yet', `per=${per}`);
}

function offsetOf(word: string | undefined, refuse: Refuse): Offset | undefined {
  if (word === undefined) return undefined;
  const messages = /^(\d{1,9}) ?messages?$/.exec(word)?.[1];
  if (messages !== undefined) return { unit: 'messages', amount: Number(messages) };
  const bytes = SIZE.parse(word);
  return bytes === undefined
    ? refuse('after=1234B or after=3messages', `after=${word}`)
    : { unit: 'bytes', amount: bytes };
}

function chanceOf(word: string | undefined, refuse: Refuse): number {
  if (word === undefined) return 1;
  const percent = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(word)?.[1];
  if (percent === undefined || Number(percent) > 100) refuse('chance=0%..100%', `chance=${word}`);
  return Number(percent) / 100;
}
