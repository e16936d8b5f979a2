/** The page's style: light and dark as the reader's system says, narrow and wide, and on paper. */

const COLOURS = `
:root {
  --bg: #f6f7f9; --card: #ffffff; --ink: #171b22; --quiet: #586172; --line: #dde1e8; --soft: #eef0f4; --accent: #0b5cad;
  --good: #1a7f4b; --bad: #c22f3d; --warn: #9a6400; --none: #66707f; --blocked: #6d48b5; --info: #0b5cad; --hit: #fff3d1; --shadow: 0 1px 2px #0001, 0 4px 16px #0000000d;
  --c1: #0b5cad; --c2: #8b3fc0; --c3: #0d7d73; --c4: #b3541e; --c5: #a3246b; --c6: #4d6a13;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0f1217; --card: #181c23; --ink: #e7eaf0; --quiet: #9aa4b5; --line: #2b313c; --soft: #20252e; --accent: #7ab7ff;
    --good: #4cc38a; --bad: #ff7c84; --warn: #e6b450; --none: #98a2b3; --blocked: #b99cff; --info: #7ab7ff; --hit: #3a3118; --shadow: none;
    --c1: #7ab7ff; --c2: #cf9bff; --c3: #4fd1c1; --c4: #ff9f68; --c5: #ff8ac4; --c6: #b5d36a;
  }
}
`;

const BASE = `
*, *::before, *::after { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
main, .top, .end { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
h1, h2, h4, p, ul, ol, dl, dd, figure, pre { margin: 0; padding: 0; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .8rem; letter-spacing: -.01em; }
h4 { font-size: .9rem; margin: 1.1rem 0 .4rem; font-family: var(--mono); }
:root { --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 1; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--quiet); font-size: .87em; }
.id, code, pre { font-family: var(--mono); font-size: .92em; }
.message, pre, .text, .target, .remark { unicode-bidi: isolate; }
pre { white-space: pre-wrap; }
.end { color: var(--quiet); font-size: .85rem; padding-top: 2.5rem; padding-bottom: 3rem; }
`;

const TOP = `
.top { padding-top: 36px; }
.brand { color: var(--quiet); font-size: .85rem; font-weight: 600; letter-spacing: .04em; }
h1 { font-size: clamp(1.7rem, 5vw, 2.5rem); line-height: 1.15; letter-spacing: -.025em; margin: .3rem 0 .2rem; display: flex; align-items: center; gap: .45em; }
.sign { flex: none; display: inline-grid; place-items: center; width: 1.25em; height: 1.25em; border-radius: 50%; color: var(--card); font-size: .82em; line-height: 1; }
.e0 .sign { background: var(--good); } .e1 .sign { background: var(--bad); } .e3 .sign { background: var(--none); }
.target { font-family: var(--mono); font-size: 1.02rem; color: var(--quiet); }
.remark { margin-top: .8rem; padding: .6rem .9rem; background: var(--hit); border-radius: 8px; white-space: pre-wrap; }
.tiles { display: grid; grid-template-columns: minmax(130px, 1fr) minmax(130px, 1fr) minmax(0, 4fr); gap: 14px; margin-top: 1.5rem; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px; box-shadow: var(--shadow); }
.label { color: var(--quiet); font-size: .8rem; font-weight: 600; }
.figure { font-size: 1.9rem; font-weight: 650; line-height: 1.2; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tile.broken .figure { color: var(--bad); } .tile.unfollowed .figure { color: var(--warn); } .of { color: var(--quiet); font-weight: 400; font-size: .6em; }
.bar { display: block; margin: .6rem 0 .7rem; border-radius: 5px; background: var(--soft); }
.bar rect { fill: var(--v); stroke: var(--card); stroke-width: 1; } .bar .v-UNSUPPORTED { fill-opacity: .5; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; font-variant-numeric: tabular-nums; }
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin-top: 1.1rem; font-size: .87rem; }
dt { color: var(--quiet); font-size: .78rem; } .facts dd { font-variant-numeric: tabular-nums; }
@media (max-width: 760px) { main, .top, .end { padding-left: 14px; padding-right: 14px; } .tiles { grid-template-columns: 1fr 1fr; } .tile.wide { grid-column: 1 / -1; } }
`;

