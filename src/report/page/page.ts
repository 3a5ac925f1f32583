import { version } from '../../version.ts';
import { formatCount } from '../format-quantity.ts';
import { renderAnalysis } from './analysis-section.ts';
import { html, type Markup, trusted } from './html.ts';
import type { Finding, ReportData, RunData } from './report-data.ts';
import { keyFigures, type RunPart, renderRun, sectionsOf } from './run-section.ts';
import { renderSelection } from './selection-section.ts';
import { styles } from './styles.ts';

/** Nothing is fetched and nothing runs, whatever texts there are: only the page's own styles are let in. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/**
 * A report as one HTML page, which needs nothing beside it. The same data give the same page.
 *
 * @param sidecar - the name of the JSON file that holds the data, beside the page.
 */
export function renderPage(data: ReportData, sidecar: string): string {
  const { runs, analyses, selections, findings, writtenAt } = data;
  const all = [...runs, ...analyses, ...selections];
  const name = all.map((each) => each.name).join(', ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="toedit ${version}">
<title>${name}: toedit report</title>
<style>${trusted(styles)}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the findings</a>
${renderHeader(data, name)}
<main>
${renderFindings(findings, all.length > 1)}
${runs.map((run, index) => renderRun(run, { id: `run-${String(index + 1)}`, isAlone: isAlone(data) }))}
${analyses.map((analysis, index) => renderAnalysis(analysis, `analysis-${String(index + 1)}`))}
${selections.map((selection, index) => renderSelection(selection, `selection-${String(index + 1)}`))}
</main>
<footer><p>Written by toedit ${data.version} on <time datetime="${writtenAt}">${dayOf(writtenAt)}</time>. Every number here is in
<a href="./${encodeURIComponent(sidecar)}"><bdi>${sidecar}</bdi></a>. <a href="https://arxiv.org/abs/2412.14689">The method</a>.</p></footer>
</body>
</html>
`;
  return page.markup;
}

/** Of one run the header and the sections are its own; what was measured comes behind it. */
function isAlone({ runs }: ReportData): boolean {
  return runs.length === 1;
}

function dayOf(moment: string): string {
  return `${moment.slice(0, 10)}, ${moment.slice(11, 16)} UTC`;
}

function renderHeader(data: ReportData, name: string): Markup {
  const [first] = data.runs;
  const lead = [
    counted(data.runs.length, 'run', 'runs'),
    counted(data.analyses.length, 'analysis', 'analyses'),
    counted(data.selections.length, 'selection', 'selections'),
  ].flat();
  return html`<header>
<p class="eyebrow">toedit report</p>
<h1><bdi>${name}</bdi></h1>
${isAlone(data) && first !== undefined ? renderLead(first) : html`<p class="lead">${lead.join(', ')}</p>`}
${renderContents(data)}
</header>`;
}

function counted(count: number, one: string, more: string): readonly string[] {
  return count === 0 ? [] : [`${formatCount(count)} ${count === 1 ? one : more}`];
}

function renderLead(run: RunData): Markup {
  return html`<p class="lead">${leadOf(run)}</p>${keyFigures(run)}`;
}

function leadOf({ command, rule, prior }: RunData): Markup {
  const done = {
    edit: 'Edited',
    score: 'Scored',
    resample: 'Edited from scores',
    revert: 'Edits taken back',
  }[command];
  return html`${done} with the prior <bdi>${prior.name}</bdi>${rule === null ? '.' : html`. Rule: ${rule}.`}`;
}

function renderContents(data: ReportData): Markup {
  const entries = data.runs.flatMap((run, index): readonly Pick<RunPart, 'id' | 'title'>[] => {
    const id = `run-${String(index + 1)}`;
    return isAlone(data) ? sectionsOf(run, id) : [{ id, title: run.name }];
  });
  const others = (['analysis', 'selection'] as const).flatMap((kind) =>
    (kind === 'analysis' ? data.analyses : data.selections).map(({ name }, index) => {
      return { id: `${kind}-${String(index + 1)}`, title: name };
    }),
  );
  const items = [{ id: 'findings', title: 'Findings' }, ...entries, ...others].map(
    ({ id, title }) => html`<li><a href="#${id}"><bdi>${title}</bdi></a></li>`,
  );
  return html`<nav aria-label="Contents"><ul>${items}</ul></nav>`;
}

function renderFindings(findings: readonly Finding[], isNamed: boolean): Markup {
  const items = findings.map(
    ({ severity, text, raisedBy, run }) => html`<li class="${severity}">
<p>${severity === 'warning' ? html`<span class="tag">Warning</span>` : null}${isNamed ? html`<span class="of"><bdi>${run}</bdi></span>` : null}${text}</p>
<p class="why">Raised by: ${raisedBy}</p></li>`,
  );
  const none = html`<p>No threshold was met: nothing here asks for your attention.</p>`;
  return html`<section id="findings" aria-labelledby="findings-title">
<h2 id="findings-title">Findings</h2>
${items.length === 0 ? none : html`<ol class="findings" role="list">${items}</ol>`}
</section>`;
}
