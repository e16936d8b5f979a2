/** The verdicts by requirement, with a filter. */

import { isMust, type Requirement } from '../../requirements/requirements.ts';
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
  const listed = [...requirements.values()].flatMap((requirement) => {
    const verdict = worst.get(requirement.id);
    return verdict === undefined ? [] : [{ requirement, verdict }];
  });
  const rows = listed.map(({ requirement, verdict }) => {
    const own = report.results.filter((result) => result.requirements.includes(requirement.id));
    return row(requirement, verdict, own, specFrom);
  });
  const names = SEVERITY.filter((name) => [...worst.values()].includes(name));
  return html`<section><h2 id="requirements">Requirements</h2>
<p class="composition">${composition(listed)}</p>
<form class="filter" role="search"><label for="words">Filter</label><input id="words" type="search" placeholder="id, word or check" autocomplete="off">
<span role="group" aria-label="Verdicts shown">${names.map((name) => html`<button type="button" class="chip v-${name}" data-verdict="${name}" aria-pressed="true">${name}</button>`)}</span>
<output id="found" aria-live="polite">${counted(rows.length, 'requirement')}</output></form>
<table class="requirements"><thead><tr><th scope="col">Requirement</th><th scope="col">Verdict</th><th scope="col">Sentence</th><th scope="col">Checks</th></tr></thead>
<tbody>${rows}</tbody></table></section>`;
}

interface Listed {
  readonly requirement: Requirement;
  readonly verdict: VerdictName;
}

/** Of what the rows are: the tiles on top count only what has to be or should be followed and could be judged. */
function composition(listed: readonly Listed[]): string {
  const claimed = listed.filter(({ verdict }) => verdict !== 'UNSUPPORTED').map(({ requirement }) => requirement);
  const must = claimed.filter(isMust).length;
  const may = claimed.filter(({ level }) => level === 'MAY').length;
  const unclaimed = listed.length - claimed.length;
  const parts = [
    `${must} MUST and ${claimed.length - must - may} SHOULD, which are counted above`,
    may === 0 ? [] : `${may} MAY, which is not counted`,
    unclaimed === 0 ? [] : `${unclaimed} that the implementation does not claim to follow`,
  ].flat();
  return `${counted(listed.length, 'requirement')}: ${parts.join('; ')}.`;
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
