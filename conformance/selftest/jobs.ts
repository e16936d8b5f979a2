/** All models that a self-test judges, and what is expected of each. */

import { type Kind, MUTANTS } from './killers.ts';
import { NULL_PEERS } from './null-peers.ts';
import { CLIENT_ODDBALLS, SERVER_ODDBALLS } from './oddballs.ts';
import type { Task } from './pool.ts';
import { judgeMutant, judgeNullPeer, judgeRight, RIGHT, type Row, type Verdicts } from './verdicts.ts';

/** One model to be judged. */
export interface Job extends Task {
  readonly kind: Kind | 'null';
  readonly is: 'right' | 'mutant' | 'null';
  judge(verdicts: Verdicts): Row;
}

export function title({ kind, name }: Task): string {
  return `${kind} ${name}`;
}

function lawful(kind: Kind, name: string, warned: readonly string[] = []): Job {
  return { kind, name, is: 'right', judge: (verdicts) => judgeRight(`${kind} ${name}`, verdicts, warned) };
}

/** Those that take longest first. */
export function allJobs(): Job[] {
  const kinds = Object.keys(MUTANTS) as Kind[];
  return [
    ...kinds.map((kind) => lawful(kind, RIGHT)),
    ...Object.entries(SERVER_ODDBALLS).map(([name, { warned }]) => lawful('server', name, warned)),
    ...Object.keys(CLIENT_ODDBALLS).map((name) => lawful('client', name)),
    ...NULL_PEERS.map(
      (name): Job => ({ kind: 'null', name, is: 'null', judge: (verdicts) => judgeNullPeer(`null ${name}`, verdicts) }),
    ),
    ...kinds.flatMap((kind) =>
      Object.entries(MUTANTS[kind].bugs).map(
        ([name, declaration]): Job => ({
          kind,
          name,
          is: 'mutant',
          judge: (verdicts) => judgeMutant(`${kind} ${name}`, declaration, verdicts),
        }),
      ),
    ),
  ];
}
