/**
 * The client process of a soak: reference clients, each receiving one sequence after the other, every value compared with
 * what the seed predicts. It tells of each run by IPC and ends when it is asked to, once the runs under way are over.
 *
 *     client.ts SESSIONS SEED PORT...
 */
import { drawsOf } from '../../proxy/random.ts';
import { alternate, runSession, seedOfClientId } from '../session-run.ts';

/** Ends it. */
export const STOP = 'soak:stop';
const MIN_COUNT = 20;
const MAX_COUNT = 200;

async function main(): Promise<void> {
  const [sessions = 0, seed = 0, ...ports] = process.argv.slice(2).map(Number);
  let isStopping = false;
  process.on('message', (message) => {
    if (message === STOP) isStopping = true;
  });
  const roll = async (lane: number): Promise<void> => {
    const draw = drawsOf(seed, `client ${lane}`);
    for (let run = 0; !isStopping; run++) {
      const count = MIN_COUNT + Math.floor(draw() * (MAX_COUNT - MIN_COUNT + 1));
      const report = await runSession(alternate(ports, lane + run), count, seedOfClientId);
      process.send?.({ report });
    }
  };
  await Promise.all(Array.from({ length: sessions }, (_, lane) => roll(lane)));
  // Sockets of a server that does not answer would keep the process for their time-outs.
  process.exit(0);
}

if (process.argv[1]?.endsWith('soak/client.ts')) await main();
