/**
 * A worker of `--workers`: serves the connections that its primary deals it. It ends with its primary, as node:cluster
 * sees to.
 */
import cluster from 'node:cluster';
import { Socket } from 'node:net';
import { UsageError } from '../../protocol/cli.ts';
import { createGrpcBinding } from '../bindings/grpc.ts';
import { createConsoleLog } from '../console-log.ts';
import { bindingSettings, type Flags, protocolSettings, readStore } from '../flags.ts';
import { createServer } from '../index.ts';
import { createProcessRegistry } from '../metrics.ts';
import { exitAfter } from '../process.ts';
import { openRedis } from '../store/open-redis.ts';
import { DealtConnections } from './dealt.ts';
import { ADDRESS_VARIABLE, decodeAddress, type Order, type Report } from './messages.ts';

export async function runWorker(flags: Flags, storePassword: string | undefined): Promise<void> {
  const log = createConsoleLog({ ...flags, worker: cluster.worker?.id }, process.stderr);
  const shared = readStore(flags);
  if (shared === undefined) throw new UsageError('workers', '1 without a shared store', flags.workers);
  const store = await openRedis(shared.location, { ca: shared.ca, password: storePassword, log });
  const intake = new DealtConnections(decodeAddress(process.env[ADDRESS_VARIABLE]), report);
  const maxConnections = Math.ceil(flags.maxConnections / flags.workers);
  const binding = createGrpcBinding({ ...bindingSettings(flags), intake, maxConnections });
  const server = createServer({ ...protocolSettings(flags), store, binding, log });
  const registry = createProcessRegistry(server);

  let isDraining = false;
  const drain = (): void => {
    if (isDraining) return;
    isDraining = true;
    exitAfter(() => server.drain(), log);
  };
  process.on('SIGTERM', drain);
  // From a terminal it reaches every process; the primary decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('message', (order: Order, handle: unknown) => {
    intake.take(order, handle instanceof Socket ? handle : undefined);
    if (order.kind === 'drain') drain();
    if (order.kind === 'metrics') {
      void registry.getMetricsAsJSON().then((metrics) => report({ kind: 'metrics', id: order.id, metrics }));
    }
  });
  await server.listen();
}

/** A primary that is gone hears nothing; node:cluster ends this process then. */
function report(message: Report): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
