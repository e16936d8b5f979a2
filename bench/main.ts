/**
 * `npm run bench`: measures this package beside its peers. Tables on stdout, progress on stderr; what each part measures
 * and what the goals are: README.md.
 *
 * Exit status: 0 when everything could be measured, whatever the figures are; 1 when a part failed, with --quick also when a
 * figure is out of all reason; 2 for a command line that cannot be used.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import { parseIntIn, UsageError } from '../protocol/cli.ts';
import { CAN_PIN } from './measure/child.ts';
import { benchCapacity } from './parts/capacity.ts';
import { benchDoubling } from './parts/doubling.ts';
import { benchGenerators } from './parts/generators.ts';
import { benchOpens, benchResume, benchStorm } from './parts/opening.ts';
import { benchSuite } from './parts/suite.ts';
import { benchFlood, benchLibraries, benchPaced } from './parts/traffic.ts';
import { PROFILES, profileText } from './profile/profile.ts';
import { runProgram } from './program.ts';
import { reportHtml } from './report/html.ts';
import type { PartReport, Report, Settings } from './report/model.ts';
import { goalsText, partText } from './report/text.ts';
import { benchStore } from './store.ts';

const PARTS: Readonly<Record<string, (settings: Settings) => Promise<PartReport>>> = {
  pcg32: benchGenerators,
  doubling: benchDoubling,
  resume: benchResume,
  flood: benchFlood,
  paced: benchPaced,
  capacity: benchCapacity,
  libraries: benchLibraries,
  opens: benchOpens,
  storm: benchStorm,
  store: benchStore,
  suite: benchSuite,
};
/** The quick run leaves out what takes its time however small it is. */
const SLOW_PARTS: ReadonlySet<string> = new Set(['store', 'suite', 'opens', 'libraries']);
/** A figure this many times its goal is out of all reason, on any machine. */
const UNREASONABLE = 20;

interface Flags {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly json?: string;
  readonly html?: string;
  readonly profile?: string;
}

function benchCommand(): Command {
  return new Command('bench')
    .description('Measures the reference server, its parts and its peers side by side.')
    .option('--only <names>', `parts, with commas: ${Object.keys(PARTS).join(', ')}`, parseParts, [])
    .option('--rounds <n>', 'rounds that count; figures are their medians', parseIntIn('rounds', 1, 100), 5)
    .option('--quick', 'smallest sizes: shows that everything works, in seconds', false)
    .option('--json <file>', 'all figures of all rounds')
    .option('--html <file>', 'one page with plots')
    .addOption(
      new Option('--profile <name>', 'in place of the figures: what the CPU of the server is spent on').choices(
        PROFILES,
      ),
    )
    .action(run);
}

function parseParts(text: string): readonly string[] {
  const names = text.split(',');
  const unknown = names.find((name) => PARTS[name] === undefined);
  if (unknown !== undefined) throw new UsageError('only', Object.keys(PARTS).join(', '), unknown);
  return names;
}

async function run({ only, rounds, quick, json, html, profile }: Flags): Promise<void> {
  if (profile !== undefined) {
    process.stdout.write(await profileText(profile));
    return;
  }
  const sinceMs = performance.now();
  const startedAt = new Date().toISOString();
  const settings: Settings = { rounds, isQuick: quick, note: (line) => void process.stderr.write(`${line}\n`) };
  const names = only.length > 0 ? only : Object.keys(PARTS).filter((name) => !(quick && SLOW_PARTS.has(name)));
  const parts: PartReport[] = [];
  const failed: string[] = [];
  for (const name of names) {
    try {
      const part = await PARTS[name]?.(settings);
      if (part === undefined) continue;
      parts.push(part);
      process.stdout.write(partText(part));
    } catch (error) {
      failed.push(name);
      process.stderr.write(`bench: ${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
    }
  }
  const goals = parts.flatMap((part) => part.goals);
  if (goals.length > 0) process.stdout.write(goalsText(goals));
  const report: Report = {
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    isPinned: CAN_PIN,
    isQuick: quick,
    startedAt,
    tookS: (performance.now() - sinceMs) / 1_000,
    parts,
  };
  process.stdout.write(`\n${parts.length} parts in ${report.tookS.toFixed(0)} s\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report)}\n`);
  if (html !== undefined) writeFileSync(html, reportHtml(report));
  const broken = quick ? goals.filter(({ value, limit }) => !(value <= Math.max(limit, 1) * UNREASONABLE)) : [];
  for (const { what, value } of broken) process.stderr.write(`bench: ${what}: ${value} is out of all reason\n`);
  process.exitCode = broken.length + failed.length === 0 ? 0 : 1;
}

await runProgram(benchCommand());
