/**
 * The two pages of what the suite judges: from requirements to checks to mutants (conformance/COVERAGE.md), and from checks to
 * mutants and back (conformance/MATRIX.md). The declarations of the mutants are their source; a self-test proves these.
 */

import { posix } from 'node:path';
import type { Check } from '../../conformance/check.ts';
import { pinnedId } from '../../conformance/requirements/requirements.ts';
import { type Kill, type Kind, killersOf, MUTANTS, WITHOUT_MUTANT } from '../../conformance/selftest/killers.ts';
import { COVERAGE_FILE } from './links.ts';
import { anchorOf } from './markdown.ts';
import type { Requirement } from './requirements.ts';

const MATRIX_FILE = 'conformance/MATRIX.md';
const MATRIX_NAME = posix.basename(MATRIX_FILE);

const KINDS = Object.keys(MUTANTS) as Kind[];
const KIND_TITLES: Readonly<Record<Kind, string>> = {
  server: 'Checks of a server',
  store: 'Checks of servers on one store',
  client: 'Checks of a client',
  driver: 'Checks of a driver',
};

/** Requirements that no check of the suite judges although they could be seen, with what judges them or why nothing can. */
export const JUDGED_ELSEWHERE: Readonly<Record<string, string>> = {};

/** All pages, by file name. */
export function coveragePages(requirements: readonly Requirement[]): ReadonlyMap<string, string> {
  return new Map([
    [COVERAGE_FILE, coverage(requirements)],
    [MATRIX_FILE, matrix()],
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function checksOf(id: string): { readonly kind: Kind; readonly check: Check }[] {
  return KINDS.flatMap((kind) =>
    MUTANTS[kind].checks
      .filter(({ requirements }) => requirements.map(pinnedId).includes(id))
      .map((check) => ({ kind, check })),
  );
}

/** Why no check judges a requirement, undefined when nothing explains it. */
export function explanation({ id, class: testClass, reason, level, role }: Requirement): string | undefined {
  if (testClass === 'inspect') return `untestable: ${reason}`;
  if (role === 'store') return 'the contract of stores, `reference-server/store/store.contract.ts`';
  if (level === 'MAY') return 'a permission: nothing to judge';
  return JUDGED_ELSEWHERE[id];
}

function coverage(requirements: readonly Requirement[]): string {
  const judged = requirements.filter(({ id }) => checksOf(id).length > 0).length;
  const inspect = requirements.filter((one) => one.class === 'inspect').length;
  const rows = requirements.map((requirement) => {
    const { id, level, role, file, section } = requirement;
    const checks = checksOf(id);
    const kills = checks.flatMap(({ kind, check }) => killersOf(kind).get(check.id) ?? []);
    const mutants = [...new Set(kills.map(({ mutant }) => mutant))];
    return [
      `<a id="${id.toLowerCase()}"></a>[${id}](../${file}#${anchorOf(section)})`,
      level,
      `${role} ${requirement.class}`,
      checks.map(({ check }) => checkLink(check.id)).join(', ') || (explanation(requirement) ?? 'not judged'),
      mutants.map(mutantLink).join(', '),
    ];
  });
  return `# Requirements, checks, mutants

Written by \`npm run spec\`. For each requirement of the [specification](../spec/README.md): the checks of the suite that judge it, and the wrong programs ([mutants](${MATRIX_NAME})) that these checks are proved to find by \`npm run conformance -- selftest\`.

${requirements.length} requirements: ${judged} judged by checks, ${inspect} not testable from outside, ${requirements.length - judged - inspect} judged elsewhere or permissions.

${table(['requirement', 'level', 'whom, how', 'checks, or why none', 'mutants that they find'], rows)}`;
}

function matrix(): string {
  const mutants = KINDS.reduce((sum, kind) => sum + Object.keys(MUTANTS[kind].bugs).length, 0);
  const checks = KINDS.reduce((sum, kind) => sum + MUTANTS[kind].checks.length, 0);
  return `# Checks and the mutants that they kill

Written by \`npm run spec\`. A mutant is a right program with one wrong decision. \`npm run conformance -- selftest\` has the suite judge each of the ${mutants} mutants: all checks that stand beside a mutant below must fail, with the text that stands there, and the other ${checks} checks must not, apart from those that the same mistake may break besides (\`also\` in [selftest/bugs/](selftest/bugs/server.ts)). Each check kills at least one mutant${excused()}.

${KINDS.map(kindTables).join('\n')}`;
}

function excused(): string {
  const count = Object.keys(WITHOUT_MUTANT).length;
  return count === 0 ? '' : `, but for ${count} with a reason`;
}

function kindTables(kind: Kind): string {
  const { checks, bugs } = MUTANTS[kind];
  const killers = killersOf(kind);
  const checkRows = checks.map(({ id, title, requirements }) => [
    `<a id="${id}"></a>\`${id}\`: ${cell(title)}`,
    requirements.map((pin) => requirementLink(pinnedId(pin))).join(', '),
    (killers.get(id) ?? []).map(({ mutant }: Kill) => mutantLink(mutant)).join(', ') || (WITHOUT_MUTANT[id] ?? 'none'),
  ]);
  const mutantRows = Object.entries(bugs).map(([name, { does, fails }]) => [
    `<a id="${kind}-${name}"></a>\`${name}\``,
    cell(does),
    Object.entries(fails)
      .map(([id, says]) => `${checkLink(id)} "${cell(says)}"`)
      .join(', '),
  ]);
  return `## ${KIND_TITLES[kind]}

${table(['check', 'requirements', 'kills'], checkRows)}
### Mutants: ${kind}

${table(['mutant', 'does wrong', 'found by, saying'], mutantRows)}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('*', '\\*').replaceAll('_', '\\_').replaceAll('<', '&lt;');
}

function checkLink(id: string): string {
  return `[\`${id}\`](${MATRIX_NAME}#${id})`;
}

/** @param mutant `server resumes-one-late` */
function mutantLink(mutant: string): string {
  const [kind = '', name = ''] = mutant.split(' ');
  return `[\`${name}\`](${MATRIX_NAME}#${kind}-${name})`;
}

function requirementLink(id: string): string {
  return `[${id}](${posix.basename(COVERAGE_FILE)}#${id.toLowerCase()})`;
}
