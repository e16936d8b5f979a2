/** A model server on a shared store as a process of its own, which may be killed, shut down, stopped and continued. `store-process.ts NAME [BUG]`. */

import { STORE_BUGS, type StoreBug } from './bugs/store.ts';
import { StoreModelServer } from './model-store-server.ts';
import { RemoteStore } from './remote-store.ts';

const [name = '', bug = ''] = process.argv.slice(2);
const store = new RemoteStore({
  send: (message) => void process.send?.(message),
  onMessage: (listener) => void process.on('message', listener),
});
const server = new StoreModelServer(store, name, bug in STORE_BUGS ? (bug as StoreBug) : undefined);
const { port } = await server.listen();
process.once('SIGTERM', () => void server.drain().finally(() => process.exit(0)));
process.once('disconnect', () => process.exit(0));
process.send?.({ port });
