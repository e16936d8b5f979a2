/**
 * The command `reseq server`: one process, or with `--workers` several behind one port. Flags: README.md.
 */
import cluster from 'node:cluster';
import { Command } from 'commander';
import { createGrpcBinding } from './bindings/grpc.ts';
import { createConsoleLog } from './console-log.ts';
import { addFlags, bindingSettings, type Flags, protocolSettings, readStore } from './flags.ts';
import { createServer } from './index.ts';
import { createProcessRegistry } from './metrics.ts';
import { addMetrics, announce, drainOnSignal, unusable } from './process.ts';
import { openRedis } from './store/open-redis.ts';
import { runPrimary } from './workers/primary.ts';
import { runWorker } from './workers/worker.ts';
import { limitYoungGeneration } from './young-generation.ts';

/** `reseq server`, ready to be added to a program. */
export function serverCommand(): Command {
  return addFlags(
    new Command('server').description(
      'Serves stateless and stateful sequences over gRPC, each at the pace of --interval.',
    ),
  ).action((flags: Flags) => run(flags, process.env['RESEQ_STORE_PASSWORD']));
}

function run(flags: Flags, storePassword: string | undefined): Promise<void> {
  limitYoungGeneration();
  if (flags.workers === 1) return runAlone(flags, storePassword);
  return cluster.isWorker ? runWorker(flags, storePassword) : runPrimary(flags);
}

async function runAlone(flags: Flags, storePassword: string | undefined): Promise<void> {
  const log = createConsoleLog(flags, process.stderr);
  const { host, port } = flags;
  const limits = bindingSettings(flags);
  const shared = readStore(flags);
  const store = shared && (await openRedis(shared.location, { ca: shared.ca, password: storePassword, log }));
  const binding = createGrpcBinding({ ...limits, host, port });
  const server = createServer({ ...protocolSettings(flags), store, binding, log });
  try {
    const address = await server.listen().catch((error: unknown) => {
      throw unusable(flags, error);
    });
    const registry = createProcessRegistry(server);
    await addMetrics(flags, () => registry.metrics(), log);
    drainOnSignal(() => server.drain(), log);
    announce(address, flags.json);
  } catch (error) {
    await server.close();
    store?.close();
    throw error;
  }
}
