/** Judges two model servers on one store, with the checks of shared stores alone. */

import type { Lack } from '../check.ts';
import { conformStore, planOfStore } from '../conform.ts';
import type { RunResult } from '../run.ts';
import type { Lab, Rig } from '../store/lab.ts';
import type { ServerTarget } from '../target/server.ts';
import { StoreModelServer } from './model-store-server.ts';
import { SharedStore } from './shared-store.ts';
import { STORE_BUGS, type StoreBug } from './store-bugs.ts';

const SELECTION = { only: ['store-*'], skip: [] };
const IN_PROCESS: Lack = { why: 'models are no processes that could be killed', isError: false };

/** @param name of a {@link StoreBug}; a right model for any other */
export async function conformStoreModel(name: string, deadlineMs: number): Promise<RunResult> {
  const lab = await modelLab(name in STORE_BUGS ? (name as StoreBug) : undefined);
  try {
    const { signal } = new AbortController();
    const options = { selection: SELECTION, seed: 1, deadlineMs, signal };
    return await conformStore(lab, false, planOfStore(SELECTION), options);
  } finally {
    await lab.close();
  }
}

async function modelLab(bug: StoreBug | undefined): Promise<Lab> {
  const closing: (() => Promise<void>)[] = [];
  const startModel = async (store: SharedStore, name: string): Promise<ServerTarget> => {
    const transport = await new StoreModelServer(store, name, bug).listen();
    closing.push(() => transport.close());
    return { host: '127.0.0.1', port: transport.port };
  };
  const store = new SharedStore();
  return {
    a: await startModel(store, 'a'),
    b: await startModel(store, 'b'),
    records: store.records(),
    lacks: (need) => (need === 'processes' ? IN_PROCESS : undefined),
    spare: () => Promise.reject(new Error(IN_PROCESS.why)),
    rig: async (): Promise<Rig> => {
      const own = new SharedStore();
      return {
        instance: await startModel(own, 'rig'),
        records: own.records(),
        store: own,
        stop: async () => undefined,
      };
    },
    close: async () => void (await Promise.all(closing.map((close) => close()))),
  };
}
