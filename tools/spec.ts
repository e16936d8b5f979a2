/**
 * `npm run spec` writes what follows from the specification's text: spec/requirements.json, the links at the end of each file,
 * and the pages that tell how each requirement is judged (conformance/COVERAGE.md, conformance/MATRIX.md);
 * `npm run spec -- --check` writes nothing and exits with 1 when one of these is stale.
 * Both exit with 1 on any fault in the text.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SPEC_VERSION } from '../protocol/limits.ts';
import { coveragePages } from './spec/coverage.ts';
import { readSpecification } from './spec/files.ts';
import { withLinks } from './spec/links.ts';
import {
  checkHistory,
  checkReferences,
  extract,
  type Problem,
  type RequirementsFile,
  type SourceFile,
} from './spec/requirements.ts';

export interface Outcome {
  readonly json: string;
  readonly counts: string;
  readonly problems: readonly Problem[];
}

/** @param committed the text of requirements.json as it stands, undefined when there is none */
export function examine(sources: readonly SourceFile[], specVersion: string, committed: string | undefined): Outcome {
  const found = extract(sources);
  const { requirements, tombstones } = found;
  const earlier = committed === undefined ? undefined : (JSON.parse(committed) as RequirementsFile);
  const content: RequirementsFile = { specVersion, requirements, tombstones };
  return {
    json: `${JSON.stringify(content, null, 2)}\n`,
    counts: `${requirements.length} requirements, ${tombstones.length} tombstones`,
    problems: [
      ...found.problems,
      ...checkReferences(sources, found),
      ...(earlier === undefined ? [] : checkHistory(earlier, found)),
    ],
  };
}

const REQUIREMENTS = 'spec/requirements.json';

/** Everything that is written, by file name. @param json of {@link examine} */
export function generated(sources: readonly SourceFile[], json: string): ReadonlyMap<string, string> {
  const { requirements } = JSON.parse(json) as RequirementsFile;
  const known = new Set(requirements.map(({ id }) => id));
  return new Map([
    [REQUIREMENTS, json],
    ...sources.map((source) => [source.file, withLinks(source, known)] as const),
    ...coveragePages(requirements),
  ]);
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url));
}

/** The text of a file of the repository, undefined when there is none. */
export function readOr(file: string): string | undefined {
  return existsSync(pathOf(file)) ? readFileSync(pathOf(file), 'utf8') : undefined;
}

function main(args: readonly string[]): number {
  const [option] = args;
  if (args.length > 1 || (option !== undefined && option !== '--check')) {
    console.error(`spec: expected --check or nothing, got ${JSON.stringify(args.join(' '))}`);
    return 2;
  }
  const sources = readSpecification();
  const { json, counts, problems } = examine(sources, SPEC_VERSION, readOr(REQUIREMENTS));
  for (const { where, what } of problems) console.error(`${where}: ${what}`);
  if (problems.length > 0) return 1;
  const stale = [...generated(sources, json)].filter(([file, text]) => readOr(file) !== text);
  if (option === undefined) {
    for (const [file, text] of stale) writeFileSync(pathOf(file), text);
  } else if (stale.length > 0) {
    console.error(`${stale.map(([file]) => file).join(', ')}: stale, run \`npm run spec\` and commit`);
    return 1;
  }
  console.log(counts);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
