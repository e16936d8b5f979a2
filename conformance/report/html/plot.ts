/** A timing plot as inline SVG: when each value came, beside the pace that the server has declared. */

import { type Stream, streamsOf } from '../../streams.ts';
import type { Trace } from '../../trace.ts';
import { COLOURS } from './diagram.ts';
import { html, type Markup } from './markup.ts';

const WIDTH = 720;
const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 40;
const TICKS = 6;
/** Fewer values have no pace. */
const MIN_VALUES = 3;
/** Points of one stream; more would only cover each other. */
const MAX_POINTS = 240;

interface Scale {
  x(ms: number): number;
  y(index: number): number;
}

/** Undefined when too few values came to say anything about a pace. */
export function plot(trace: Trace): Markup | undefined {
  const streams = streamsOf(trace).filter(({ values }) => values.length > 0);
  if (!streams.some(({ values }) => values.length >= MIN_VALUES)) return undefined;
  const values = streams.flatMap((stream) => stream.values);
  const lastMs = Math.max(1, ...values.map(({ atMs }) => atMs - trace.startedAtMs));
  const dropsMs = streams.flatMap(({ droppedAtMs }) =>
    droppedAtMs === undefined ? [] : droppedAtMs - trace.startedAtMs,
  );
  // What came too fast is seen beside the pace that it should have had; a drop comes after the last value.
  const idealsMs = streams.map((stream) => Math.min(2 * lastMs, idealEndMs(stream, trace)));
  const endMs = Math.max(lastMs, ...idealsMs, ...dropsMs);
  const low = Math.min(...values.map(({ index }) => index));
  const high = Math.max(low + 1, ...values.map(({ index }) => index));
  const scale: Scale = {
    x: (ms) => round(LEFT + (ms / endMs) * (WIDTH - LEFT - RIGHT)),
    y: (index) => round(HEIGHT - BOTTOM - ((index - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)),
  };
  const cuts = streams.flatMap((stream) => cut(stream, trace, scale) ?? []);
  const label = `Arrival of the values of ${trace.scenario}/${trace.caseId}: index against seconds`;
  return html`<figure class="plot"><div class="scroll" tabindex="0" role="group" aria-label="Timing plot, can be scrolled"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${label}">
${axes(scale, endMs, low, high)}
${streams.map((stream) => ideal(stream, trace, scale, endMs))}
${cuts}
${streams.map((stream) => points(stream, trace, scale))}
</svg></div><figcaption>Dots: when each value came. Dashed: the pace of the declared interval, from the first value of each stream.${cuts.length === 0 ? '' : ' Thin upright lines: drops.'}</figcaption></figure>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** 1, 2 or 5 times a power of ten, so that at most `TICKS` of them fit. */
function step(range: number, atLeast: number): number {
  const raw = Math.max(range / TICKS, atLeast);
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? 10 * power;
}

function ticks(low: number, high: number, size: number): number[] {
  const first = Math.ceil(low / size);
  return Array.from({ length: Math.floor(high / size) - first + 1 }, (_, i) => (first + i) * size);
}

function axes(scale: Scale, endMs: number, low: number, high: number): Markup {
  const [x0, y0] = [LEFT, HEIGHT - BOTTOM];
  const seconds = step(endMs / 1_000, 0.001);
  const across = ticks(0, endMs / 1_000, seconds).map((s) => {
    const x = scale.x(s * 1_000);
    return html`<path class="grid" d="M${x} ${TOP}V${y0}"/><text x="${x}" y="${y0 + 16}" text-anchor="middle">${Number(s.toFixed(3))}</text>`;
  });
  const up = ticks(low, high, step(high - low, 1)).map((index) => {
    const y = scale.y(index);
    return html`<path class="grid" d="M${x0} ${y}H${WIDTH - RIGHT}"/><text x="${x0 - 8}" y="${y + 4}" text-anchor="end">${index}</text>`;
  });
  return html`${across}${up}<path class="axis" d="M${x0} ${TOP}V${y0}H${WIDTH - RIGHT}"/><text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">seconds</text><text x="${x0}" y="${HEIGHT - 6}">up: index</text>`;
}

function idealEndMs({ values, opened }: Stream, trace: Trace): number {
  const [first] = values;
  const last = values.at(-1);
  if (first === undefined || last === undefined) return 0;
  return first.atMs - trace.startedAtMs + (last.index - first.index) * (opened?.intervalMs ?? 0);
}

function colourOf({ conn }: Stream): number {
  return ((conn - 1) % COLOURS) + 1;
}

function ideal(stream: Stream, trace: Trace, scale: Scale, endMs: number): Markup | undefined {
  const [first] = stream.values;
  const last = stream.values.at(-1);
  const intervalMs = stream.opened?.intervalMs ?? 0;
  if (first === undefined || last === undefined || intervalMs <= 0 || stream.values.length < MIN_VALUES)
    return undefined;
  const startMs = first.atMs - trace.startedAtMs;
  const steps = Math.max(0, Math.min((endMs - startMs) / intervalMs, last.index - first.index));
  const [x1, y1] = [scale.x(startMs), scale.y(first.index)];
  const [x2, y2] = [scale.x(startMs + steps * intervalMs), scale.y(first.index + steps)];
  return html`<path class="ideal c${colourOf(stream)}" d="M${x1} ${y1}L${x2} ${y2}"/>`;
}

function points(stream: Stream, trace: Trace, scale: Scale): Markup {
  const every = Math.ceil(stream.values.length / MAX_POINTS);
  const shown = stream.values.filter((_, i) => i % every === 0 || i === stream.values.length - 1);
  const dots = shown.map(({ atMs, index }) => html`M${scale.x(atMs - trace.startedAtMs)} ${scale.y(index)}h0`);
  return html`<path class="dots c${colourOf(stream)}" d="${dots}"/>`;
}

/** Where the suite has dropped the stream. */
function cut(stream: Stream, trace: Trace, scale: Scale): Markup | undefined {
  if (stream.droppedAtMs === undefined) return undefined;
  const x = scale.x(stream.droppedAtMs - trace.startedAtMs);
  return html`<path class="cut c${colourOf(stream)}" d="M${x} ${TOP}V${HEIGHT - BOTTOM}"/>`;
}
