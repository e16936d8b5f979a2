/**
 * The files of vectors as types, and how to find and load them from source, dist/ or an installed package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../protocol/package-root.ts';
import type { JsonObject } from './json.ts';

/** One case. The operation (`op`) gives input and output their meaning, see README.md. */
export interface Vector {
  /** Unique in its file, permanent. */
  readonly id: string;
  readonly op: string;
  /** Requirements of the specification that it exercises, for example `RSQ-PRN-2`. */
  readonly requirements: readonly string[];
  /** A name out of the file's `sources`. */
  readonly source: string;
  readonly note?: string;
  /** A name out of the file's `bugs`: `output` is then what a program with this mistake gives, and wrong. */
  readonly bug?: string;
  readonly input: JsonObject;
  readonly output: JsonObject;
}

export interface VectorFile {
  /** Path below vectors/, for example `pcg32.json` or `exchange/resume.json`. */
  readonly name: string;
  readonly specVersion: string;
  readonly about: string;
  readonly sources: Readonly<Record<string, string>>;
  readonly bugs: Readonly<Record<string, string>>;
  readonly vectors: readonly Vector[];
}

const SCHEMA = 'schema.json';

/** Folder that holds the JSON files. */
export function vectorsFolder(): string {
  return join(packageRoot(), 'vectors');
}

/** Names of all files of vectors, ascending. */
export function vectorFileNames(folder: string = vectorsFolder()): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.json') && name !== SCHEMA)
    .sort();
}

/** Parsed JSON of one file of the folder. Throws for a missing file or bad JSON. */
export function readJson(name: string, folder: string = vectorsFolder()): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

/** The JSON schema of a file of vectors. */
export function readSchema(): unknown {
  return readJson(SCHEMA);
}

/** A file that the schema has accepted. */
export function vectorFileOf(name: string, valid: unknown): VectorFile {
  const { bugs = {}, ...rest } = valid as Omit<VectorFile, 'name' | 'bugs'> & Partial<Pick<VectorFile, 'bugs'>>;
  return { ...rest, name, bugs };
}
