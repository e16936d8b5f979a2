/** Puts a finished report wherever it is wanted. */

import { appendFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { packageRoot } from '../../protocol/package-root.ts';
import type { Requirement } from '../requirements/requirements.ts';
import { annotations } from './annotations.ts';
import { badgeReport } from './badge.ts';
import { writeBaseline } from './baseline.ts';
import { htmlReport } from './html/page.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { chosenTraces, type FileFormat, type ReportOptions } from './options.ts';
import type { Report } from './records.ts';
import { textReport } from './text.ts';

/** The program's surroundings. */
export interface Surroundings {
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Write all reports but results.jsonl. A file that cannot be written does not keep the others from being written.
 * @returns whether all could be written
 */
export function writeReports(
  report: Report,
  options: ReportOptions,
  requirements: ReadonlyMap<string, Requirement>,
  { stdout, stderr, env }: Surroundings,
): boolean {
  let whole = true;
  const attempt = (what: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      whole = false;
      stderr.write(`${what}: not written: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  };
  const strict = options.strict ?? false;
  // The text is there whatever happens to the files.
  if (options.report.length === 0 || options.report.some(({ format }) => format === 'text')) {
    const shown = chosenTraces(report, options.trace, 'none');
    const colour = stdout.isTTY === true && !env['NO_COLOR'];
    stdout.write(textReport(report, { requirements, shown, colour }));
  }
  const formats: Readonly<Record<Exclude<FileFormat, 'json'>, (file: string) => string>> = {
    junit: () => junitReport(report, requirements, strict),
    html: (file) => {
      const shown = chosenTraces(report, options.trace, 'all');
      return htmlReport(report, { requirements, shown, specFrom: linkTo(packageRoot(), file) });
    },
    md: () => markdownReport(report, requirements),
    badge: () => badgeReport(report),
  };
  for (const target of options.report) {
    if (target.format === 'text' || target.format === 'json') continue;
    const { format, file } = target;
    attempt(file, () => writeFileSync(file, formats[format](file)));
  }
  const stepSummary = env['GITHUB_STEP_SUMMARY'];
  if (stepSummary) attempt(stepSummary, () => appendFileSync(stepSummary, formats.md(stepSummary)));
  if (env['GITHUB_ACTIONS'] === 'true') stderr.write(annotations(report, strict));
  const { writeBaseline: baseline } = options;
  if (baseline !== undefined && report.footer.truncated) {
    whole = false;
    stderr.write(`${baseline}: not written: the run did not come to its end\n`);
  } else if (baseline !== undefined) attempt(baseline, () => writeBaseline(baseline, report.results, strict));
  return whole;
}

/** A folder as a link from a file. */
function linkTo(folder: string, file: string): string {
  const path = relative(dirname(resolve(file)), folder);
  return path === '' ? '.' : path.split(sep).map(encodeURIComponent).join('/');
}
