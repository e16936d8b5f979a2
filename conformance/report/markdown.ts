/** The report for pull requests and job summaries: Markdown, short, failures first. */

import type { Requirement } from '../requirements/requirements.ts';
import { causeLine, causesOf, explainedFirst } from './causes.ts';
import { printable, shortened, withoutLinks } from './printable.ts';
import { type Report, type ResultRecord, reproduceCommand, TROUBLES } from './records.ts';
import { levelCounts, verdictCounts } from './summary.ts';
import { claims, conclusion } from './text.ts';

/** Failures that are told; a job summary ends at 1 MiB. */
const TOLD = 50;
const VALUE_LIMIT = 300;
const SIGNS = { 0: '✅', 1: '❌', 3: '❔' } as const;

export function markdownReport(report: Report, requirements: ReadonlyMap<string, Requirement>): string {
  const { header, results, footer } = report;
  const troubles = explainedFirst(TROUBLES.flatMap((name) => results.filter(({ verdict }) => verdict === name)));
  const blocked = results.filter(({ verdict }) => verdict === 'BLOCKED').length;
  const implementation = header.judge?.description.implementation;
  const lines = [
    `## ${SIGNS[footer.exitCode]} Reseq conformance: ${plain(conclusion(report))}`,
    '',
    `**${[levelCounts(footer), claims(report) ?? ''].join('  ').trim().replaceAll('  ', '** · **')}**`,
    '',
    `${verdictCounts(footer) || 'nothing judged'} · ${(footer.elapsedMs / 1_000).toFixed(1)} s · seed ${code(header.seed)} · specification ${header.specVersion}${implementation ? ` · ${code(implementation)}` : ''}`,
    ...footer.notes.flatMap((note) => ['', `> ${plain(note)}`]),
    ...causesOf(troubles).flatMap((cause) => ['', `**${plain(causeLine(cause))}**`]),
    ...(troubles.length === 0 ? [] : ['', '| verdict | check | requirements | what |', '|---|---|---|---|']),
    ...troubles.slice(0, TOLD).map(row),
    ...(troubles.length > TOLD ? ['', `and ${troubles.length - TOLD} more.`] : []),
    ...(blocked === 0 ? [] : ['', `${blocked} checks are BLOCKED: what they need has not worked.`]),
    ...troubles
      .filter(({ verdict }) => verdict === 'FAIL')
      .slice(0, TOLD)
      .flatMap((result) => ['', ...details(result, report, requirements)]),
  ];
  return `${lines.join('\n')}\n`;
}

function row({ verdict, check, requirements, message }: ResultRecord): string {
  return `| ${verdict} | ${code(check)} | ${requirements.join(', ')} | ${plain(message)} |`;
}

function details(
  result: ResultRecord,
  report: Report,
  requirements: ReadonlyMap<string, Requirement>,
): readonly string[] {
  const { expected, actual, extent, schedule, diagnosis } = result;
  return [
    `<details><summary>${result.check}</summary>`,
    '',
    ...result.requirements.map((id) => `- **${id}** ${withoutLinks(requirements.get(id)?.sentence ?? '')}`),
    ...(expected === undefined ? [] : [`- expected: ${code(expected)}`]),
    ...(actual === undefined ? [] : [`- actual: ${code(actual)}`]),
    ...(extent === undefined ? [] : [`- extent: ${plain(extent)}`]),
    ...(diagnosis === undefined ? [] : [`- diagnosis: ${plain(diagnosis)}`]),
    ...(schedule === undefined ? [] : [`- schedule: ${plain(schedule)}`]),
    '',
    ...block(reproduceCommand(result, report)),
    '',
    '</details>',
  ];
}

function oneLine(text: string): string {
  return printable(shortened(text, VALUE_LIMIT)).replaceAll(/\s+/g, ' ').trim();
}

/** Text in which nothing is markup, a mention or the end of a table's cell. */
function plain(text: string): string {
  return oneLine(text).replaceAll(/[\\`*_{}[\]<>()#+!|~@&:/-]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** As it is, to be copied. */
function block(text: string): readonly string[] {
  const fence = '`'.repeat(Math.max(3, longestTicks(text) + 1));
  return [fence, printable(text), fence];
}

function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}

/** A code span: between more backticks than it has in a row; a bar would end a cell even here. */
function code(text: string): string {
  const inside = oneLine(text).replaceAll('|', '¦');
  const longest = longestTicks(inside);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${inside}${fence}` : `${fence} ${inside} ${fence}`;
}
