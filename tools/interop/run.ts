/**
 * Carries out checks: those that only take time beside each other, then those that measure time one after the other.
 */
import { type Check, Failure, type Need, type Outcome, Unclear } from './check.ts';
import type { Lack } from './prepare.ts';

/** Checks beside each other: they wait more than they compute. */
const WIDTH = 3;

/** @param report told of each outcome as it comes */
export async function runChecks(
  checks: readonly Check[],
  lacks: ReadonlyMap<Need, Lack>,
  report: (outcome: Outcome, output: string) => void,
): Promise<Outcome[]> {
  const outcomes = new Map<Check, Outcome>();
  const work = async (waiting: Check[]): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const { outcome, output } = await carryOut(check, lacks);
      outcomes.set(check, outcome);
      report(outcome, output);
    }
  };
  const [alone, beside] = [true, false].map((isSuite) => checks.filter(({ part }) => (part === 'suite') === isSuite));
  await Promise.all(Array.from({ length: WIDTH }, () => work(beside ?? [])));
  await work(alone ?? []);
  return checks.flatMap((check) => outcomes.get(check) ?? []);
}

async function carryOut(
  check: Check,
  lacks: ReadonlyMap<Need, Lack>,
): Promise<{ readonly outcome: Outcome; readonly output: string }> {
  const { part, row, column, needs, run } = check;
  const sinceMs = performance.now();
  const ended = (verdict: Outcome['verdict'], note: string, output = '') => {
    const tookMs = Math.round(performance.now() - sinceMs);
    return { outcome: { part, row, column, verdict, note, tookMs }, output };
  };
  const lack = needs.map((need) => lacks.get(need)).find((one) => one !== undefined);
  if (lack !== undefined) return ended(lack.isFailure ? 'FAIL' : 'skipped', lack.reason);
  try {
    return ended('ok', await run());
  } catch (error) {
    if (error instanceof Unclear) return ended('unclear', error.message, error.output);
    if (error instanceof Failure) return ended('FAIL', error.message, error.output);
    return ended('FAIL', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
