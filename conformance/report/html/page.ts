/**
 * The report as one HTML file that needs nothing else: verdicts by requirement, failures first with ladder and timing plot, all
 * cases folded below. Its own style and script are let in by their hashes, so that nothing that an implementation has sent can run.
 */

import { createHash } from 'node:crypto';
import type { Requirement } from '../../requirements/requirements.ts';
import type { Trace } from '../../trace.ts';
import { VERDICTS, type VerdictName } from '../../verdict.ts';
import { causeLine, causesOf, explainedFirst } from '../causes.ts';
import { type Report, type ResultRecord, TROUBLES } from '../records.ts';
import { CONCLUSIONS, type Count } from '../summary.ts';
import { claims } from '../text.ts';
import { causeId, scenarioSections, troubleCard } from './cases.ts';
import { counted, html, Markup } from './markup.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';
import { chip, requirementTable } from './table.ts';

export interface HtmlOptions {
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** Traces to be drawn. */
  readonly shown: ReadonlySet<Trace>;
  /** The folder above spec/, as the file's links may name it: `..`. Absent = the sections are not linked. */
  readonly specFrom?: string;
}

const SIGNS = { 0: '✓', 1: '✕', 3: '?' } as const;
const ORDER: readonly VerdictName[] = [
  'FAIL',
  'STALE',
  'ERROR',
  'INCONCLUSIVE',
  'BLOCKED',
  'WARN',
  'KNOWN',
  'PASS',
  'INFO',
  'UNSUPPORTED',
];

export function htmlReport(report: Report, options: HtmlOptions): string {
  const { header, footer } = report;
  const policy = `default-src 'none'; style-src '${hash(STYLE)}'; script-src '${hash(SCRIPT)}'; img-src data:; base-uri 'none'; form-action 'none'`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${CONCLUSIONS[footer.exitCode]}: ${header.target} - Reseq conformance</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
${head(report)}
<main id="main">
${troubles(report, options)}
${requirementTable(report, options)}
${scenarioSections(report, options)}
</main>
<footer class="end">Reseq conformance suite ${header.suiteVersion}, specification ${header.specVersion}. This page needs no network.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function head(report: Report): Markup {
  const { header, footer } = report;
  const implementation = header.judge?.description.implementation ?? '';
  const facts: readonly (readonly [string, string])[] = [
    ['implementation', implementation],
    ['claims', claims(report) ?? ''],
    ['duration', `${(footer.elapsedMs / 1_000).toFixed(1)} s`],
    ['lag of the suite', `at most ${Math.round(footer.lag.maxMs)} ms`],
    ['seed', header.seed],
    ['started', header.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')],
  ];
  return html`<header class="top e${footer.exitCode}">
<p class="brand">Reseq conformance · ${header.side}</p>
<h1><span class="sign" aria-hidden="true">${SIGNS[footer.exitCode]}</span> <span>${CONCLUSIONS[footer.exitCode]}${footer.truncated ? ' (truncated)' : ''}</span></h1>
<p class="target">${header.target}</p>
${footer.notes.map((note) => html`<p class="remark">${note}</p>`)}
<div class="tiles">${tile('MUST', footer.must, 'broken')}${tile('SHOULD', footer.should, 'unfollowed')}
<div class="tile wide"><p class="label">${report.results.length} checks</p>${bar(report.results)}<ul class="legend">${verdictCounts(report.results).map(([name, count]) => html`<li>${chip(name)} ${count} <span class="quiet">${VERDICTS[name]}</span></li>`)}</ul></div></div>
<dl class="facts">${facts.filter(([, value]) => value !== '').map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
</header>`;
}

/** @param short class of the figure when not all are met: a SHOULD has the colour of its WARN */
function tile(level: string, { met, judged }: Count, short: 'broken' | 'unfollowed'): Markup {
  return html`<div class="tile ${met === judged ? 'met' : short}"><p class="label">${level}</p><p class="figure">${met}<span class="of">/${judged}</span></p><p class="quiet">requirements met</p></div>`;
}

function verdictCounts(results: readonly ResultRecord[]): (readonly [VerdictName, number])[] {
  return ORDER.map((name) => [name, results.filter(({ verdict }) => verdict === name).length] as const).filter(
    ([, count]) => count > 0,
  );
}

/** Shares of the verdicts, in one line. */
function bar(results: readonly ResultRecord[]): Markup {
  let done = 0;
  const parts = verdictCounts(results).map(([name, count]) => {
    const x = (done / results.length) * 100;
    done += count;
    return html`<rect class="v-${name}" x="${x.toFixed(3)}%" width="${((count / results.length) * 100).toFixed(3)}%" height="10"/>`;
  });
  return html`<svg class="bar" height="10" width="100%" aria-hidden="true">${parts}</svg>`;
}

function troubles(report: Report, options: HtmlOptions): Markup {
  const { results } = report;
  const listed = explainedFirst(TROUBLES.flatMap((name) => results.filter(({ verdict }) => verdict === name)));
  const blocked = results.filter(({ verdict }) => verdict === 'BLOCKED');
  if (listed.length + blocked.length === 0) {
    const text = results.length === 0 ? 'Nothing was judged.' : 'Every requirement that was judged is met.';
    return html`<section><h2>Failures</h2><p class="empty">${text}</p></section>`;
  }
  const folded = html`<details class="card v-BLOCKED"><summary>${chip('BLOCKED')} <span class="id">${counted(blocked.length, 'check')} could not be judged</span></summary><ul class="checks">${blocked.map(({ check, message }) => html`<li id="check-${check}"><span class="id">${check}</span> <span class="message">${message}</span></li>`)}</ul></details>`;
  const causes = causesOf(listed);
  return html`<section><h2>Failures and warnings</h2>
${causes.map((cause, i) => html`<p class="diagnosis" id="${causeId(i)}">${causeLine(cause)}</p>`)}
${listed.map((result) => troubleCard(result, report, options, causes))}
${blocked.length === 0 ? undefined : folded}</section>`;
}
