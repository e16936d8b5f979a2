/**
 * Answers from the reference implementation over stdin and stdout, one JSON object a line:
 * `npm run vectors -- --against "node --import tsx vectors/reference-adapter.ts"`. An example of an adapter, see README.md.
 */
import { createInterface } from 'node:readline';
import { Input, isObject, type JsonObject } from './json.ts';
import { REFERENCE } from './reference-answers.ts';
import { REFERENCE_SERVER } from './reference-server-answers.ts';

/** The reply to one line. */
async function reply(line: string): Promise<JsonObject> {
  const question: unknown = JSON.parse(line);
  if (!isObject(question)) throw new TypeError(`line: expected an object, got ${line}`);
  const id = question['id'] ?? null;
  const op = String(question['op']);
  const answer = REFERENCE[op] ?? REFERENCE_SERVER[op];
  const output = await answer?.(new Input(question['input'] ?? null));
  return output === undefined ? { id, unsupported: true } : { id, output };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await reply(line))}\n`);
}
