/**
 * Rounds of several subjects side by side, in the order A B C, C B A, A B C, ... so that a machine that grows slower or
 * faster favours nobody. The first round warms up and does not count.
 *
 * A single round is for runs that show that everything works: nothing warms up, nothing is repeated.
 */

/** A measurement, and whether others kept its processes from running. */
export interface Window<Value> {
  readonly value: Value;
  /** 0..1: part of the window for which the main threads could have run and had no CPU. */
  readonly pressure: number;
}

/** Above this a window is void. */
export const MAX_PRESSURE = 0.1;
const TRIES = 3;

export interface Rounds<Value> {
  readonly values: ReadonlyMap<string, readonly Value[]>;
  /** Windows that were void and are not among the values. */
  readonly repeated: number;
  /** Windows under pressure that count all the same, because none was better. */
  readonly noisy: number;
}

export async function measureRounds<Value>(
  names: readonly string[],
  rounds: number,
  measure: (name: string) => Promise<Window<Value>> | Window<Value>,
): Promise<Rounds<Value>> {
  const values = new Map<string, Value[]>(names.map((name) => [name, []]));
  let repeated = 0;
  let noisy = 0;
  const isSingle = rounds === 1;
  for (let round = isSingle ? 1 : 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      let window = await measure(name);
      if (round === 0) continue;
      for (let tries = isSingle ? TRIES : 1; tries < TRIES && window.pressure > MAX_PRESSURE; tries++, repeated++) {
        const again = await measure(name);
        if (again.pressure < window.pressure) window = again;
      }
      if (window.pressure > MAX_PRESSURE) noisy++;
      values.get(name)?.push(window.value);
    }
  }
  return { values, repeated, noisy };
}

/** A sentence for the report, none when all windows were undisturbed. */
export function noteOnNoise({ repeated, noisy }: Pick<Rounds<unknown>, 'repeated' | 'noisy'>): string[] {
  if (repeated + noisy === 0) return [];
  return [`other processes disturbed: ${repeated} windows were repeated, ${noisy} count although they were disturbed`];
}
