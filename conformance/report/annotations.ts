/** What GitHub shows beside a change: workflow commands, one line each. */

import { printable, shortened } from './printable.ts';
import type { Report, ResultRecord } from './records.ts';
import { conclusion } from './text.ts';

/** GitHub shows ten errors of a step. */
const SHOWN = 10;
const MESSAGE_LIMIT = 1_000;

export function annotations(report: Report, strict: boolean): string {
  const { results, footer } = report;
  const errors = results.filter((result) => isError(result, strict)).slice(0, SHOWN);
  const warnings = results.filter(({ verdict }) => verdict === 'WARN' && !strict).slice(0, SHOWN);
  return [
    ...errors.map(({ check, message }) => command('error', check, message)),
    ...warnings.map(({ check, message }) => command('warning', check, message)),
    ...(footer.exitCode === 3
      ? [command('error', 'conformance', [conclusion(report), ...footer.notes].join('\n'))]
      : []),
  ].join('');
}

function isError({ verdict }: ResultRecord, strict: boolean): boolean {
  return verdict === 'FAIL' || verdict === 'STALE' || verdict === 'ERROR' || (strict && verdict === 'WARN');
}

function command(kind: 'error' | 'warning', title: string, message: string): string {
  const text = escapeData(printable(shortened(message, MESSAGE_LIMIT)));
  return `::${kind} title=${escapeData(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${text}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
