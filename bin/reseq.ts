#!/usr/bin/env node
/**
 * The command `reseq`: the edge between the program and its process.
 */
import { packageVersion } from '../protocol/package-root.ts';
import { EXIT_BUG, run } from './program.ts';

try {
  const status = await run(process.argv.slice(2), {
    version: packageVersion(),
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
  });
  if (status !== undefined) process.exitCode = status;
} catch (error) {
  console.error(error);
  process.exitCode = EXIT_BUG;
}
