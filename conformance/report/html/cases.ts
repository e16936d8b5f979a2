/** What a check has to say, and the cases of each scenario as diagrams. */

import type { Requirement } from '../../requirements/requirements.ts';
import type { Trace } from '../../trace.ts';
import type { Cause } from '../causes.ts';
import { shortened } from '../printable.ts';
import { type Report, type ResultRecord, reproduceCommand, TROUBLES, traceOf } from '../records.ts';
import { diagram } from './diagram.ts';
import { counted, html, Markup, prose } from './markup.ts';
import type { HtmlOptions } from './page.ts';
import { plot } from './plot.ts';
import { chip, place } from './table.ts';

/** Characters of all folded cases: the page is to open at once. */
const BUDGET = 2_000_000;
const VALUE_LIMIT = 3_000;

/** Of a cause above the cards, by its place in the list. */
export function causeId(position: number): string {
  return `cause-${position + 1}`;
}

/**
 * Everything about a check that did not pass.
 * @param causes that stand above the cards
 */
export function troubleCard(
  result: ResultRecord,
  report: Report,
  options: HtmlOptions,
  causes: readonly Cause[],
): Markup {
  const trace = traceOf(result, report.traces);
  const open = result.verdict === 'FAIL' || result.verdict === 'STALE' || result.verdict === 'ERROR';
  return html`<details class="card v-${result.verdict}" id="check-${result.check}"${new Markup(open ? ' open' : '')}>
<summary>${chip(result.verdict)} <span class="id">${result.check}</span> <span class="message">${shortened(result.message, VALUE_LIMIT)}</span></summary>
${result.requirements.map((id) => rule(id, options.requirements.get(id), options.specFrom))}
${outcome(result)}
${diagnosis(result, causes)}${labelled('extent', 'Extent', result.extent)}${labelled('schedule', 'Schedule', result.schedule)}
<p class="reproduce"><span class="label">Reproduce</span> <code tabindex="0">${reproduceCommand(result, report)}</code></p>
${trace === undefined ? undefined : html`<h4>${trace.scenario} / ${trace.caseId}</h4>${drawn(trace, result.at?.event)}`}
</details>
`;
}

function rule(id: string, requirement: Requirement | undefined, specFrom: string | undefined): Markup {
  if (requirement === undefined) return html`<p class="rule"><strong>${id}</strong></p>`;
  return html`<p class="rule"><a href="#${id}"><strong>${id}</strong></a> <span class="level">${requirement.level}</span> ${prose(requirement.sentence)} <span class="quiet">${place(requirement, specFrom)}</span></p>`;
}

/** A cause that stands above is not told again: what is left are the figures of this check. */
function diagnosis({ check, diagnosis: text, cause }: ResultRecord, causes: readonly Cause[]): Markup | undefined {
  const position = causes.findIndex(({ checks }) => checks.includes(check));
  if (position < 0 || text === undefined || cause === undefined || !text.startsWith(cause))
    return labelled('diagnosis', 'Diagnosis', text);
  const figures = text.slice(cause.length).replace(/^[;:,]? */, '');
  const name = causes.length === 1 ? 'the likely cause above' : `likely cause ${position + 1} above`;
  const rest = figures === '' ? '' : `; ${shortened(figures, VALUE_LIMIT)}`;
  return html`<p class="diagnosis"><strong>Diagnosis</strong> <a href="#${causeId(position)}">${name}</a>${rest}</p>`;
}

function labelled(name: string, label: string, text: string | undefined): Markup | undefined {
  return text === undefined
    ? undefined
    : html`<p class="${name}"><strong>${label}</strong> ${shortened(text, VALUE_LIMIT)}</p>`;
}

function outcome({ expected, actual }: ResultRecord): Markup | undefined {
  if (expected === undefined && actual === undefined) return undefined;
  const value = (name: string, text: string | undefined): Markup | undefined =>
    text === undefined
      ? undefined
      : html`<div class="${name}"><dt>${name}</dt><dd><pre>${shortened(text, VALUE_LIMIT)}</pre></dd></div>`;
  return html`<dl class="outcome">${value('expected', expected)}${value('actual', actual)}</dl>`;
}

function drawn(trace: Trace, at?: number): Markup {
  return html`${diagram(trace, at)}${plot(trace)}`;
}

/** All scenarios, folded: their checks and their cases. */
export function scenarioSections(report: Report, options: HtmlOptions): Markup {
  const names = [...new Set([...report.header.scenarios, ...report.results.map(({ scenario }) => scenario)])];
  let left = BUDGET;
  const sections = names.map((name) => {
    const cases = report.traces.filter((trace) => trace.scenario === name);
    const shown = cases.filter((trace) => options.shown.has(trace));
    const diagrams = shown.flatMap((trace) => {
      const one = caseDetails(trace);
      left -= one.text.length;
      return left < 0 ? [] : [one];
    });
    const omitted = cases.length - diagrams.length;
    const results = report.results.filter(({ scenario }) => scenario === name);
    const rest =
      omitted === 0
        ? undefined
        : html`<p class="quiet">${omitted} of ${cases.length} cases are not drawn here; results.jsonl has them.</p>`;
    return html`<details class="scenario"><summary><span class="id">${name === '*' ? 'all scenarios' : name}</span> <span class="quiet">${counted(results.length, 'check')}, ${counted(cases.length, 'case')}</span></summary>
<ul class="checks">${results.map(checkLine)}</ul>
${diagrams}${rest}</details>
`;
  });
  return html`<section><h2 id="scenarios">Scenarios</h2>${sections}</section>`;
}

/** Troubles have a card of their own with this id. */
function checkLine({ check, verdict, title, message }: ResultRecord): Markup {
  const own = verdict !== 'BLOCKED' && !TROUBLES.includes(verdict);
  const id = own ? html` id="check-${check}"` : undefined;
  return html`<li${id}>${chip(verdict)} <span class="id">${check}</span> <span class="quiet">${title}</span><br><span class="message">${shortened(message, VALUE_LIMIT)}</span></li>`;
}

function caseDetails(trace: Trace): Markup {
  const seconds = ((trace.endedAtMs - trace.startedAtMs) / 1_000).toFixed(1);
  return html`<details class="case"><summary><span class="id">${trace.caseId}</span> <span class="quiet">${counted(trace.events.length, 'event')}, ${seconds} s</span></summary>${drawn(trace)}</details>
`;
}
