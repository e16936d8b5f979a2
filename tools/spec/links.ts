/**
 * The links at the end of each file of the specification: every `[RSQ-RES-3]` in its text leads to the row that tells how the
 * requirement is judged. They are written by `npm run spec` and are no part of the text that is read for requirements.
 */

import { posix } from 'node:path';
import type { SourceFile } from './requirements.ts';

/** Where requirements are listed with what judges them. */
export const COVERAGE_FILE = 'conformance/COVERAGE.md';

const MARK = '<!-- Where each requirement is judged; written by npm run spec -->';
const NAMED = /\[(RSQ-[A-Z][A-Z0-9]*-[1-9]\d*)\]/g;

/** The text without its block of links. */
export function withoutLinks(text: string): string {
  const at = text.indexOf(MARK);
  return at < 0 ? text : `${text.slice(0, at).trimEnd()}\n`;
}

/** The text with a fresh block of links. @param known ids of requirements that have a row */
export function withLinks({ file, text }: SourceFile, known: ReadonlySet<string>): string {
  const plain = withoutLinks(text);
  const ids = [...new Set([...plain.matchAll(NAMED)].map(([, id]) => id ?? ''))].filter((id) => known.has(id));
  if (ids.length === 0) return plain;
  ids.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const to = posix.relative(posix.dirname(file), COVERAGE_FILE);
  const links = ids.map((id) => `[${id}]: ${to}#${id.toLowerCase()}`);
  return `${plain}\n${MARK}\n\n${links.join('\n')}\n`;
}
