import {
  formatBytes,
  formatCount,
  formatCounted,
  formatSeconds,
  formatShare,
  formatTokenRate,
} from '../format-quantity.ts';
import { renderFigure, renderTable } from './figure.ts';
import { type Content, html, type Markup } from './html.ts';
import { renderPassages } from './passages.ts';
import { histogramFigure } from './probability-figure.ts';
import { renderProblems } from './problems.ts';
import type { RunData } from './report-data.ts';
import { sweepFigure, sweepMatrix } from './sweep-figure.ts';
import { stagesFigure, throughputFigure } from './throughput-figures.ts';

/** A part of what is shown of a run. */
export interface RunPart {
  readonly id: string;
  readonly title: string;
  readonly body: readonly Content[];
}

/** The parts that there is something to show for, in order. `id` begins the ids of all. */
export function sectionsOf(run: RunData, id: string): readonly RunPart[] {
  const parts: readonly RunPart[] = [
    { id: `${id}-probabilities`, title: 'Probabilities', body: probabilities(run, id) },
    { id: `${id}-settings`, title: 'Settings', body: settings(run, id) },
    { id: `${id}-passages`, title: 'Edited passages', body: renderPassages(run) },
    { id: `${id}-problems`, title: 'Bad rows and files', body: renderProblems(run) },
    { id: `${id}-time`, title: 'Throughput', body: throughput(run, id) },
    { id: `${id}-summary`, title: 'The run', body: summary(run) },
  ];
  return parts.filter(({ body }) => body.some((content) => content !== null));
}

/** What is shown of a run: of one alone each part is a section of the page. */
export function renderRun(
  run: RunData,
  { id, isAlone }: { readonly id: string; readonly isAlone: boolean },
): Markup {
  const parts = sectionsOf(run, id).map((part) => renderPart(part, isAlone));
  if (isAlone) return html`${parts}`;
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><bdi>${run.name}</bdi></h2>
${keyFigures(run)}
${parts}
</section>`;
}

function renderPart({ id, title, body }: RunPart, isAlone: boolean): Markup {
  if (!isAlone)
    return html`<div id="${id}"><h3>${title}</h3>${body}</div>
`;
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>
`;
}

/** The few numbers that a run is judged by. */
export function keyFigures({ command, counts, throughput: time }: RunData): Markup {
  const { tokens, eligible, changed, rows, textBytes } = counts;
  const figures: readonly (readonly [string, string])[] = [
    ...(command === 'score' ? [] : [['tokens changed', precise(changed, tokens)] as const]),
    ['tokens', formatCount(tokens)],
    ...(command === 'score'
      ? []
      : [
          ['eligible', precise(eligible, tokens)] as const,
          ['changed', formatCount(changed)] as const,
        ]),
    ['rows', formatCount(rows)],
    ['of text', formatBytes(textBytes)],
    ...(time === null || time.tokens === 0 ? [] : ratesOf(time)),
  ];
  const items = figures.map(
    ([label, value], index) =>
      html`<div class="${index === 0 ? 'key' : 'other'}"><dt>${label}</dt><dd>${value}</dd></div>`,
  );
  // As many in each line: five stand beside one another, six in two lines of three.
  const inLine = figures.length <= 5 ? figures.length : figures.length <= 6 ? 3 : 4;
  return html`<dl class="figures of-${inLine}">${items}</dl>`;
}

function ratesOf({ tokens, seconds }: NonNullable<RunData['throughput']>) {
  return [
    ['tokens/s', formatCount(tokens / seconds)],
    ['at work', formatSeconds(seconds)],
  ] as const;
}

function precise(part: number, whole: number): string {
  return formatShare(part, whole, part < 0.001 * whole ? 3 : 2);
}

function probabilities({ histogram, command }: RunData, id: string): readonly Content[] {
  const { before, omitted } = histogram;
  if (before !== null) {
    return [renderFigure(histogramFigure(`${id}-histogram`, { ...histogram, before }))];
  }
  if (omitted === 0 || command === 'resample') return [];
  return [
    html`<p class="quiet">The probabilities of ${formatCounted(omitted, 'token')} below the threshold were not computed: an edit does not need
them. With <code>--scores all</code> it computes all, and they are shown here.</p>`,
  ];
}

function settings({ sweep, histogram, command }: RunData, id: string): readonly Content[] {
  if (sweep === null || sweep.settings.length === 0) return [];
  const own = command === 'score' ? undefined : histogram.after?.setting;
  return [
    renderFigure(sweepFigure(`${id}-sweep`, sweep, own)),
    renderTable(sweepMatrix(sweep)),
    ...(sweep.wanted?.unreachable ?? []).map(
      ({
        threshold,
        topK,
        mostShare,
      }) => html`<p class="quiet">P ≥ ${threshold} with ${formatCounted(topK, 'candidate')} comes to
${formatShare(mostShare, 1, 3)} at most, at any temperature.</p>`,
    ),
  ];
}

function throughput({ throughput: time }: RunData, id: string): readonly Content[] {
  if (time === null || time.tokens === 0) return [];
  return [
    renderFigure(throughputFigure(`${id}-throughput`, time)),
    renderFigure(stagesFigure(`${id}-stages`, time)),
    html`<p class="quiet">Peak memory ${formatBytes(time.peakRssBytes)}; the longest stall of a worker ${formatCount(time.longestStallMs)} ms;
${formatTokenRate(time.tokens / time.workerSeconds)} by worker.</p>`,
  ];
}

function summary(run: RunData): readonly Content[] {
  const notes = run.notes.map((note) => html`<p class="quiet">${note}</p>`);
  const options = factTable('The options', optionFacts(run));
  return [
    ...notes,
    factTable('The run', factsOf(run)),
    html`<details><summary>All options</summary>${options}</details>`,
  ];
}

function factTable(label: string, facts: readonly (readonly [string, string])[]): Markup {
  const rows = facts.map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td><bdi>${value}</bdi></td></tr>`,
  );
  return html`<table class="facts" aria-label="${label}"><tbody>${rows}</tbody></table>`;
}

function factsOf(run: RunData): readonly (readonly [string, string])[] {
  const { files, counts, prior } = run;
  const { drawn, deleted, refusedUtf8, refusedSpecial, smallestMargin } = counts;
  return [
    ['Command', `toedit ${run.command}, version ${run.version}`],
    ['Planned', run.plannedAt],
    ['Output', run.output],
    ['Run', run.id],
    ['Prior', `${prior.name}, ${prior.modelFile}, ${prior.precision}, ${prior.device}`],
    ['Model SHA-256', prior.modelFingerprint],
    ['Tokenizer SHA-256', prior.tokenizerFingerprint],
    [
      'Files',
      `${formatCount(files.done)} done, ${formatCount(files.failed)} failed, ${formatCount(files.pending)} pending, ${formatCount(files.skipped)} left out`,
    ],
    ['Scored tokens', formatCount(counts.scoredTokens)],
    ...(run.command === 'score'
      ? []
      : [
          [
            'Draws',
            `${formatCount(drawn)}; refused: ${formatCount(refusedUtf8)} UTF-8, ${formatCount(refusedSpecial)} special tokens`,
          ] as const,
          ['Deleted tokens', formatCount(deleted)] as const,
        ]),
    ...(smallestMargin === null
      ? []
      : [['Least margin', `${smallestMargin.toExponential(2)} of log P`] as const]),
  ];
}

function optionFacts({ options }: RunData): readonly (readonly [string, string])[] {
  const given = Object.entries(options).filter(([, value]) => value !== null);
  return given.map(([name, value]) => [name, String(value)] as const);
}
