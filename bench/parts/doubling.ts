/**
 * Exact doubling: making, adding and encoding terms of up to 8,193 bytes, against decimal text.
 */
import { encodeInteger, sumOf, valueAt } from '../../protocol/doubling.ts';
import { measureRounds } from '../measure/rounds.ts';
import type { PartReport, Settings } from '../report/model.ts';

/** Every so many terms one is taken; the whole sequence has 65,535. */
const STEP = 1_024;
const LAST = 65_534;

const WORK: Record<string, (index: number) => unknown> = {
  produce: (index) => valueAt(255, 2, index),
  sum: (index) => sumOf(255, 2, index + 1),
  'encode to bytes': (index) => encodeInteger(valueAt(255, 2, index)),
  'encode to decimal': (index) => valueAt(255, 2, index).toString(),
};

export async function benchDoubling(settings: Settings): Promise<PartReport> {
  const { values } = await measureRounds(Object.keys(WORK), settings.isQuick ? 1 : settings.rounds, (name) => ({
    value: timeTerms(WORK[name] ?? (() => undefined), settings.isQuick ? 16 * STEP : STEP),
    pressure: 0,
  }));
  return {
    part: 'doubling',
    title: 'Exact doubling',
    bars: [
      {
        title: 'a * 2^k for k = 0..65,534, mean of one term',
        unit: 'us',
        reference: 'encode to bytes',
        subjects: [...values].map(([name, list]) => ({ name, values: list })),
      },
    ],
    curves: [],
    goals: [],
    notes: [`one term in ${STEP}; encoding includes producing`],
  };
}

/** Microseconds of CPU for one term. */
function timeTerms(work: (index: number) => unknown, step: number): number {
  let terms = 0;
  const since = process.cpuUsage();
  for (let index = 0; index <= LAST; index += step, terms++) work(index);
  return process.cpuUsage(since).user / terms;
}
