/** A trace as a ladder: two life lines, client and server, and what went between them, from top to bottom. */

import type { Trace, TraceEvent } from '../../trace.ts';
import { eventText, senderOf } from '../ladder.ts';
import { shortened } from '../printable.ts';
import { html, type Markup } from './markup.ts';

/** Rows of a diagram: half of them before the event that matters. */
const ROWS = 80;
/** Of a run of items so long or longer, only the ends are shown. */
const RUN = 8;
const RUN_ENDS = 3;
/** Silences from this length on are marked. */
const SILENCE_MS = 1_500;
const TEXT_LIMIT = 400;
/** Colours that the style knows. */
export const COLOURS = 6;

type Row =
  | { readonly kind: 'event'; readonly event: TraceEvent; readonly position: number }
  | { readonly kind: 'left-out'; readonly text: string };

/** @param at index of the event that matters */
export function diagram(trace: Trace, at?: number): Markup {
  const rows = window(folded(trace.events, at), at);
  const label = `Messages of ${trace.scenario}/${trace.caseId}`;
  return html`<div class="ladder"><div class="ends" aria-hidden="true"><span>client</span><span>server</span></div>
<ol aria-label="${label}">${rows.flatMap((row, i) => [silence(rows[i - 1], row), showRow(row, trace, at)])}</ol></div>`;
}

/** Long runs of items lose their middle; the event that matters is never in one. */
function folded(events: readonly TraceEvent[], at: number | undefined): Row[] {
  const rows: Row[] = [];
  for (let first = 0; first < events.length; ) {
    const last = endOfRun(events, first, at);
    if (last - first + 1 < RUN) {
      for (let i = first; i <= last; i++) rows.push(rowOf(events, i));
    } else {
      for (let i = first; i < first + RUN_ENDS; i++) rows.push(rowOf(events, i));
      rows.push({ kind: 'left-out', text: `${last - first + 1 - 2 * RUN_ENDS} more items` });
      for (let i = last - RUN_ENDS + 1; i <= last; i++) rows.push(rowOf(events, i));
    }
    first = last + 1;
  }
  return rows;
}

function rowOf(events: readonly TraceEvent[], position: number): Row {
  const event = events[position];
  return event === undefined ? { kind: 'left-out', text: '' } : { kind: 'event', event, position };
}

/** Index of the last of the items of one connection that begin here; the index itself when there is no such run. */
function endOfRun(events: readonly TraceEvent[], first: number, at: number | undefined): number {
  const conn = events[first]?.conn;
  let last = first;
  if (!isItem(events[first]) || first === at) return first;
  while (last + 1 !== at && isItem(events[last + 1]) && events[last + 1]?.conn === conn) last++;
  return last;
}

function isItem(event: TraceEvent | undefined): boolean {
  return event?.kind === 'message' && event.message.kind === 'item';
}

/** As many rows as a reader can bear, around the one that matters. */
function window(rows: readonly Row[], at: number | undefined): Row[] {
  if (rows.length <= ROWS) return [...rows];
  const centre = Math.max(
    0,
    rows.findIndex((row) => row.kind === 'event' && row.position === at),
  );
  const first = Math.max(0, Math.min(centre - ROWS / 2, rows.length - ROWS));
  const after = rows.length - first - ROWS;
  return [
    ...(first > 0 ? [{ kind: 'left-out', text: `${first} rows before` } as const] : []),
    ...rows.slice(first, first + ROWS),
    ...(after > 0 ? [{ kind: 'left-out', text: `${after} rows after` } as const] : []),
  ];
}

function silence(before: Row | undefined, row: Row): Markup | undefined {
  if (before?.kind !== 'event' || row.kind !== 'event') return undefined;
  const gapMs = row.event.atMs - before.event.atMs;
  return gapMs < SILENCE_MS ? undefined : html`<li class="gap"><span>${(gapMs / 1_000).toFixed(1)} s</span></li>`;
}

function showRow(row: Row, trace: Trace, at: number | undefined): Markup {
  if (row.kind === 'left-out') return html`<li class="gap"><span>${row.text}</span></li>`;
  const { event, position } = row;
  const seconds = ((event.atMs - trace.startedAtMs) / 1_000).toFixed(3);
  const sender = senderOf(event);
  const colour = event.conn === 0 ? 'none' : String(((event.conn - 1) % COLOURS) + 1);
  const here = position === at ? ' here' : '';
  const spoken = sender === undefined ? '' : `${sender}: `;
  const conn = event.conn === 0 ? '' : `#${event.conn}`;
  const mark = here === '' ? undefined : html`<strong class="mark">here</strong> `;
  return html`<li class="${sender ?? 'aside'} ${event.kind} c${colour}${here}"><time>${seconds}</time><span class="conn">${conn}</span><span class="lane"><span class="text">${mark}<span class="sr">${spoken}</span>${words(event)}</span></span></li>`;
}

/** The first word is what it is, the rest are its fields. */
function words(event: TraceEvent): Markup {
  const text = shortened(eventText(event), TEXT_LIMIT);
  const space = text.indexOf(' ');
  if (senderOf(event) === undefined || space < 0) return html`${text}`;
  return html`<b>${text.slice(0, space)}</b> ${text.slice(space + 1)}`;
}
