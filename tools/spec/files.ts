/**
 * Finds the normative text of the specification.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './requirements.ts';

const ROOT = new URL('../../', import.meta.url);
/** They tell why and when, and bind nobody. */
const NOT_NORMATIVE = /(?:^|\/)(?:CHANGELOG|rationale)\.md$/;

/** Every normative Markdown file of spec/, names relative to the repository, sorted. */
export function readSpecification(): SourceFile[] {
  return readdirSync(fileURLToPath(new URL('spec/', ROOT)), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !NOT_NORMATIVE.test(name))
    .sort()
    .map((name) => ({ file: `spec/${name}`, text: readFileSync(new URL(`spec/${name}`, ROOT), 'utf8') }));
}

/** One file of it, such as `spec/errors.md`. @throws Error when there is none of this name */
export function specificationFile(file: string): SourceFile {
  const found = readSpecification().find((each) => each.file === file);
  if (!found) throw new Error(`${file}: expected a normative file, got nothing`);
  return found;
}
