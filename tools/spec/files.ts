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
