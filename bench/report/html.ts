/**
 * The report as one page that needs no network: goals, bars and curves, light and dark as the reader's system has it.
 */
import { median, spreadOf } from '../statistics.ts';
import { ratiosOf } from './bars.ts';
import type { Bars, Curves, Goal, PartReport, Report } from './model.ts';
import { figure, isMet, quartiles } from './text.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1c1f; --dim: #5d646d; --paper: #fbfbf9; --line: #d9dbd6; --bar: #8aa0b8; --own: #1f6feb; --good: #1a7f37; --bad: #c1322b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --dim: #9aa1a9; --paper: #16181b; --line: #33373c; --bar: #52657a; --own: #58a6ff; --good: #4cc36a; --bad: #ff7b72; } }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; border-bottom: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; } td, th { padding: .25rem .6rem .25rem 0; text-align: left; border-bottom: 1px solid var(--line); }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(27rem, 100%), 1fr)); gap: 1rem 2rem; } figure { margin: .8rem 0 0; } figcaption { font-weight: 600; }
svg { width: 100%; max-width: 31rem; height: auto; overflow: visible; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .dim { fill: var(--dim); }
.bar { fill: var(--bar); } .own { fill: var(--own); } .whisker, .axis { stroke: var(--ink); } .axis { stroke: var(--line); } .curve { fill: none; stroke-width: 2; }
`;
/** What is ours stands out. */
const OWN = new Set([
  'reseq',
  'binding',
  'limbs, fill',
  'limbs, one by one',
  'memory',
  'run',
  'all back',
  'jump to 65,534',
  'encode to bytes',
]);
const WIDTH = 460;
const ROW = 24;
const LABEL = 136;
const FIGURES = 140;
const HUES = [212, 28, 140, 320, 55];

export function reportHtml(report: Report): string {
  const goals = report.parts.flatMap((part) => part.goals);
  const about = `Node ${report.node}, ${report.cores} cores of ${report.cpu}, processes ${report.isPinned ? 'pinned' : 'not pinned'}, ${report.startedAt}, ${report.tookS.toFixed(0)} s`;
  const body = [
    '<h1>Reseq: benchmark</h1>',
    `<p class="dim">${escaped(about)}${report.isQuick ? '. Quick: these figures show that the benchmark works, no more.' : ''}</p>`,
    goals.length === 0 ? '' : goalTable(goals),
    ...report.parts.map(partHtml),
  ];
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Reseq: benchmark</title>`;
  return `${head}<style>${STYLE}</style><body>\n${body.join('\n')}\n</body></html>\n`;
}

function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const verdict = isMet(goal) ? '<td class="good">met</td>' : '<td class="bad">missed</td>';
    const unit = escaped(goal.unit);
    return `<tr><td>${escaped(goal.what)}</td><td class="n">${figure(goal.value)} ${unit}</td><td class="n">≤ ${goal.limit} ${unit}</td>${verdict}</tr>`;
  });
  return `<h2>Goals</h2><table><tr><th></th><th>measured</th><th>goal</th><th></th></tr>${rows.join('')}</table>`;
}

function partHtml(part: PartReport): string {
  const plots = [...part.bars.map(barsSvg), ...part.curves.map(curvesSvg)];
  const notes = part.notes.map((note) => `<p class="dim">${escaped(note)}</p>`);
  return `<h2 id="${part.part}">${escaped(part.title)}</h2>${notes.join('')}<div class="plots">${plots.join('')}</div>`;
}

function barsSvg(bars: Bars): string {
  const most = Math.max(...bars.subjects.flatMap(({ values }) => values).filter(Number.isFinite), Number.MIN_VALUE);
  const scale = (value: number): number => ((WIDTH - LABEL - FIGURES) * Math.max(value, 0)) / most;
  const rows = bars.subjects.map(({ name, values }, row) => {
    const y = row * ROW;
    const value = median(values);
    const [low, high] = quartiles(values);
    const ratios = ratiosOf(bars, values);
    const ratio = ratios.length === 0 ? '' : ` (${median(ratios).toFixed(2)}x ±${(spreadOf(ratios) / 2).toFixed(2)})`;
    const middle = y + 12;
    return `<text x="${LABEL - 6}" y="${y + 16}" text-anchor="end">${escaped(name)}</text><rect class="${OWN.has(name) ? 'own' : 'bar'}" x="${LABEL}" y="${y + 4}" width="${at(scale(value))}" height="16" rx="2"/><line class="whisker" x1="${at(LABEL + scale(low))}" x2="${at(LABEL + scale(high))}" y1="${middle}" y2="${middle}"/><text x="${at(LABEL + scale(Math.max(value, high)) + 6)}" y="${y + 16}">${figure(value)}<tspan class="dim">${ratio}</tspan></text>`;
  });
  const height = bars.subjects.length * ROW;
  const caption = `${escaped(bars.title)} <span class="dim">${escaped(bars.unit)}, x ${escaped(bars.reference)}</span>`;
  return `<figure><figcaption>${caption}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(bars.title)}">${rows.join('')}</svg></figure>`;
}

function curvesSvg({ title, xUnit, yUnit, lines }: Curves): string {
  const [height, left, bottom] = [220, 44, 30];
  const points = lines.flatMap((line) => line.points);
  const [mostX, mostY] = [Math.max(...points.map(([x]) => x)), Math.max(...points.map(([, y]) => y))];
  const x = (value: number): string => at(left + ((WIDTH - left - 12) * value) / mostX);
  const y = (value: number): string =>
    at(height - bottom - ((height - bottom - 12 - 16 * lines.length) * value) / mostY);
  const marks = [0, 0.5, 1].map((part) => {
    const line = `<line class="axis" x1="${left}" x2="${WIDTH - 12}" y1="${y(part * mostY)}" y2="${y(part * mostY)}"/>`;
    return `${line}<text class="dim" x="${left - 6}" y="${y(part * mostY)}" text-anchor="end" dy="4">${figure(part * mostY)}</text>`;
  });
  const xs = [...new Set(points.map(([value]) => value))];
  const ticks = xs.map(
    (value) => `<text class="dim" x="${x(value)}" y="${height - 10}" text-anchor="middle">${value / 1_000}k</text>`,
  );
  const drawn = lines.map(({ name, points: own }, k) => {
    const stroke = `hsl(${HUES[k % HUES.length]} 65% 52%)`;
    const path = own.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
    const dots = own.map(([px, py]) => `<circle cx="${x(px)}" cy="${y(py)}" r="3" fill="${stroke}"/>`).join('');
    return `<polyline class="curve" stroke="${stroke}" points="${path}"/>${dots}<text x="${left + 8}" y="${16 + 16 * k}" style="fill: ${stroke}">${escaped(name)}</text>`;
  });
  const caption = `${escaped(title)} <span class="dim">${escaped(yUnit)} over ${escaped(xUnit)}</span>`;
  return `<figure><figcaption>${caption}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">${marks.join('')}${ticks.join('')}${drawn.join('')}</svg></figure>`;
}

function at(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
