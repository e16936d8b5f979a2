/** The verdicts by requirement, with a filter. */

import type { Requirement } from '../../requirements/requirements.ts';
import type { VerdictName } from '../../verdict.ts';
import type { Report, ResultRecord } from '../records.ts';
import { SEVERITY, worstByRequirement } from '../summary.ts';
import { counted, html, type Markup, prose } from './markup.ts';
import type { HtmlOptions } from './page.ts';

/** A verdict as a small coloured word. */
export function chip(name: VerdictName): Markup {
  return html`<span class="chip v-${name}">${name}</span>`;
}

/** Where the requirement stands in the specification. */
export function place({ file, section }: Requirement, specFrom: string | undefined): Markup {
  const text = html`${file}, ${prose(section)}`;
  return specFrom === undefined ? text : html`<a href="${specFrom}/${file}#${slug(section)}">${text}</a>`;
}

/** The anchor that renderers of Markdown give a heading. */
function slug(section: string): string {
  return section
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replaceAll(/\s/g, '-');
}

export function requirementTable(report: Report, { requirements, specFrom }: HtmlOptions): Markup {
  const worst = worstByRequirement(report.results);
  const rows = [...requirements.values()].flatMap((requirement) => {
    const verdict = worst.get(requirement.id);
    if (verdict === undefined) return [];
    const own = report.results.filter((result) => result.requirements.includes(requirement.id));
    return [row(requirement, verdict, own, specFrom)];
  });
  const names = SEVERITY.filter((name) => [...worst.values()].includes(name));
  return html`<section><h2 id="requirements">Requirements</h2>
<form class="filter" role="search"><label for="words">Filter</label><input id="words" type="search" placeholder="id, word or check" autocomplete="off">
<span role="group" aria-label="Verdicts shown">${names.map((name) => html`<button type="button" class="chip v-${name}" data-verdict="${name}" aria-pressed="true">${name}</button>`)}</span>
<output id="found" aria-live="polite">${counted(rows.length, 'requirement')}</output></form>
<table class="requirements"><thead><tr><th scope="col">Requirement</th><th scope="col">Verdict</th><th scope="col">Sentence</th><th scope="col">Checks</th></tr></thead>
<tbody>${rows}</tbody></table></section>`;
}

function row(
  requirement: Requirement,
  verdict: VerdictName,
  results: readonly ResultRecord[],
  specFrom: string | undefined,
): Markup {
  const { id, level, sentence } = requirement;
  const checks = results.map(
    (result) =>
      html`<li><a href="#check-${result.check}">${result.check}</a>${result.verdict === verdict ? undefined : html` ${chip(result.verdict)}`}</li>`,
  );
  return html`<tr id="${id}" data-verdict="${verdict}"><th scope="row"><a href="#${id}">${id}</a> <span class="level">${level}</span></th><td>${chip(verdict)}</td><td>${prose(sentence)}<p class="quiet">${place(requirement, specFrom)}</p></td><td><ul class="plain">${checks}</ul></td></tr>
`;
}