const VERDICT = `
.v-PASS { --v: var(--good); } .v-FAIL, .v-STALE, .v-ERROR { --v: var(--bad); } .v-WARN, .v-KNOWN, .v-INCONCLUSIVE { --v: var(--warn); }
.v-BLOCKED { --v: var(--blocked); } .v-UNSUPPORTED { --v: var(--none); } .v-INFO { --v: var(--info); }
.chip { display: inline-block; padding: .1em .6em; border-radius: 99px; font: 600 .74rem/1.5 system-ui, sans-serif; letter-spacing: .02em; color: var(--v); background: color-mix(in srgb, var(--v) 13%, transparent); border: 1px solid color-mix(in srgb, var(--v) 30%, transparent); white-space: nowrap; }
`;

const CARDS = `
.empty { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px; color: var(--quiet); }
.card { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--v); border-radius: 12px; padding: 0 18px; margin-bottom: 12px; box-shadow: var(--shadow); }
.card[open] { padding-bottom: 18px; }
summary { cursor: pointer; padding: 12px 0; }
.card summary .id { font-weight: 650; margin: 0 .3rem; } .card summary .message { color: var(--quiet); }
.rule { border-left: 3px solid var(--line); padding: .1rem 0 .1rem .8rem; margin: .25rem 0 .6rem; }
.level { font-size: .72rem; font-weight: 650; color: var(--quiet); letter-spacing: .03em; }
.outcome { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; margin: .8rem 0; }
.outcome > div { background: var(--soft); border-radius: 8px; padding: .5rem .8rem .6rem; min-width: 0; border-top: 3px solid var(--good); } .outcome > .actual { border-top-color: var(--bad); }
.outcome pre { max-height: 24em; overflow-y: auto; }
.outcome > :only-child { grid-column: 1 / -1; }
.diagnosis { background: var(--hit); border-radius: 8px; padding: .6rem .9rem; margin: .8rem 0; } :is(.diagnosis, .extent, .schedule) strong { margin-right: .4rem; }
.reproduce { margin: .8rem 0; } .reproduce code { display: block; background: var(--soft); border-radius: 8px; padding: .55rem .8rem; user-select: all; }
.scenario { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0 16px; margin-bottom: 8px; } .scenario[open] { padding-bottom: 14px; }
.scenario > summary .id { font-weight: 600; margin-right: .5rem; }
.checks { list-style: none; display: grid; gap: .5rem; margin: .2rem 0 .8rem; } .checks .id { margin: 0 .35rem; }
.checks li:target, tr:target, .card:target, .diagnosis:target { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 6px; }
.case { border-top: 1px solid var(--line); } .case > summary .id { margin-right: .5rem; }
@media (max-width: 760px) { .outcome { grid-template-columns: 1fr; } .card { padding: 0 12px; } }
`;

const TABLE = `
.composition { color: var(--quiet); margin-bottom: .7rem; }
.filter { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin-bottom: .8rem; }
.filter label { font-weight: 600; font-size: .87rem; } .filter input { flex: 1 1 200px; min-width: 0; font: inherit; padding: .4rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: inherit; }
.filter span { display: inline-flex; flex-wrap: wrap; gap: .3rem; } .filter button { cursor: pointer; padding: .3em .8em; } .filter button[aria-pressed=false] { opacity: .6; background: none; text-decoration: line-through; }
.filter output { color: var(--quiet); font-size: .87rem; }
.requirements { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.requirements th, .requirements td { text-align: left; vertical-align: top; padding: .6rem .8rem; border-top: 1px solid var(--line); font-weight: 400; }
.requirements thead th { border-top: 0; background: var(--soft); font-size: .8rem; font-weight: 600; color: var(--quiet); }
.requirements th { white-space: nowrap; } .requirements tbody th { font-family: var(--mono); font-size: .88em; } .requirements tbody th .level { display: block; font-family: system-ui, sans-serif; }
.requirements td:last-child { font-family: var(--mono); font-size: .82em; width: 27%; }
.plain { list-style: none; display: grid; gap: .25rem; } tr[hidden] { display: none; }
@media (max-width: 760px) {
  .requirements thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .requirements, .requirements tbody { display: block; }
  .requirements tr:not([hidden]) { display: grid; grid-template-columns: 1fr auto; border-top: 1px solid var(--line); padding: .5rem 0; }
  .requirements th, .requirements td { border: 0; padding: .2rem .8rem; } .requirements tbody th .level { display: inline; margin-left: .4rem; }
  .requirements td:nth-child(n+3) { grid-column: 1 / -1; width: auto; }
}
`;

