/**
 * The model client as a program, with `--bug NAME` a wrong one: `node --import tsx conformance/selftest/wrong-client.ts --bug busy-loop`
 * is a command for `--client-cmd` that the suite must find something wrong with.
 */

import { CLIENT_BUGS, type ClientBug } from './bugs/client.ts';
import { runModelClient } from './model-client.ts';

const argv = process.argv.slice(2);
const at = argv.indexOf('--bug');
const name = at < 0 ? undefined : argv.splice(at, 2)[1];
if (name !== undefined && !(name in CLIENT_BUGS)) {
  process.stderr.write(`--bug: expected one of ${Object.keys(CLIENT_BUGS).join(', ')}, got ${name}\n`);
  process.exit(2);
}
const interrupted = new Promise<void>((resolve) => {
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
});
const io = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
  interrupted,
};
const code = await runModelClient(argv, io, 1, name as ClientBug | undefined);
process.exit(code);
