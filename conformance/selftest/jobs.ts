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

/** Right models, which are driven through everything, come one by one between the mutants: together they make each other late. */
export function allJobs(): Job[] {
  // Drivers wait longest: what is begun last should not be waited for.
  const kinds = (Object.keys(MUTANTS) as Kind[]).reverse();
  const rights = [
    ...kinds.map((kind) => lawful(kind, RIGHT)),
    ...Object.entries(SERVER_ODDBALLS).map(([name, { warned }]) => lawful('server', name, warned)),
    ...Object.keys(CLIENT_ODDBALLS).map((name) => lawful('client', name)),
    ...NULL_PEERS.map(
      (name): Job => ({ kind: 'null', name, is: 'null', judge: (verdicts) => judgeNullPeer(`null ${name}`, verdicts) }),
    ),
  ];
  const mutants = kinds.flatMap((kind) =>
    Object.entries(MUTANTS[kind].bugs).map(
      ([name, declaration]): Job => ({
        kind,
        name,
        is: 'mutant',
        judge: (verdicts) => judgeMutant(`${kind} ${name}`, declaration, verdicts),
      }),
    ),
  );
  return mixed(rights, mutants);
}

/** The first list spread evenly over the second, its last one well before the end. */
function mixed(few: readonly Job[], many: readonly Job[]): Job[] {
  const step = Math.max(1, Math.floor((many.length * 0.9) / Math.max(1, few.length)));
  return [
    ...many.flatMap((job, i) => [...(i % step === 0 ? few.slice(i / step, i / step + 1) : []), job]),
    ...few.slice(Math.ceil(many.length / step)),
  ];
}
