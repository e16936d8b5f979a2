/** `reseq conformance compare`: what has changed between two runs. */

import { Command } from 'commander';
import { printable } from './report/printable.ts';
import { readResults } from './report/read.ts';
import type { ReportInProgress, ResultRecord } from './report/records.ts';
import type { Surroundings } from './report/render.ts';
import type { VerdictName } from './verdict.ts';

/** Better is lower; what is not listed says nothing of the implementation. */
const RANK: Partial<Record<VerdictName, number>> = { PASS: 0, INFO: 0, WARN: 1, FAIL: 2 };

type Kind = 'regression' | 'unclear' | 'fix' | 'change' | 'new' | 'removed';
/** Worst first. */
const KINDS: readonly Kind[] = ['regression', 'unclear', 'fix', 'change', 'new', 'removed'];

export interface Change {
  readonly kind: Kind;
  readonly check: string;
  readonly before?: VerdictName;
  readonly after?: VerdictName;
  readonly message: string;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('what has changed between two runs; exit code 1 on a regression, 3 when the new run cannot tell')
    .argument('<old>', 'a results.jsonl')
    .argument('<new>', 'a results.jsonl')
    .option('--json', 'one JSON object per change')
    .action((before: string, after: string, options: { json?: boolean }) => {
      process.exitCode = compare(before, after, options.json ?? false, process);
    });
}

/** @returns the exit code @throws {UsageError} when a file is no results.jsonl */
export function compare(oldFile: string, newFile: string, json: boolean, { stdout, stderr }: Surroundings): number {
  const before = readResults(oldFile);
  const after = readResults(newFile);
  const all = changes(before.results, after.results);
  const sorted = KINDS.flatMap((kind) => all.filter((change) => change.kind === kind));
  if (json) stdout.write(sorted.map((change) => `${JSON.stringify(change)}\n`).join(''));
  else stdout.write(`${[...sorted.map(line), counts(sorted)].join('\n')}\n`);
  for (const [file, { footer }] of [[oldFile, before] as const, [newFile, after] as const]) {
    if (footer === undefined) stderr.write(`${file} is of a run that was killed: see \`rejudge\`\n`);
    else if (footer.truncated) stderr.write(`${file} is of a run that did not come to its end\n`);
  }
  if (sorted.some(({ kind }) => kind === 'regression')) return 1;
  return isWhole(before) && isWhole(after) && !sorted.some(({ kind }) => kind === 'unclear') ? 0 : 3;
}

function isWhole({ footer }: ReportInProgress): boolean {
  return footer?.truncated === false;
}

/** All checks about which the runs do not say the same; what a baseline made of a verdict does not count. */
export function changes(before: readonly ResultRecord[], after: readonly ResultRecord[]): Change[] {
  const old = new Map(before.filter(isOfCheck).map((result) => [result.check, result]));
  const now = new Map(after.filter(isOfCheck).map((result) => [result.check, result]));
  const ids = new Set([...old.keys(), ...now.keys()]);
  return [...ids].flatMap((id) => changeOf(old.get(id), now.get(id)) ?? []);
}

/** Entries of a baseline that no check knows are no checks. */
function isOfCheck({ verdict, said }: ResultRecord): boolean {
  return verdict !== 'STALE' || said !== undefined;
}

function changeOf(old: ResultRecord | undefined, now: ResultRecord | undefined): Change | undefined {
  const before = old && (old.said ?? old.verdict);
  const after = now && (now.said ?? now.verdict);
  if (before === after) return undefined;
  const one = now ?? old;
  if (one === undefined) return undefined;
  const { check, message } = one;
  return {
    kind: kindOf(before, after),
    check,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    message: message.split('\n')[0] ?? '',
  };
}

function kindOf(before: VerdictName | undefined, after: VerdictName | undefined): Kind {
  if (after === undefined) return 'removed';
  const [was, is] = [before && RANK[before], RANK[after]];
  if (before === undefined) return 'new';
  if (is !== undefined) {
    if (was === undefined) return is === RANK.FAIL ? 'regression' : is === RANK.PASS ? 'fix' : 'change';
    return is > was ? 'regression' : is < was ? 'fix' : 'change';
  }
  return after !== 'UNSUPPORTED' && (was === 0 || was === 1) ? 'unclear' : 'change';
}

function line({ kind, check, before, after, message }: Change): string {
  return `${kind.padEnd(10)}  ${check}  ${before ?? 'absent'} -> ${after ?? 'absent'}  ${printable(message)}`;
}

function counts(all: readonly Change[]): string {
  if (all.length === 0) return 'no change';
  return KINDS.map((kind) => ({ kind, count: all.filter((change) => change.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
    .join(', ');
}
