/**
 * Reads the requirements out of the specification's text. One requirement is one list item:
 *
 *   - [RSQ-RES-3] The server MUST do one thing. {server auto}
 *   - [RSQ-RES-4] The server MUST be neat inside. {server inspect: only visible in the source}
 *   - [RSQ-RES-5] *(removed in 1.1.0: replaced by RSQ-RES-9)*
 */
import { createHash } from 'node:crypto';
import { withoutLinks } from './links.ts';
import { type Block, parseMarkdown, withoutCode } from './markdown.ts';

export const ROLES = ['server', 'client', 'both', 'store', 'document'] as const;
/** How a suite can test it: over the wire, over the wire with a clock, with access to the store, through a driver, only by reading code. */
export const TEST_CLASSES = ['auto', 'timing', 'store', 'driver', 'inspect'] as const;

export type Level = 'MUST' | 'SHOULD' | 'MAY';
export type Role = (typeof ROLES)[number];
export type TestClass = (typeof TEST_CLASSES)[number];

export interface Requirement {
  readonly id: string;
  readonly level: Level;
  readonly role: Role;
  readonly class: TestClass;
  /** Class `inspect`: why no suite can test it. */
  readonly reason?: string;
  readonly file: string;
  /** Nearest heading above. */
  readonly section: string;
  readonly sentence: string;
  /** Of the sentence in UTF-8, white space collapsed; lower-case hex. */
  readonly sha256: string;
}

/** What remains of a removed requirement, so that its id is never used again. */
export interface Tombstone {
  readonly id: string;
  readonly removedIn: string;
  readonly reason: string;
}

export interface RequirementsFile {
  readonly specVersion: string;
  readonly requirements: readonly Requirement[];
  readonly tombstones: readonly Tombstone[];
}

export interface Problem {
  /** `spec/core.md:12`, or the file alone. */
  readonly where: string;
  readonly what: string;
}

export interface Extract {
  readonly requirements: Requirement[];
  readonly tombstones: Tombstone[];
  readonly problems: Problem[];
}

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

