/**
 * `npm run simulate`: thousands of schedules of faults over the code that ships. Results on stdout; exit status 1 when a
 * promise was broken.
 */
import { Command } from 'commander';
import { runProgram } from '../bench/program.ts';
import { parseIntIn, UsageError } from '../protocol/cli.ts';
import { BUGS, type Finding, hunt } from './bugs/index.ts';
import type { Plant } from './bugs/plant.ts';
import { formatFigures, measure } from './figures.ts';
import { runSchedule } from './run.ts';
import { decodeToken, encodeToken, RANGES, type Schedule } from './schedule.ts';
import { shrinkSchedule } from './shrink.ts';

interface Flags {
  readonly schedules?: number;
  readonly minutes?: number;
  readonly seed: number;
  readonly replay?: string;
  readonly bugs: boolean;
  readonly bug?: string;
  readonly json: boolean;
}

const SCHEDULES = 20_000;
/** Schedules that are spent on one planted bug at most. */
const HUNT = 4_000;
const COMMAND = 'npm run simulate --';

function simulateCommand(): Command {
  return new Command('simulate')
    .description(
      'Joins the production client, server and store rules under a virtual clock and a seeded network, and breaks everything that can break.',
    )
    .option('--schedules <n>', `schedules to run (default ${SCHEDULES})`, parseIntIn('schedules', 1, 1e9))
    .option('--minutes <n>', 'run for so long instead', parseIntIn('minutes', 1, 10_000))
    .option('--seed <n>', 'seed of the first schedule', parseIntIn('seed', 0, RANGES.seed[1]), 1)
    .option('--replay <token>', 'run one schedule and print everything that happens in it')
    .option('--bugs', 'plant each known bug in turn and show which invariant sees it', false)
    .option('--bug <name>', 'plant this one; goes with all of the above')
    .option('--json', 'figures as JSON on stdout', false)
    .addHelpText('after', '\nExit status: 0 every promise was kept, 1 one was broken, 2 wrong use.')
    .action(simulate);
}

async function simulate(flags: Flags): Promise<void> {
  // The stack of an expected refusal is never read here, and costs more than the refusal.
  Error.stackTraceLimit = 0;
  if (flags.replay !== undefined) replay(decodeToken(flags.replay), flags);
  else if (flags.bugs || flags.bug !== undefined) showBugs(flags);
  else await explore(flags);
}

function say(text: string): void {
  process.stdout.write(text);
}

async function explore({ schedules, minutes, seed, json }: Flags): Promise<void> {
  const nowMs = (): number => performance.now();
  const figures = await measure(
    {
      firstSeed: seed,
      schedules: schedules ?? (minutes === undefined ? SCHEDULES : Number.POSITIVE_INFINITY),
      untilMs: minutes === undefined ? Number.POSITIVE_INFINITY : nowMs() + 60_000 * minutes,
    },
    nowMs,
  );
  say(json ? `${JSON.stringify({ node: process.version, ...figures })}\n` : formatFigures(figures));
  if (figures.broken === undefined) return;
  process.exitCode = 1;
  const small = shrinkSchedule(figures.broken.schedule);
  process.stderr.write(`found by ${COMMAND} --replay ${encodeToken(figures.broken.schedule)}\n`);
  process.stderr.write(`smallest ${COMMAND} --replay ${encodeToken(small)}\n`);
}

function replay(schedule: Schedule, { bug, json }: Flags): void {
  if (!json) say(`${describe(schedule)}\n`);
  const lines: string[] = [];
  const { violation, steps, results, virtualMs } = runSchedule(schedule, {
    plant: plantOf(bug),
    trace: (line) => lines.push(line),
  });
  if (json) say(`${JSON.stringify({ schedule, lines, violation, steps, virtualMs, results })}\n`);
  else {
    say(`${lines.join('\n')}\n`);
    say(
      violation === undefined ? `ok, every promise was kept\n` : `not ok ${violation.invariant}: ${violation.detail}\n`,
    );
  }
  if (violation !== undefined) process.exitCode = 1;
}

function describe({ faults, ...settings }: Schedule): string {
  const world = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  const lines = faults.map(
    ({ kind, atMs, who, which, ms }) => `  ${kind} at ${atMs} ms, who ${who}, which ${which}, ${ms} ms`,
  );
  return [world.join(', '), ...lines].join('\n');
}

function plantOf(name: string | undefined): Plant {
  return name === undefined ? {} : bugOf(name).plant;
}

function bugOf(name: string): (typeof BUGS)[number] {
  const bug = BUGS.find((candidate) => candidate.name === name);
  if (bug === undefined) throw new UsageError('bug', `one of ${BUGS.map((known) => known.name).join(', ')}`, name);
  return bug;
}

function showBugs({ bug, seed, schedules = HUNT, json }: Flags): void {
  const bugs = bug === undefined ? BUGS : [bugOf(bug)];
  const findings: Finding[] = [];
  for (const planted of bugs) {
    const finding = hunt(planted, seed, schedules);
    findings.push(finding);
    if (!json) say(`${formatFinding(finding)}\n`);
  }
  const found = findings.filter(({ invariant }) => invariant !== undefined).length;
  if (json) {
    say(
      `${JSON.stringify(findings.map(({ bug: { name, does, breaks }, ...rest }) => ({ name, does, breaks, ...rest })))}\n`,
    );
  } else say(`${found === bugs.length ? 'ok' : 'not ok'} ${found} of ${bugs.length} planted bugs found\n`);
  const [only] = findings;
  if (bug !== undefined && only?.token !== undefined && !json) {
    const small = encodeToken(shrinkSchedule(decodeToken(only.token), only.bug.plant));
    say(`${COMMAND} --bug ${bug} --replay ${small}\n`);
  }
  if (found < bugs.length) process.exitCode = 1;
}

function formatFinding({ bug, schedules, isDrawn, invariant, detail }: Finding): string {
  const seen = invariant === undefined ? 'NOT FOUND' : `${invariant}: ${detail}`;
  const effort = isDrawn ? String(schedules) : `> ${schedules}`;
  const how = isDrawn || invariant === undefined ? '' : ', shown by a schedule made for it';
  return `${bug.name.padEnd(28)} ${effort.padStart(8)}  ${seen}\n${' '.repeat(38)} (${bug.does}; ${bug.breaks}${how})`;
}

await runProgram(simulateCommand());
