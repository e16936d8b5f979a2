/**
 * The command `reseq`: the edge between the program and its process.
 */
import { readFileSync } from 'node:fs';
import { EXIT_BUG, run } from './program.ts';

/** The sources lie one level below package.json, the compiled files two. */
function packageVersion(): string {
  const upward = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const manifest: unknown = JSON.parse(readFileSync(new URL(upward, import.meta.url), 'utf8'));
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