const ID = /RSQ-[A-Z][A-Z0-9]*-[1-9]\d*/;
const REQUIREMENT = new RegExp(`^\\[(${ID.source})\\] (.+)$`);
const TOMBSTONE = /^\*\(removed in (\d+\.\d+\.\d+): (.+)\)\*$/;
const BRACES = /^(.*\S)\s+\{(\w+) (\w+)(?:: ([^{}]*\S))?\}$/;
const KEYWORD = /\b(?:MUST|SHALL|REQUIRED|SHOULD|RECOMMENDED|MAY|OPTIONAL)\b/g;
const LOWER_KEYWORD = /\b(?:must|shall|should)\b/;
const BOILERPLATE = /\b(?:RFC 2119|BCP 14)\b/;
/** A full stop and a new beginning; the usual abbreviations end no sentence. */
const SENTENCE_BREAK = /(?<!\b(?:e\.g|i\.e|cf|vs|etc))[.!?]["')\]]*\s+(?=[A-Z`"([])/;

const LEVELS: Readonly<Record<string, Level>> = {
  MUST: 'MUST',
  SHALL: 'MUST',
  REQUIRED: 'MUST',
  SHOULD: 'SHOULD',
  RECOMMENDED: 'SHOULD',
  MAY: 'MAY',
  OPTIONAL: 'MAY',
};

/** All requirements of the given files, in order of id, and everything wrong with them. */
export function extract(sources: readonly SourceFile[]): Extract {
  const found: Extract = { requirements: [], tombstones: [], problems: [] };
  for (const source of sources) extractFile(source, found);
  found.requirements.sort(byId);
  found.tombstones.sort(byId);
  return found;
}

function extractFile({ file, text }: SourceFile, found: Extract): void {
  const ids = new Set([...found.requirements, ...found.tombstones].map(({ id }) => id));
  let section = '';
  for (const block of parseMarkdown(withoutLinks(text))) {
    const report = (what: string): void => {
      found.problems.push({ where: `${file}:${block.line}`, what });
    };
    if (block.kind === 'fence') continue;
    if (block.kind === 'heading') section = block.text;
    const parts = block.kind === 'item' ? REQUIREMENT.exec(block.text) : null;
    if (!parts) {
      checkOrdinaryText(block, report);
      continue;
    }
    const [, id = '', body = ''] = parts;
    if (ids.has(id)) report(`${id} stands here a second time`);
    ids.add(id);
    const tomb = TOMBSTONE.exec(body);
    if (tomb) {
      found.tombstones.push({ id, removedIn: tomb[1] ?? '', reason: tomb[2] ?? '' });
    } else {
      const requirement = readRequirement(id, body, { file, section }, report);
      if (requirement) found.requirements.push(requirement);
    }
  }
}

function checkOrdinaryText(block: Block, report: (what: string) => void): void {
  if (/^\[RSQ/i.test(block.text)) {
    report(`malformed id: expected "- [RSQ-AREA-1] ", got "${block.text.slice(0, 24)}"`);
    return;
  }
  const words = withoutCode(block.text);
  const keyword = BOILERPLATE.test(words) ? undefined : words.match(KEYWORD)?.[0];
  if (keyword) report(`${keyword} outside a requirement: give the sentence an id or use other words`);
}

function readRequirement(
  id: string,
  body: string,
  place: { readonly file: string; readonly section: string },
  report: (what: string) => void,
): Requirement | undefined {
  const braces = BRACES.exec(body);
  const role = ROLES.find((each) => each === braces?.[2]);
  const testClass = TEST_CLASSES.find((each) => each === braces?.[3]);
  const reason = braces?.[4];
  if (!braces || !role || !testClass) {
    report(`${id} ends in no {role class}: roles ${ROLES.join(' ')}, classes ${TEST_CLASSES.join(' ')}`);
    return undefined;
  }
  if ((testClass === 'inspect') !== (reason !== undefined)) {
    report(`${id}: a reason stands with inspect, and only there: {${role} inspect: why no suite can test it}`);
  }
  const sentence = (braces[1] ?? '').replace(/\s+/g, ' ');
  const level = readLevel(id, sentence, report);
  if (!level) return undefined;
  return {
    id,
    level,
    role,
    class: testClass,
    ...(reason === undefined ? {} : { reason }),
    ...place,
    sentence,
    sha256: createHash('sha256').update(sentence).digest('hex'),
  };
}

function readLevel(id: string, sentence: string, report: (what: string) => void): Level | undefined {
  const words = withoutCode(sentence);
  if (!/[.!?]["')\]]*$/.test(words)) report(`${id} does not end as a sentence`);
  if (SENTENCE_BREAK.test(words)) report(`${id} has more than one sentence`);
  const lower = LOWER_KEYWORD.exec(words)?.[0];
  if (lower) report(`${id} says "${lower}" in lower case`);
  const levels = new Set([...words.matchAll(KEYWORD)].map(([keyword]) => LEVELS[keyword]));
  const [level] = levels;
  if (level === undefined) report(`${id} has no keyword (MUST, SHOULD, MAY or an equal)`);
  if (levels.size > 1) report(`${id} mixes levels: ${[...levels].join(' and ')}`);
  return level;
}

/** Ids that the earlier extract had and the new one lost. */
export function checkHistory(earlier: RequirementsFile, now: Extract): Problem[] {
  const kept = new Set([...now.requirements, ...now.tombstones].map(({ id }) => id));
  return [...earlier.requirements, ...earlier.tombstones]
    .filter(({ id }) => !kept.has(id))
    .map(({ id }) => ({ where: 'spec', what: `${id} has vanished: leave "- [${id}] *(removed in VERSION: reason)*"` }));
}

/** Ids named anywhere in the files that no requirement or tombstone has. */
export function checkReferences(sources: readonly SourceFile[], now: Extract): Problem[] {
  const known = new Set([...now.requirements, ...now.tombstones].map(({ id }) => id));
  const bad = new Set(now.problems.flatMap(({ what }) => what.match(ID) ?? []));
  return sources.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        [...line.matchAll(new RegExp(ID, 'g'))]
          .filter(([id]) => !known.has(id) && !bad.has(id))
          .map(([id]) => ({ where: `${file}:${at + 1}`, what: `${id} is named but nowhere defined` })),
      ),
  );
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.localeCompare(b.id, 'en', { numeric: true });
}
