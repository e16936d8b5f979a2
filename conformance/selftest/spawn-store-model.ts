/** Starts a model server of a shared store as a process, with the store in this process. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Instance } from '../store/lab.ts';
import type { StoreBug } from './bugs/store.ts';
import { serveStore } from './remote-store.ts';
import type { StoreAccess } from './shared-store.ts';

export interface StoreModelProcess extends Instance {
  stop(): void;
}

/** @throws {Error} when it ends before it listens */
export async function spawnStoreModel(
  store: StoreAccess,
  name: string,
  bug: StoreBug | undefined,
): Promise<StoreModelProcess> {
  const file = import.meta.url.endsWith('.ts') ? './store-process.ts' : './store-process.js';
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [name, ...(bug === undefined ? [] : [bug])], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const port = await portOf(child);
    serveStore(store, {
      // What a process that is gone has asked needs no answer.
      send: (message) => void (child.connected && child.send(message, () => undefined)),
      onMessage: (listener) => void child.on('message', listener),
    });
    return { host: '127.0.0.1', port, signal: (one) => void child.kill(one), stop: () => void child.kill('SIGKILL') };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve((message as { readonly port: number }).port));
    child.once('exit', (code) => reject(new Error(`the model server ended with ${code}`)));
  });
}
