import { expect } from 'chai';
import { conformDriver } from '../conform-client.ts';
import type { RunResult } from '../run.ts';
import { DRIVER_BUGS, type DriverBug } from './driver-bugs.ts';
import { modelDriver } from './model-driver.ts';
import { judgeMutant, judgeRight } from './verdicts.ts';

const LIMIT_MS = 90_000;

function judged(only: readonly string[], bug?: DriverBug): Promise<RunResult> {
  const options = { selection: { only, skip: [] }, seed: 1, signal: new AbortController().signal };
  return conformDriver(['model-driver', bug ?? 'right'], options, modelDriver(bug));
}

const verdictsOf = ({ results }: RunResult) =>
  results.map(({ check, verdict }) => ({ id: check.id, verdict: verdict.verdict, message: verdict.message }));

describe('drivers with one lie', function () {
  this.timeout(LIMIT_MS);

  it('are found out by the declared checks and by no other, and an honest one is not', async () => {
    const everything = [...new Set(Object.values(DRIVER_BUGS).flatMap(({ judgedBy }) => judgedBy))];
    const names = Object.keys(DRIVER_BUGS) as DriverBug[];
    const [honest, ...liars] = await Promise.all([
      judged(everything),
      ...names.map((name) => judged(DRIVER_BUGS[name].judgedBy, name)),
    ]);
    const rows = names.map((name, i) => {
      const liar = liars[i];
      if (liar === undefined) throw new Error(`${name} was not judged`);
      return judgeMutant(name, DRIVER_BUGS[name], verdictsOf(liar));
    });
    expect(rows.filter(({ verdict }) => verdict !== 'killed')).to.deep.equal([]);
    expect(judgeRight('right', verdictsOf(honest)).verdict).to.match(/^\d+ PASS$/);
  });
});
