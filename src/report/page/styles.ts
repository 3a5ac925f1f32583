/** The style sheet of a report: one accent colour, light and dark, for screens, phones and paper. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #fcfcfa; --panel: #f4f5f2; --text: #1c2422; --muted: #56625e; --line: #e2e6e2; --faint: #c3cbc6;
  --accent: #0b6b63; --accent-soft: #b4d9d3; --accent-tint: #e2f1ee; --warning: #8a4b08; --warning-tint: #faeedd;
  --series-1: #0b6b63; --series-2: #c2570c; --series-3: #5046b8; --series-4: #a8286f; --series-5: #5b6770;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #121716; --panel: #1a2120; --text: #e6ebe9; --muted: #9fada8; --line: #2a3331; --faint: #4a5653;
    --accent: #5fc9bc; --accent-soft: #23564f; --accent-tint: #173b37; --warning: #eab676; --warning-tint: #3a2a14;
    --series-1: #5fc9bc; --series-2: #f2a25c; --series-3: #a9adf8; --series-4: #f08cc0; --series-5: #a8b3bb;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--page); color: var(--text); line-height: 1.6;
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
header, main, footer { max-width: 48rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3.5rem; }
main > section { margin-top: 4rem; }
h1, h2, h3 { line-height: 1.25; font-weight: 650; letter-spacing: -0.015em; margin: 0; text-wrap: balance; }
h1 { font-size: 2.25rem; }
h2 { font-size: 1.5rem; }
h3 { font-size: 1.125rem; margin-top: 3rem; }
p { margin: 0.75rem 0; max-width: 42rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--page); padding: 0.5rem 1rem; }
.eyebrow { color: var(--muted); font-size: 0.875rem; margin: 0 0 0.5rem; }
.lead { color: var(--muted); font-size: 1.0625rem; margin: 0.75rem 0 0; }
.quiet { color: var(--muted); font-size: 0.9375rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1px; margin: 2.25rem 0 0;
  background: var(--line); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.figures > div { flex: 1 1 22%; background: var(--page); padding: 1.1rem 1.25rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.figures.of-3 > div { flex-basis: 30%; }
.figures.of-5 > div { flex-basis: 17%; }
.figures dt { color: var(--muted); font-size: 0.875rem; }
.figures dd { margin: 0; font-size: 1.5rem; font-weight: 600; letter-spacing: -0.02em; line-height: 1.3; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figures .key dd { color: var(--accent); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 2rem 0 0; font-size: 0.9375rem; }
.findings { list-style: none; padding: 0; margin: 1.25rem 0 0; }
.findings li { border-left: 3px solid var(--accent-soft); margin: 0 0 0.75rem; padding: 0.35rem 0 0.35rem 1.25rem; }
.findings li.warning { border-color: var(--warning); }
.findings p { margin: 0; }
.findings .why { color: var(--muted); font-size: 0.875rem; margin-top: 0.15rem; }
.of { color: var(--muted); font-weight: 600; margin-right: 0.5em; }
.of::after { content: ":"; }
.tag { display: inline-block; font-size: 0.75rem; font-weight: 600; padding: 0 0.5em; border-radius: 4px; margin-right: 0.5em;
  background: var(--warning-tint); color: var(--warning); }
figure { margin: 2.25rem 0 0; }
h2 + figure, h3 + figure { margin-top: 1.25rem; }
h3 + figure > figcaption strong { font-size: 0.9375rem; }
figcaption strong { display: block; font-weight: 600; }
figcaption span { color: var(--muted); font-size: 0.9375rem; display: block; max-width: 42rem; }
.plot { margin-top: 0.75rem; }
.plot svg { display: block; width: 100%; height: auto; overflow: visible; font-size: 12px; font-family: inherit; color: var(--text); }
.narrow { display: none; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; margin: 0.75rem 0 0; font-size: 0.875rem; color: var(--muted); }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 2px; margin-right: 0.45em; vertical-align: -0.05em; background: var(--accent); }
.swatch.soft { background: var(--accent-soft); }
.swatch.faint { background: var(--faint); }
.swatch.series-1 { background: var(--series-1); }
.swatch.series-2 { background: var(--series-2); }
.swatch.series-3 { background: var(--series-3); }
.swatch.series-4 { background: var(--series-4); }
.swatch.series-5 { background: var(--series-5); }
.swatch.line { height: 3px; vertical-align: 0.25em; width: 1.1em; }
details { margin-top: 0.75rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.875rem; width: fit-content; }
.scrolls { overflow-x: auto; margin-top: 0.75rem; }
table { border-collapse: collapse; font-size: 0.875rem; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: right; padding: 0.45rem 0.75rem; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; white-space: nowrap; }
thead th { color: var(--muted); font-weight: 500; }
th:first-child { text-align: left; padding-left: 0; }
td:last-child, thead th:last-child { padding-right: 0; }
table.ranked th:first-child { width: 3.25rem; min-width: 3.25rem; }
small { color: var(--muted); font-size: 0.8125rem; }
table.facts { table-layout: fixed; margin-top: 1rem; }
table.facts th { color: var(--muted); width: 11rem; white-space: normal; }
table.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; padding-right: 0; }
table.words thead th { text-align: left; }
table.words td { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
table.words th { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
.passages { list-style: none; padding: 0; margin: 1.25rem 0 0; display: grid; gap: 0.75rem; }
.passages li { background: var(--panel); border-radius: 10px; padding: 1rem 1.25rem 1.1rem; }
.passages p { margin: 0; font-family: ui-serif, Georgia, "Times New Roman", serif; font-size: 1.0625rem; line-height: 1.65; unicode-bidi: isolate; max-width: none; }
.passages .place { font-family: inherit; font-size: 0.8125rem; color: var(--muted); margin-bottom: 0.35rem; line-height: 1.5; }
del { color: var(--muted); text-decoration: line-through; text-decoration-thickness: 1.5px; }
ins { background: var(--accent-tint); color: var(--accent); text-decoration: none; font-weight: 600; border-radius: 4px; padding: 0.05em 0.25em; margin: 0 0.1em; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.875em; }
bdi { unicode-bidi: isolate; }
footer { margin-top: 5rem; padding-top: 1.5rem; padding-bottom: 3rem; color: var(--muted); font-size: 0.875rem; }
footer p { border-top: 1px solid var(--line); padding-top: 1.25rem; max-width: none; }
@media (max-width: 44rem) {
  header, main, footer { padding-left: 1.125rem; padding-right: 1.125rem; }
  header { padding-top: 2rem; }
  main > section { margin-top: 3rem; }
  h1 { font-size: 1.75rem; }
  .figures > div, .figures.of-3 > div, .figures.of-5 > div { padding: 0.8rem 1rem; flex-basis: 40%; }
  .figures dd { font-size: 1.3125rem; }
  .wide { display: none; }
  .narrow { display: block; }
  table.facts th { width: 8rem; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --panel: #f6f6f4; --text: #000; --muted: #444; --line: #ddd; --faint: #bbb;
    --accent: #0b6b63; --accent-soft: #b4d9d3; --accent-tint: #e2f1ee; --warning: #8a4b08; --warning-tint: #faeedd;
    --series-1: #0b6b63; --series-2: #c2570c; --series-3: #5046b8; --series-4: #a8286f; --series-5: #5b6770; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 10pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  nav, .skip, summary { display: none; }
  .wide { display: block; }
  .narrow { display: none; }
  figure, .passages li, .findings li, tr { break-inside: avoid; }
  h2, h3, figcaption { break-after: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; opacity: 1; }
}
`;