const LADDER = `
.c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .cnone { --c: var(--none); }
.ladder { font-size: .82rem; max-width: 860px; }
.ends { display: flex; justify-content: space-between; padding-left: 92px; font-weight: 650; color: var(--quiet); font-size: .78rem; }
.ladder ol { list-style: none; }
.ladder li { display: grid; grid-template-columns: 58px 26px minmax(0, 1fr); gap: 4px; align-items: stretch; }
.ladder time { color: var(--quiet); text-align: right; font-variant-numeric: tabular-nums; padding-top: 2px; }
.conn { color: var(--c); font-weight: 650; padding-top: 2px; }
.lane { position: relative; display: block; border-left: 2px solid var(--line); border-right: 2px solid var(--line); padding: 2px 14px 8px; min-height: 28px; }
.text { display: block; font-family: var(--mono); font-size: .94em; line-height: 1.4; }
.text b { color: var(--c); }
.client .lane::after, .server .lane::after { content: ""; position: absolute; left: 4px; right: 4px; bottom: 4px; height: 2px; background: var(--c); }
.client .lane::before, .server .lane::before { content: ""; position: absolute; bottom: 0; border: 5px solid transparent; }
.client .lane::before { right: 1px; border-left: 8px solid var(--c); border-right-width: 0; }
.server .lane::before { left: 1px; border-right: 8px solid var(--c); border-left-width: 0; }
.server .text { text-align: right; } .aside .text { text-align: center; color: var(--quiet); }
.status .lane::after { background: repeating-linear-gradient(90deg, var(--c) 0 6px, transparent 6px 10px); }
.cancel .text, .close .text { color: var(--bad); } .connect .text { color: var(--c); }
.here { background: var(--hit); border-radius: 4px; } .mark { font: 600 .72rem system-ui, sans-serif; background: var(--bad); color: var(--card); border-radius: 99px; padding: .1em .6em; margin-right: .3rem; }
.ladder .gap { display: block; padding-left: 92px; } .gap span { display: block; text-align: center; color: var(--quiet); border-left: 2px dotted var(--line); border-right: 2px dotted var(--line); padding: 3px; font-size: .92em; font-style: italic; }
.plot { margin-top: 1rem; max-width: 860px; } .plot figcaption { color: var(--quiet); font-size: .8rem; }
.scroll { overflow-x: auto; } .plot svg { display: block; max-width: none; }
@media (min-width: 761px) { .plot svg { width: 100%; height: auto; } }
.plot text { fill: var(--quiet); font: 11px system-ui, sans-serif; } .plot path { fill: none; }
.grid { stroke: var(--line); } .axis { stroke: var(--quiet); } .ideal { stroke: var(--c); stroke-dasharray: 5 4; opacity: .75; } .cut { stroke: var(--c); opacity: .55; }
.dots { stroke: var(--c); stroke-width: 6; stroke-linecap: round; }
@media (max-width: 760px) { .ladder li { grid-template-columns: 48px 24px minmax(0, 1fr); } .ends, .ladder .gap { padding-left: 80px; } .lane { padding: 2px 10px 8px; } }
`;

const PAPER = `
@media print {
  body { background: none; font-size: 11px; } .filter, .skip { display: none; } .card, .tile, .scenario { box-shadow: none; }
  .ladder li, .requirements tr, .plot { break-inside: avoid; } h2, h4, summary { break-after: avoid; }
  .chip, .sign, .here, .bar, .client .lane::after, .server .lane::after { print-color-adjust: exact; }
}
`;

export const STYLE = [COLOURS, BASE, TOP, VERDICT, CARDS, TABLE, LADDER, PAPER].join('');
