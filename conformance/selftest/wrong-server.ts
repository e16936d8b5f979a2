/**
 * The model server as a program, with `--bug NAME` a wrong one: `node --import tsx conformance/selftest/wrong-server.ts --bug
 * resumes-one-late` prints an address for `--server`, behind which the suite must find something wrong.
 */

import { parseArgs } from 'node:util';
import { startPeer } from '../peer/peer.ts';
import { SERVER_BUGS, type ServerBug } from './bugs/server.ts';
import { MODEL_DROP_DETECTION_MS, ModelServer } from './model-server.ts';

const { bug } = parseArgs({ options: { bug: { type: 'string' } } }).values;
if (bug !== undefined && !(bug in SERVER_BUGS)) {
  process.stderr.write(`--bug: expected one of ${Object.keys(SERVER_BUGS).join(', ')}, got ${bug}\n`);
  process.exit(2);
}
// Keepalive is the peer's, not the model's.
const keepaliveMs = bug === 'no-keepalive' ? 0 : MODEL_DROP_DETECTION_MS / 2;
const peer = await startPeer(new ModelServer(bug as ServerBug | undefined), undefined, keepaliveMs);
process.stdout.write(`${peer.host}:${peer.port}\n`);
