/**
 * The primary of `--workers`: owns the port, deals its connections out to the workers, replaces workers that end.
 *
 * The port stays with the primary, so it is the same for all workers and survives their crashes, also with `--port 0`.
 */
import cluster from 'node:cluster';
import { UsageError } from '../../protocol/cli.ts';
import { systemClock } from '../../protocol/real.ts';
import { Listener } from '../bindings/listener.ts';
import { createConsoleLog } from '../console-log.ts';
import { type Flags, readStore, readTls } from '../flags.ts';
import { addMetrics, announce, drainOnSignal, unusable } from '../process.ts';
import { Crew } from './crew.ts';
import { ADDRESS_VARIABLE, encodeAddress } from './messages.ts';

export async function runPrimary(flags: Flags): Promise<void> {
  readTls(flags);
  if (readStore(flags) === undefined) {
    throw new UsageError('workers', '1 with --store memory, or a store that processes can share', flags.workers);
  }
  const log = createConsoleLog(flags, process.stderr);
  const { host, port, workers } = flags;
  const listener = new Listener({ host, port });
  const accepted = (socket: Parameters<Crew['deal']>[0]): void => crew.deal(socket);
  const address = await listener.listen(accepted, log).catch((error: unknown) => {
    throw unusable(flags, error);
  });
  const fork = () => cluster.fork({ [ADDRESS_VARIABLE]: encodeAddress(address) });
  const crew = new Crew({ size: workers, fork, clock: systemClock(), log });
  const drain = async (): Promise<void> => {
    listener.stop();
    await crew.drain();
  };
  try {
    await addMetrics(flags, () => crew.metrics(), log);
    drainOnSignal(drain, log);
    await crew.start();
  } catch (error) {
    await drain();
    throw error;
  }
  announce(address, flags.json);
}
