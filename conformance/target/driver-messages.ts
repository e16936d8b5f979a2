/** The lines between the suite and a driver, held against the published schema in both directions. Spec: driver.md. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../protocol/package-root.ts';
import { schemaChecker } from '../../vectors/json-schema.ts';
import type { ClaimView, DriverView, ResultView, RunRequestView } from '../trace.ts';

export const DRIVER_VERSION = 1;

export type DriverRequest =
  | { readonly type: 'hello'; readonly version: number }
  | RunRequestView
  | { readonly type: 'cancel'; readonly id: string }
  | { readonly type: 'bye' };

export type DriverLine =
  | ({ readonly type: 'hello'; readonly implementation: string } & ClaimView)
  | { readonly type: 'result'; readonly id: string; readonly result: ResultView }
  | { readonly type: 'error'; readonly id?: string; readonly message: string }
  | { readonly type: 'progress'; readonly id: string; readonly received: number };

/** A line that no driver may send, with what is wrong with it and, where it can be told, the run that it is about. */
export interface BadLine {
  readonly fault: string;
  readonly id?: string;
}

type Checker = (value: unknown) => string[];

interface Schema {
  readonly $defs: Readonly<Record<string, unknown>>;
}

let schema: Schema | undefined;
const checkers = new Map<string, Checker>();

/** By name of the definition: `answer-hello`. Compiled at its first use: a run without a driver does without. */
function checkerOf(definition: string): Checker | undefined {
  schema ??= JSON.parse(readFileSync(join(packageRoot(), 'spec', 'driver.schema.json'), 'utf8')) as Schema;
  if (!Object.hasOwn(schema.$defs, definition)) return undefined;
  const checker = checkers.get(definition) ?? schemaChecker(schema, definition);
  checkers.set(definition, checker);
  return checker;
}

/** @throws Error when the suite itself departs from the schema */
export function encodeRequest(request: DriverRequest): string {
  const faults = checkerOf(`request-${request.type}`)?.(request) ?? ['no such request'];
  if (faults.length > 0) throw new Error(`request to the driver: ${faults.join('; ')}: ${JSON.stringify(request)}`);
  return JSON.stringify(request);
}

/** What a driver sent, or what is wrong with it. */
export function decodeLine(text: string): DriverLine | BadLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'expected a JSON object, got no JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fault: 'expected a JSON object, got another value' };
  }
  const { type, id } = value as { readonly type?: unknown; readonly id?: unknown };
  const faults = checkerOf(`answer-${String(type)}`)?.(value) ?? [
    `$/type: expected hello, result, error or progress, got ${JSON.stringify(type)}`,
  ];
  // By its shape it is one of them now.
  if (faults.length === 0) return value as DriverLine;
  return { fault: faults.join('; '), ...(typeof id === 'string' ? { id } : {}) };
}

/** As it goes into a trace, undefined for what needs no judgement. */
export function viewOf(line: DriverLine): DriverView | undefined {
  switch (line.type) {
    case 'hello':
      return { what: 'hello', implementation: line.implementation, claims: claimsOf(line) };
    case 'result':
      return { what: 'result', id: line.id, result: line.result };
    case 'error':
      return { what: 'error', message: line.message, ...(line.id === undefined ? {} : { id: line.id }) };
    case 'progress':
      return undefined;
  }
}

/** The claims of a `hello` and nothing else of it. */
export function claimsOf({ profiles, options }: ClaimView): ClaimView {
  return { profiles, options };
}

export function isBad(line: DriverLine | BadLine): line is BadLine {
  return 'fault' in line && !('type' in line);
}
