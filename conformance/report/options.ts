/** What the command line says about reports, for every command that writes them. */

import { closeSync, openSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { UsageError } from '../../protocol/cli.ts';
import type { Trace } from '../trace.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import { failingTraces, type Report } from './records.ts';

const FILE_FORMATS = ['json', 'junit', 'html', 'md', 'badge'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export type ReportTarget =
  | { readonly format: 'text' }
  | {
      readonly format: FileFormat;
      readonly file: string;
    };

export interface ReportOptions {
  /** Empty = text. */
  readonly report: readonly ReportTarget[];
  /** `fail`, `all` or a pattern of ids of scenarios or cases. */
  readonly trace?: string;
  readonly strict?: boolean;
  readonly baseline?: Baseline;
  /** A file. */
  readonly writeBaseline?: string;
}

export function addReportOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--report <targets>', 'text, json=FILE (results.jsonl), junit=FILE, html=FILE, md=FILE, badge=FILE')
        .argParser(collectReports)
        .default([], 'text'),
    )
    .option(
      '--trace <which>',
      'traces to print and to store: fail, all, or a pattern of scenario ids (default: print none, store all)',
    )
    .option('--strict', 'a SHOULD that is not followed fails the run')
    .option('--baseline <file>', 'known failures, one check id a line: they do not fail the run', readBaseline)
    .option('--write-baseline <file>', 'write what fails now as a baseline');
}

function collectReports(text: string, before: readonly ReportTarget[]): ReportTarget[] {
  const targets = [...before, ...text.split(',').map(parseTarget)];
  const files = targets.flatMap((target) => ('file' in target ? [target.file] : []));
  const twice = files.find((file, at) => files.indexOf(file) !== at);
  if (twice !== undefined) throw new UsageError('--report', 'a file of its own for each report', twice);
  return targets;
}

function parseTarget(word: string): ReportTarget {
  const [, name, file] = /^(\w+)(?:=(.+))?$/.exec(word) ?? [];
  if (name === 'text' && file === undefined) return { format: 'text' };
  const format = FILE_FORMATS.find((one) => one === name);
  if (format !== undefined && file !== undefined) return { format, file };
  throw new UsageError('--report', `text or ${FILE_FORMATS.map((one) => `${one}=FILE`).join(', ')}`, word);
}

/** A run of minutes is not to end at a file that cannot be written. @throws {UsageError} */
export function checkFiles({ report, writeBaseline }: ReportOptions): void {
  const files = report.flatMap((target) => ('file' in target ? [target.file] : []));
  for (const file of [...files, ...(writeBaseline === undefined ? [] : [writeBaseline])]) {
    try {
      closeSync(openSync(file, 'a'));
    } catch (error) {
      throw new UsageError('--report', 'a file that can be written', error instanceof Error ? error.message : file);
    }
  }
}

/** Whether a trace is stored while the run goes; undefined when that is known only when all is judged. */
export function storedAtOnce(which: string | undefined): ((trace: Trace) => boolean) | undefined {
  if (which === 'fail') return undefined;
  return which === undefined || which === 'all' ? () => true : matcher(which);
}

/** Traces that --trace names. @param otherwise what is meant when it says nothing */
export function chosenTraces(
  { traces, results }: Pick<Report, 'traces' | 'results'>,
  which: string | undefined,
  otherwise: 'all' | 'none',
): ReadonlySet<Trace> {
  if (which === 'fail') return failingTraces(results, traces);
  if (which === undefined && otherwise === 'none') return new Set();
  return new Set(which === undefined || which === 'all' ? traces : traces.filter(matcher(which)));
}

function matcher(pattern: string): (trace: Trace) => boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const regex = new RegExp(`^${escaped.join('.*')}$`);
  return ({ scenario, caseId }) => regex.test(scenario) || regex.test(caseId);
}
