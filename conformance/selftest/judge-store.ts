/** Judges two model servers on one store, with the checks of shared stores alone. */

import type { Lack } from '../check.ts';
import { STORE_CHECKS } from '../checks/store/index.ts';
import { conformStore, planOfStore } from '../conform.ts';
import type { RunResult } from '../run.ts';
import { STORE_SCENARIOS } from '../scenarios/store/index.ts';
import type { Instance, Lab, Rig } from '../store/lab.ts';
import type { ServerTarget } from '../target/server.ts';
import type { Declaration } from './bugs/declaration.ts';
import { STORE_BUGS, type StoreBug } from './bugs/store.ts';
import { StoreModelServer } from './model-store-server.ts';
import { judgeable, scopeOf } from './scope.ts';
import { SharedStore } from './shared-store.ts';
import { spawnStoreModel } from './spawn-store-model.ts';

const SELECTION = { only: ['store-*'], skip: [] };
const IN_PROCESS: Lack = { why: 'this model is no process that could be killed', isError: false };

/**
 * @param name of a {@link StoreBug}; a right model for any other
 * @param everything drive a mutant through all scenarios, not only through those that its declaration is about
 */
export async function conformStoreModel(name: string, everything: boolean, deadlineMs: number): Promise<RunResult> {
  const bug = name in STORE_BUGS ? (name as StoreBug) : undefined;
  const lab = await modelLab(bug, bug === undefined || isAboutProcesses(STORE_BUGS[bug]));
  try {
    const { signal } = new AbortController();
    const options = { selection: SELECTION, seed: 1, deadlineMs, signal };
    const plan = planOfStore(SELECTION);
    const isDriven = bug === undefined || everything ? () => true : scopeOf(STORE_BUGS[bug], STORE_CHECKS);
    const scope = {
      checks: judgeable(plan.checks, isDriven),
      scenarios: plan.scenarios.filter(({ id }) => isDriven(id)),
    };
    return await conformStore(lab, false, scope, options);
  } finally {
    await lab.close();
  }
}

/** Whether a mutant's declaration is about instances that are killed, shut down or stopped. Processes cost time to start. */
function isAboutProcesses({ fails }: Declaration): boolean {
  const ids = new Set(STORE_SCENARIOS.filter(({ needs }) => needs.includes('processes')).map(({ id }) => id));
  return STORE_CHECKS.some(({ id, scenario }) => ids.has(scenario) && id in fails);
}

/** Each scenario that needs one has one. */
const SPARES = STORE_SCENARIOS.reduce((sum, { spares }) => sum + spares, 0);

async function modelLab(bug: StoreBug | undefined, withProcesses: boolean): Promise<Lab> {
  const closing: (() => Promise<void> | void)[] = [];
  const startModel = async (store: SharedStore, name: string): Promise<ServerTarget> => {
    const transport = await new StoreModelServer(store, name, bug).listen();
    closing.push(() => transport.close());
    return { host: '127.0.0.1', port: transport.port };
  };
  const store = new SharedStore();
  // Started before the run: starting makes a machine late.
  const spares: Instance[] = [];
  for (let i = 0; withProcesses && i < SPARES; i++) {
    const spare = await spawnStoreModel(store, `spare ${i}`, bug);
    closing.push(() => spare.stop());
    spares.push(spare);
  }
  return {
    a: await startModel(store, 'a'),
    b: await startModel(store, 'b'),
    records: store.records(),
    lacks: (need) => (need === 'processes' && !withProcesses ? IN_PROCESS : undefined),
    spare: async () => {
      const spare = spares.pop();
      if (spare === undefined) throw new Error(IN_PROCESS.why);
      return spare;
    },
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
