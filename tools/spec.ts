/**
 * `npm run spec` writes spec/requirements.json out of the specification's text;
 * `npm run spec -- --check` writes nothing and exits with 1 when that file is stale.
 * Both exit with 1 on any fault in the text.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SPEC_VERSION } from '../protocol/limits.ts';
import { readSpecification } from './spec/files.ts';
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

function main(args: readonly string[]): number {
  const [option] = args;
  if (args.length > 1 || (option !== undefined && option !== '--check')) {
    console.error(`spec: expected --check or nothing, got ${JSON.stringify(args.join(' '))}`);
    return 2;
  }
  const target = fileURLToPath(new URL('../spec/requirements.json', import.meta.url));
  const committed = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  const { json, counts, problems } = examine(readSpecification(), SPEC_VERSION, committed);
  for (const { where, what } of problems) console.error(`${where}: ${what}`);
  if (problems.length > 0) return 1;
  if (option === undefined) {
    writeFileSync(target, json);
  } else if (json !== committed) {
    console.error('spec/requirements.json is stale: run `npm run spec` and commit it');
    return 1;
  }
  console.log(counts);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
