/**
 * The vectors judged: by the schema, by the requirements of the specification, and by the oracle.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../protocol/package-root.ts';
import { type Vector, type VectorFile, vectorFileOf } from './files.ts';
import { canonical, Input } from './json.ts';
import { schemaViolations } from './json-schema.ts';
import { ORACLE } from './oracle-answers.ts';

/** Result of one file: how many vectors it has and what is wrong, one sentence each. */
export interface FileReport {
  readonly name: string;
  readonly vectors: number;
  readonly problems: readonly string[];
}

/** Ids of the specification, from its generated list. */
export function requirementIds(): ReadonlySet<string> {
  const list = JSON.parse(readFileSync(join(packageRoot(), 'spec', 'requirements.json'), 'utf8')) as {
    readonly requirements: readonly { readonly id: string }[];
  };
  return new Set(list.requirements.map(({ id }) => id));
}

/** Checks the parsed JSON of one file. */
export function checkFile(name: string, json: unknown, schema: unknown, ids: ReadonlySet<string>): FileReport {
  const malformed = schemaViolations(schema, json);
  if (malformed.length > 0) return { name, vectors: 0, problems: malformed };
  const file = vectorFileOf(name, json);
  const problems = [...checkReferences(file, ids), ...file.vectors.flatMap((vector) => checkVector(file, vector))];
  return { name, vectors: file.vectors.length, problems };
}

function checkReferences(file: VectorFile, ids: ReadonlySet<string>): string[] {
  const { sources, bugs, vectors } = file;
  const repeated = vectors.filter(({ id }, index) => vectors.findIndex((other) => other.id === id) !== index);
  const unusedSources = Object.keys(sources).filter((name) => !vectors.some(({ source }) => source === name));
  const unusedBugs = Object.keys(bugs).filter((name) => !vectors.some(({ bug }) => bug === name));
  return [
    ...repeated.map(({ id }) => `${id}: expected an id of its own`),
    ...unusedSources.map((name) => `sources.${name}: expected a vector with it`),
    ...unusedBugs.map((name) => `bugs.${name}: expected a vector with it`),
    ...vectors
      .filter(({ source }) => sources[source] === undefined)
      .map(({ id, source }) => `${id}: unknown source ${source}`),
    ...vectors
      .filter(({ bug }) => bug !== undefined && bugs[bug] === undefined)
      .map(({ id, bug }) => `${id}: unknown bug ${bug}`),
    ...vectors.flatMap(({ id, requirements }) =>
      requirements.filter((one) => !ids.has(one)).map((one) => `${id}: the specification has no requirement ${one}`),
    ),
  ];
}

function checkVector(file: VectorFile, vector: Vector): string[] {
  const answer = ORACLE[vector.op];
  if (answer === undefined) return [`${vector.id}: no oracle for ${vector.op}`];
  const expected = canonical(answer(new Input(vector.input)));
  const given = canonical(vector.output);
  if (vector.bug === undefined) {
    return given === expected ? [] : [`${vector.id}: expected ${expected}, got ${given}`];
  }
  if (given === expected) return [`${vector.id}: flagged with ${vector.bug}, but its output is right`];
  const hasRight = file.vectors.some(
    ({ bug, op, input }) => bug === undefined && op === vector.op && canonical(input) === canonical(vector.input),
  );
  return hasRight ? [] : [`${vector.id}: expected a right vector with the same input beside it`];
}
