/** The style of report.html. */

/**
 * Distinguishable from each other in light and dark mode; after Observable's categorical palette.
 */
const mapColors = [
  "#4269d0",
  "#efb118",
  "#ff725c",
  "#3ca951",
  "#ff8ab7",
  "#a463f2",
  "#0fa3b1",
  "#9c6b4e",
  "#97bbf5",
  "#8a9a00",
];

/** Follows the reader's color scheme; every color is a custom property. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ink: #1f2328; --quiet: #59636e; --paper: #ffffff; --rule: #d8dee4; --card: #f6f8fa;
  --faint: #c4ccd4; --s0: #0969da; --s1: #bc4c00; --s2: #1a7f37; --s3: #8250df;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6edf3; --quiet: #9198a1; --paper: #0d1117; --rule: #30363d; --card: #151b23;
    --faint: #59626d; --s0: #58a6ff; --s1: #f0883e; --s2: #56d364; --s3: #bc8cff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 1120px; padding: 24px 20px 60px;
  background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 36px 0 10px; }
header p, .note, dt { color: var(--quiet); }
a { color: var(--s0); }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0 0; }
.figures div {
  background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 18px;
}
.figures dd { margin: 0; font-size: 24px; font-variant-numeric: tabular-nums; }
.figures div:first-child dd { font-weight: 650; }
.scroll { overflow-x: auto; }
.metrics { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.metrics td, .metrics th {
  padding: 6px 16px; border-bottom: 1px solid var(--rule); text-align: right; font-weight: 400;
}
.metrics thead th { color: var(--quiet); }
.metrics th[scope=row] { text-align: left; padding-left: 0; }
.metrics tbody tr:last-child > * { font-weight: 650; }
@media (max-width: 600px) { .metrics td, .metrics th { padding: 6px 5px; font-size: 14px; } }
.charts {
  display: grid; gap: 20px 28px;
  grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr));
}
.single { max-width: 560px; }
figure { margin: 0; }
figcaption {
  display: flex; flex-wrap: wrap; gap: 4px 16px; font-weight: 600; margin-bottom: 4px;
}
.legend { display: flex; flex-wrap: wrap; gap: 12px; font-weight: 400; color: var(--quiet); }
.key::before {
  content: ""; display: inline-block; width: 14px; height: 3px; margin: 0 6px 4px 0;
  background: var(--c);
}
svg { max-width: 100%; height: auto; display: block; }
.chart { width: 100%; }
.wide svg { width: 900px; min-width: 620px; }
.line { fill: none; stroke: var(--c); stroke-width: 1.8; stroke-linejoin: round; }
.dot { fill: var(--c); }
.series-0 { --c: var(--s0); }
.series-1 { --c: var(--s1); }
.series-2 { --c: var(--s2); }
.series-3 { --c: var(--s3); }
.grid { stroke: var(--rule); }
.reference { stroke: var(--quiet); stroke-dasharray: 5 4; }
.maps { grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr)); }
.map { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; }
.maps .legend { gap: 4px 14px; margin-top: 8px; }
.spot { fill: none; stroke: var(--c); stroke-width: 6; stroke-linecap: round; }
.spot.spot-other { stroke-width: 3.5; }
.spot-key::before {
  content: ""; display: inline-block; width: 10px; height: 10px; margin-right: 6px;
  border-radius: 5px; background: var(--c);
}
.spot-other { --c: var(--faint); }
${mapColors.map((color, group) => `.spot-${group} { --c: ${color}; }`).join("\n")}
.tick { fill: var(--quiet); font-size: 11px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
`;
