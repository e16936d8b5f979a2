/** Which mutants each check is declared to kill. A check that kills none is not known to find anything. */

import type { Check } from '../check.ts';
import { DRIVER_CHECKS } from '../checks/client/driver.ts';
import { CLIENT_CHECKS } from '../checks/client/index.ts';
import { SERVER_CHECKS } from '../checks/server/index.ts';
import { STORE_CHECKS } from '../checks/store/index.ts';
import { CLIENT_BUGS } from './bugs/client.ts';
import type { Declarations } from './bugs/declaration.ts';
import { DRIVER_BUGS } from './bugs/driver.ts';
import { SERVER_BUGS } from './bugs/server.ts';
import { STORE_BUGS } from './bugs/store.ts';

export type Kind = 'server' | 'store' | 'client' | 'driver';

/** All mutants by kind, with the checks that judge that kind. */
export const MUTANTS: Readonly<Record<Kind, { readonly checks: readonly Check[]; readonly bugs: Declarations }>> = {
  server: { checks: SERVER_CHECKS, bugs: SERVER_BUGS },
  store: { checks: STORE_CHECKS, bugs: STORE_BUGS },
  client: { checks: CLIENT_CHECKS, bugs: CLIENT_BUGS },
  driver: { checks: DRIVER_CHECKS, bugs: DRIVER_BUGS },
};

/** Checks for which no mutant can be made, each with the reason. */
export const WITHOUT_MUTANT: Readonly<Record<string, string>> = {};

/** A mutant that a check has to kill. */
export interface Kill {
  /** As in the table of a self-test: `server resumes-one-late`. */
  readonly mutant: string;
  readonly does: string;
  /** Part of what the check says. */
  readonly says: string;
}

const cache = new Map<Kind, ReadonlyMap<string, readonly Kill[]>>();

/** @returns per check id, in the order of the checks; an empty list where no mutant is declared */
export function killersOf(kind: Kind): ReadonlyMap<string, readonly Kill[]> {
  const known = cache.get(kind);
  if (known !== undefined) return known;
  const { checks, bugs } = MUTANTS[kind];
  const killers = new Map(
    checks.map(({ id }) => [
      id,
      Object.entries(bugs).flatMap(([name, { does, fails }]) => {
        const says = fails[id];
        return says === undefined ? [] : [{ mutant: `${kind} ${name}`, does, says }];
      }),
    ]),
  );
  cache.set(kind, killers);
  return killers;
}

export function allKillers(): ReadonlyMap<string, readonly Kill[]> {
  return new Map((Object.keys(MUTANTS) as Kind[]).flatMap((kind) => [...killersOf(kind)]));
}
