/**
 * Runs many schedules and counts: how many, how much virtual time, what they have reached, how fast.
 */
import { Coverage, TABLES, type TableName } from './coverage.ts';
import { runSchedule } from './run.ts';
import { drawSchedule, type Schedule } from './schedule.ts';
import type { Violation } from './world.ts';

export interface Figures {
  readonly firstSeed: number;
  readonly schedules: number;
  readonly steps: number;
  readonly faults: number;
  readonly virtualHours: number;
  /** Distinct abstract states, see coverage.ts. */
  readonly states: number;
  readonly cells: Readonly<
    Record<TableName, { readonly hit: number; readonly all: number; readonly missed: readonly string[] }>
  >;
  /** How the clients ended. */
  readonly results: Readonly<Record<string, number>>;
  /** Wall time and processor time of the runs, in seconds. */
  readonly seconds: number;
  readonly processorSeconds: number;
  /** The first schedule that broke a promise. */
  readonly broken: { readonly schedule: Schedule; readonly violation: Violation } | undefined;
}

export interface Limits {
  readonly firstSeed: number;
  /** Either number ends the run. */
  readonly schedules: number;
  readonly untilMs: number;
}

/** How often the real clock is looked at, and promises get their turn: what they hold is garbage only then. */
const LOOK_EVERY = 64;

/** Ends at the first broken promise. `nowMs`: real time, for the rate and the limit. */
export async function measure({ firstSeed, schedules, untilMs }: Limits, nowMs: () => number): Promise<Figures> {
  const coverage = new Coverage();
  const results: Record<string, number> = {};
  const beganMs = nowMs();
  const processor = process.cpuUsage();
  let done = 0;
  let steps = 0;
  let faults = 0;
  let virtualMs = 0;
  let broken: Figures['broken'];
  while (done < schedules && broken === undefined && (done % LOOK_EVERY !== 0 || nowMs() < untilMs)) {
    if (done % LOOK_EVERY === 0) await undefined;
    const schedule = drawSchedule(firstSeed + done);
    const report = runSchedule(schedule, { coverage });
    done++;
    steps += report.steps;
    faults += schedule.faults.length;
    virtualMs += report.virtualMs;
    for (const result of report.results) if (result !== undefined) results[result] = (results[result] ?? 0) + 1;
    if (report.violation !== undefined) broken = { schedule, violation: report.violation };
  }
  const { user, system } = process.cpuUsage(processor);
  return {
    firstSeed,
    schedules: done,
    steps,
    faults,
    virtualHours: virtualMs / 3_600_000,
    states: coverage.states,
    cells: {
      client: coverage.cells('client'),
      stateful: coverage.cells('stateful'),
      stateless: coverage.cells('stateless'),
      confirmation: coverage.cells('confirmation'),
    },
    results,
    seconds: (nowMs() - beganMs) / 1_000,
    processorSeconds: (user + system) / 1e6,
    broken,
  };
}

/** For people: the last line begins with `ok` or `not ok`. */
export function formatFigures(figures: Figures): string {
  const { schedules, steps, faults, virtualHours, states, cells, results, seconds, processorSeconds, broken } = figures;
  const rows = (Object.keys(TABLES) as TableName[]).map((name) => {
    const { hit, all, missed } = cells[name];
    return `  ${`${name} table`.padEnd(20)} ${hit} of ${all} cells${missed.length === 0 ? '' : `, not ${missed.join(', not ')}`}`;
  });
  const outcomes = Object.entries(results).map(([name, count]) => `${count} ${name}`);
  const lines = [
    `  schedules            ${schedules} (seeds ${figures.firstSeed}..${figures.firstSeed + schedules - 1}), ${faults} faults`,
    `  steps                ${steps}, ${(steps / schedules).toFixed(0)} a schedule`,
    `  virtual time         ${virtualHours.toFixed(1)} h`,
    `  abstract states      ${states} distinct`,
    ...rows,
    `  clients              ${outcomes.join(', ')}`,
    `  rate                 ${(schedules / seconds).toFixed(0)} schedules/s, ${(schedules / processorSeconds).toFixed(0)} a second of processor time`,
    broken === undefined
      ? `ok ${schedules} schedules kept every promise`
      : `not ok ${broken.violation.invariant}: ${broken.violation.detail}`,
  ];
  return `${lines.join('\n')}\n`;
}
