/**
 * The gRPC binding of the reference server under sessions that know no pace: each sends as long as the network takes what
 * it sends. The protocol allows at most an item a millisecond on one stream, so this is the binding alone. Arguments: none.
 */
import { systemClock } from '../../protocol/real.ts';
import { createGrpcBinding } from '../../reference-server/bindings/grpc.ts';
import type { Inlet, Outlet } from '../../reference-server/connection.ts';
import { createServer } from '../../reference-server/index.ts';
import type { Service } from '../../reference-server/service.ts';
import { FLOOD_AFTER_MS } from './item.ts';

/** Messages of one stream under way at one time. */
const WINDOW = 1_000;

function flood(outlet: Outlet): Inlet {
  let underWay = 0;
  let index = 0;
  let isOver = false;
  const fill = (): void => {
    for (; underWay < WINDOW && !isOver; underWay++) {
      outlet.send({ kind: 'item', index: index & 0xffff, value: index });
      index = (index + 1) >>> 0;
    }
  };
  // The generator counts a session as open when it has had an item.
  setImmediate(() => {
    for (let k = 0; k < 2; k++) outlet.send({ kind: 'item', index: 0, value: 0 });
    underWay += 2;
  });
  setTimeout(fill, FLOOD_AFTER_MS);
  return {
    flushed: () => {
      if (--underWay === 0 && index > 0) fill();
    },
    dropped: () => {
      isOver = true;
    },
  };
}

const binding = createGrpcBinding({ host: '127.0.0.1', maxStreams: 100_000 });
const server = createServer({
  clock: systemClock(),
  binding: {
    ...binding,
    listen: (service, log) => {
      const flooding: Service = {
        stats: service.stats,
        open: (_open, outlet) => flood(outlet),
        confirm: (confirm) => service.confirm(confirm),
        describe: () => service.describe(),
        refused: (error) => service.refused(error),
      };
      return binding.listen(flooding, log);
    },
    announceShutdown: () => binding.announceShutdown(),
    close: (graceMs) => binding.close(graceMs),
  },
});
const { port } = await server.listen();
process.stdout.write(`${JSON.stringify({ port })}\n`);
