#!/usr/bin/env node
/**
 * The command `reseq`: the edge between the program and its process.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../protocol/package-root.ts';
import { EXIT_BUG, run } from './program.ts';

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  return (manifest as { version: string }).version;
}

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
