/** Reads `results.jsonl` again, also one that ends in the middle of a line. */

import { readFileSync } from 'node:fs';
import { UsageError } from '../../protocol/cli.ts';
import { RESULTS_FORMAT, ReportInProgress, type RunRecord } from './records.ts';

/** A record has at least these, with these types of JSON. More is not looked at: what a check trips over is its ERROR. */
const SHAPES: Readonly<Record<RunRecord['type'], Readonly<Record<string, 'string' | 'number' | 'object'>>>> = {
  header: {
    side: 'string',
    target: 'string',
    command: 'string',
    seed: 'string',
    checks: 'object',
    scenarios: 'object',
  },
  trace: {
    scenario: 'string',
    caseId: 'string',
    round: 'number',
    startedAtMs: 'number',
    events: 'object',
    facts: 'object',
  },
  driven: { scenario: 'string' },
  result: { check: 'string', verdict: 'string', message: 'string', requirements: 'object' },
  footer: { exitCode: 'number', elapsedMs: 'number', notes: 'object' },
};

/**
 * The records of a file.
 * @throws {UsageError} when the file cannot be read or is no results.jsonl of this format
 */
export function readResults(file: string): ReportInProgress {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError('results', 'a file that can be read', error instanceof Error ? error.message : file);
  }
  return parseResults(text, file);
}

/** @param name of the file, for errors @throws {UsageError} */
export function parseResults(text: string, name: string): ReportInProgress {
  const report = new ReportInProgress();
  const lines = text.split('\n');
  lines.forEach((line, at) => {
    const record = parseLine(line);
    // What stands behind the last line break is what a killed suite has not written to its end.
    if (record === undefined && (at === lines.length - 1 || line === '')) return;
    if (record === undefined) throw new UsageError(`${name}:${at + 1}`, 'a record of results.jsonl', line.slice(0, 80));
    report.add(record);
  });
  const format = report.header?.format;
  if (format === RESULTS_FORMAT) return report;
  const got = report.header === undefined ? 'no header' : `format ${format}`;
  throw new UsageError(name, `a results.jsonl with a header of format ${RESULTS_FORMAT}`, got);
}

function parseLine(line: string): RunRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const type = String(value.type);
  if (!isRecordType(type)) return false;
  return Object.entries(SHAPES[type]).every(
    ([name, shape]) => typeof fields.get(name) === shape && fields.get(name) !== null,
  );
}

function isRecordType(type: string): type is RunRecord['type'] {
  return Object.hasOwn(SHAPES, type);
}
