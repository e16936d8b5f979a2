/**
 * The programs that are measured, compiled as they are in the package. Under tsx every function that is made at run time is
 * given its name anew, which costs it a dictionary of 256 bytes: no user of the package pays for that.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './child.ts';

/** As bench/tsconfig.json says. */
const FOLDER = join(ROOT, 'node_modules/.cache/reseq-bench');

let isCompiled = false;

/** @param source relative to the repository, without `.ts`. @returns its program. @throws Error with what the compiler says */
export function compiled(source: string): string {
  if (!isCompiled) compile();
  isCompiled = true;
  return join(FOLDER, `${source}.js`);
}

function compile(): void {
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(tsc, ['-p', 'bench/tsconfig.json'], { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc -p bench/tsconfig.json: ${stdout}`);
}
