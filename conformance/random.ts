/** Random cases: drawn with fast-check from a run's seed, named by tokens, and made smaller when they fail. */

import type fc from 'fast-check';
import { sample } from 'fast-check';

/** One random case of a run: the how-manieth drawn one, then at each level the how-manieth smaller one. */
export interface CaseToken {
  readonly index: number;
  readonly path: readonly number[];
}

/** What is to be run of the random cases of each scenario. */
export interface RandomChoice {
  /** Only this one. */
  readonly replay?: CaseToken;
  /** At most so many; all when absent. */
  readonly randomCases?: number;
}

/** `7f3a:12.3.0`: seed, drawn case, path of smaller ones. */
export function tokenText(seed: number, { index, path }: CaseToken): string {
  return `${seed.toString(16)}:${[index, ...path].join('.')}`;
}

/** The token in the facts of a random case's trace. */
export function tokenOf(facts: { readonly [name: string]: unknown }): CaseToken | undefined {
  const { replay } = facts;
  const path = typeof replay === 'string' ? /^[0-9a-f]+:([\d.]+)$/.exec(replay)?.[1] : undefined;
  const [index, ...rest] = path?.split('.').map(Number) ?? [];
  return index === undefined ? undefined : { index, path: rest };
}

/** A smaller case is looked for among so many of each level. */
const LEVEL_WIDTH = 24;

export class RandomCases<T> {
  readonly #arbitrary: fc.Arbitrary<T>;
  readonly #count: number;
  readonly #without: (value: T) => readonly T[];

  /**
   * @param count cases of one run
   * @param without values that lack one part of a value: tried first, since fast-check takes parts away from the front alone
   */
  constructor(arbitrary: fc.Arbitrary<T>, count: number, without: (value: T) => readonly T[]) {
    this.#arbitrary = arbitrary;
    this.#count = count;
    this.#without = without;
  }

  /** The tokens of a run: at most so many, or only the one that is to be replayed. */
  tokens({ replay, randomCases = this.#count }: RandomChoice = {}): CaseToken[] {
    if (replay !== undefined) return [replay];
    return Array.from({ length: Math.min(randomCases, this.#count) }, (_, index) => ({ index, path: [] }));
  }

  /** Undefined when the token names no case. */
  at(seed: number, { index, path }: CaseToken): T | undefined {
    let value = sample(this.#arbitrary, { seed: seed | 0, numRuns: this.#count })[index];
    for (const position of path) value = value === undefined ? undefined : this.#level(value)[position];
    return value;
  }

  /** Tokens of the cases one level below, simplest first. */
  smaller(seed: number, token: CaseToken): CaseToken[] {
    const value = this.at(seed, token);
    if (value === undefined) return [];
    return this.#level(value).map((_, position) => ({ ...token, path: [...token.path, position] }));
  }

  #level(value: T): T[] {
    const level = [...this.#without(value)];
    for (const { value: smaller } of this.#arbitrary.shrink(value, undefined)) {
      if (level.length >= LEVEL_WIDTH) break;
      level.push(smaller);
    }
    return level;
  }
}
