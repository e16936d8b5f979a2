/** `reseq conformance list` and `explain`: what there is to be judged, and what one id means. */

import { Command } from 'commander';
import { UsageError } from '../protocol/cli.ts';
import type { Check } from './check.ts';
import { ALL_CHECKS } from './checks/index.ts';
import { matches } from './plan.ts';
import { pinnedId, type Requirement, requirements } from './requirements/requirements.ts';

/** `list`: one line per check on stdout. */
export function listCommand(): Command {
  return new Command('list').description('list all checks').action(() => {
    const width = Math.max(...ALL_CHECKS.map(({ id }) => id.length));
    for (const check of ALL_CHECKS) {
      const ids = check.requirements.map(pinnedId).join(' ');
      process.stdout.write(`${check.side}  ${check.id.padEnd(width)}  ${check.scenario.padEnd(18)}  ${ids}\n`);
    }
  });
}

/** `explain ID`: a requirement, a check or a scenario. @throws {UsageError} when nothing has this id */
export function explainCommand(): Command {
  return new Command('explain')
    .description('explain a requirement, a check or a scenario')
    .argument('<id>', 'RSQ-..., or an id from `list`')
    .action((id: string) => {
      const text = explain(id);
      if (text === undefined) throw new UsageError('id', 'a requirement, check or scenario (see `list`)', id);
      process.stdout.write(text);
    });
}

/** What an id means, undefined for one that nothing has. */
export function explain(id: string): string | undefined {
  const all = requirements();
  const requirement = all.get(id.toUpperCase());
  const checks = ALL_CHECKS.filter((check) => matches(check, id));
  if (requirement === undefined && checks.length === 0) return undefined;
  const lines = [
    ...(requirement === undefined ? [] : [...explainRequirement(requirement), '']),
    ...checks.flatMap((check) => [...explainCheck(check, all), '']),
    ...(requirement !== undefined && checks.length === 0 ? ['No check judges it.', ''] : []),
  ];
  return lines.join('\n');
}

function explainRequirement(requirement: Requirement): string[] {
  const { id, level, role, section, sentence } = requirement;
  return [`${id} (${level}, ${role}, judged by: ${requirement.class})`, `  ${section}`, `  ${sentence}`];
}

function explainCheck(check: Check, all: ReadonlyMap<string, Requirement>): string[] {
  return [
    `check ${check.id} (${check.side}, profile: ${check.profile})`,
    `  ${check.title}`,
    `  judged from ${check.scenario === '*' ? 'all scenarios' : `the scenario ${check.scenario}`}`,
    ...check.requirements.map((pin) => `  ${pinnedId(pin)}  ${all.get(pinnedId(pin))?.sentence ?? 'is gone'}`),
  ];
}
