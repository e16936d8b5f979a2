/**
 * `npm run vectors`, see README.md.
 */
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2), { result: console.log, note: console.error });
