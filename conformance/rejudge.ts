/** `reseq conformance rejudge`: judges stored traces again, without the implementation. */

import { Command } from 'commander';
import { addReportOptions, type ReportOptions } from './report/options.ts';
import { readResults } from './report/read.ts';
import type { Surroundings } from './report/render.ts';
import { Reporter } from './report/reporter.ts';

export function rejudgeCommand(): Command {
  const command = new Command('rejudge')
    .description('judge the traces of a results.jsonl again, without the implementation; any report can be made of it')
    .argument('<file>', 'written by --report json=FILE');
  return addReportOptions(command).action((file: string, options: ReportOptions) => {
    process.exitCode = rejudge(file, options, process);
  });
}

/** @returns the exit code @throws {UsageError} when the file is no results.jsonl or a report cannot be written */
export function rejudge(file: string, options: ReportOptions, surroundings: Surroundings): number {
  const stored = readResults(file);
  const { header, footer } = stored;
  if (header === undefined) throw new Error('a stored run without a header was read');
  const { side, target, command, seed } = header;
  const reporter = new Reporter(options, { side, target, command, seed }, surroundings);
  reporter.again(stored, header);
  return reporter.end({
    truncated: footer?.truncated ?? true,
    notes: [
      ...(footer?.notes ?? [`${file} has no footer: the run was killed; what it had not finished cannot be judged`]),
      ...(header.traces === 'all'
        ? []
        : [`${file} holds only some traces (${header.traces}): verdicts are as recorded`]),
    ],
    ...(footer === undefined ? {} : { elapsedMs: footer.elapsedMs, lag: footer.lag }),
  });
}
