/** The result line of a client program, read and held against the table of cli.md section 2. */

import type { Trace } from '../../trace.ts';
import type { History } from './history.ts';

export type ResultLine = { readonly [field: string]: unknown };

export const EXIT_CODES: Readonly<Record<string, number>> = {
  complete: 0,
  mismatch: 1,
  incomplete: 3,
  rejected: 4,
  unreachable: 5,
  unsupported: 77,
  interrupted: 130,
};

/** @returns the object, or why there is none as text */
export function resultOf({ end }: History): ResultLine | string {
  if (end.by === 'command') return resultLineOf(end.stdout);
  if (end.what === 'result') return end.result;
  return end.what === 'error' ? `the driver answered with an error: ${end.message}` : end.why;
}

/** @param stdout of a client program @returns the object, or why there is none as text */
export function resultLineOf(stdout: string): ResultLine | string {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  if (lines.length !== 1) return `${lines.length} lines on stdout`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(lines[0] ?? '');
  } catch {
    return `stdout is not JSON: ${(lines[0] ?? '').slice(0, 80)}`;
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  return isObject ? (parsed as ResultLine) : 'the line on stdout is not a JSON object';
}

/** Whether it says that it does not support what it was asked for, without having tried. */
export function isUnsupported(history: History): boolean {
  const { end } = history;
  return end.by === 'command' ? end.code === EXIT_CODES['unsupported'] : outcomeOf(history) === 'unsupported';
}

/** The outcome that the result names. */
function outcomeOf(history: History): unknown {
  const result = resultOf(history);
  return typeof result === 'string' ? undefined : result['result'];
}

/** How it ended, for people: exit code, outcome and the client's own words. */
export function endText(history: History): string {
  const { end } = history;
  const result = resultOf(history);
  const said = typeof result === 'string' ? result : `result ${JSON.stringify(result['result'])}${errorText(result)}`;
  return end.by === 'command' ? `exit ${end.code ?? end.signal}, ${said}` : said;
}

/** What the client says of its failure, with the blank before it. */
function errorText({ error }: ResultLine): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' && message !== '' ? ` (${message.slice(0, 200)})` : '';
}

/** What shows that the result is of another run than this one, undefined when nothing does. */
export function foreignField(result: ResultLine, trace: Trace, history: History): string | undefined {
  const request = history.attempts.find((attempt) => attempt.request !== undefined)?.request;
  const clientId = request !== undefined && 'clientId' in request ? request.clientId.toLowerCase() : undefined;
  const own = {
    profile: trace.facts['profile'],
    count: trace.facts['n'],
    ...(clientId === undefined ? {} : { clientId }),
  };
  for (const [field, value] of Object.entries(own)) {
    if (result[field] !== value)
      return `${field} is ${JSON.stringify(result[field])}, of this run ${JSON.stringify(value)}`;
  }
  return undefined;
}

const HEX_64 = /^[0-9a-f]{64}$/;
const DECIMAL = /^(0|[1-9][0-9]*)$/;
const LOWER_UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What departs from the table, one text per field. */
export function fieldFaults(result: ResultLine, trace: Trace, history: History): string[] {
  const faults: string[] = [];
  const expect = (field: string, right: boolean, expected: string): void => {
    if (!right) faults.push(`${field}: expected ${expected}, got ${JSON.stringify(result[field])}`);
  };
  const stateful = trace.facts['profile'] === 'stateful';
  const complete = result['result'] === 'complete';
  expect('result', typeof result['result'] === 'string' && result['result'] in EXIT_CODES, 'an outcome');
  expect('profile', result['profile'] === trace.facts['profile'], String(trace.facts['profile']));
  expect('count', result['count'] === trace.facts['n'], String(trace.facts['n']));
  expect('received', isCount(result['received']), 'a number');
  expect('reconnects', isCount(result['reconnects']), 'a number');
  if (stateful) {
    expect('clientId', matches(result['clientId'], LOWER_UUID), 'a UUID in lower case');
    const sums = complete ? ['checksum', 'expectedChecksum'] : [];
    for (const field of sums) expect(field, matches(result[field], HEX_64), '64 lower-case hex digits');
  } else if (history.attempts.some((attempt) => attempt.opened !== undefined)) {
    expect('a', result['a'] === trace.facts['a'], String(trace.facts['a']));
    expect('ratio', result['ratio'] === trace.facts['ratio'], String(trace.facts['ratio']));
    if (complete) expect('sum', matches(result['sum'], DECIMAL), 'a decimal string');
  }
  if (!complete) expect('error', isErrorObject(result['error']), 'an object with a message');
  return faults;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isErrorObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('message' in value)) return false;
  const code = 'code' in value ? value.code : undefined;
  return typeof value.message === 'string' && (code === undefined || typeof code === 'number');
}
