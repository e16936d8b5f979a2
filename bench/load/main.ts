/**
 * The load generator: a process that takes orders from the benchmark over its IPC channel.
 */
import { Load } from './load.ts';
import type { Order } from './protocol.ts';

const load = new Load();

process.on('message', (order: Order) => {
  load.perform(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
