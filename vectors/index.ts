/**
 * The golden vectors for programs: `import { loadVectors } from 'reseq/vectors'`.
 */
import { readJson, type Vector, type VectorFile, vectorFileNames, vectorFileOf } from './files.ts';

export type { Json, JsonObject } from './json.ts';
export type { Vector, VectorFile };

/** All files as they are shipped, in the order of their names. They have been checked against schema.json. */
export function loadVectors(): VectorFile[] {
  return vectorFileNames().map((name) => vectorFileOf(name, readJson(name)));
}

/** The vectors that an implementation has to meet, without the flagged wrong ones. */
export function rightVectors(file: VectorFile): Vector[] {
  return file.vectors.filter(({ bug }) => bug === undefined);
}
