import { formatCount, formatShare } from '../format-quantity.ts';
import type { AnalysedSet, AnalysisData } from './analysis-data.ts';
import { renderFigure, renderTable } from './figure.ts';
import { type Content, html, type Markup } from './html.ts';
import { concentrationFigure, decimals, renderBigrams, renderGroups } from './ngram-figures.ts';
import {
  perplexityFigure,
  quantile,
  renderDocuments,
  type ScoredSet,
} from './perplexity-figures.ts';
import { setProbabilitiesFigure } from './probability-figure.ts';

/** What is shown of an analysis; of what it does not hold nothing. */
export function renderAnalysis(analysis: AnalysisData, id: string): Markup {
  const sets = referenceFirst(analysis);
  const scored = sets.flatMap((set): readonly ScoredSet[] =>
    set.scores === null ? [] : [{ ...set, scores: set.scores }],
  );
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><bdi>${analysis.name}</bdi></h2>
${renderSets(sets)}
${renderComparisons(analysis)}
${scored.length === 0 ? null : renderScores(scored, id)}
<h3>N-grams</h3>
${renderFigure(concentrationFigure(`${id}-ngrams`, sets))}
${renderBigrams(sets)}
${renderGroups(sets, `${id}-groups`)}
</section>
`;
}

function renderScores(scored: readonly ScoredSet[], id: string): readonly Content[] {
  return [
    html`<h3>Perplexity</h3>`,
    renderFigure(perplexityFigure(`${id}-perplexity`, scored)),
    ...renderDocuments(scored),
    html`<h3>Probabilities</h3>`,
    renderFigure(setProbabilitiesFigure(`${id}-probabilities`, scored)),
    renderCertainties(scored),
  ];
}

/** What the others are compared with comes first. */
function referenceFirst({ sets, reference }: AnalysisData): readonly AnalysedSet[] {
  const isReference = ({ name }: AnalysedSet): boolean => name === reference;
  return [...sets.filter(isReference), ...sets.filter((set) => !isReference(set))];
}

/** The corpora in one table: what each is. */
function renderSets(sets: readonly AnalysedSet[]): Markup {
  const rows = sets.map(({ name, rows: documents, features, scores }) => [
    ...[name, formatCount(documents), scores === null ? '–' : formatCount(scores.tokens)],
    scores === null ? '–' : quantile(scores, 0.5),
    decimals(scores?.bitsPerByte ?? null, 3),
    ...[features.entropy, features.distinct1].map((value) => decimals(value, 3)),
  ]);
  const headings = [
    ...['corpus', 'rows', 'tokens', 'median perplexity'],
    ...['bits a byte', 'n-gram entropy', 'distinct-1'],
  ];
  return renderTable({ caption: 'The corpora', headings, rows });
}

/** How the probabilities are spread, in numbers. */
function renderCertainties(sets: readonly ScoredSet[]): Markup {
  const masses = sets[0]?.scores.massAtLeast ?? [];
  const caption = 'How certain the prior is';
  const headings = [
    ...['corpus', ...masses.map(({ probability }) => `P ≥ ${String(probability)}`)],
    ...['mean ln P', 'entropy', 'to equal bins'],
  ];
  const rows = sets.map(({ name, scores }) => [
    name,
    ...scores.massAtLeast.map(({ share }) => (share === null ? '–' : formatShare(share, 1))),
    ...[scores.meanLogprob, scores.entropy, scores.totalVariation].map((value) =>
      decimals(value, 3),
    ),
  ]);
  return html`<figure><figcaption><strong>${caption}</strong>
<span>Shares of tokens; the entropy of the ten bins, in nats, and their total variation to equal ones.</span></figcaption>
${renderTable({ caption, headings, rows })}</figure>`;
}

function renderComparisons({ comparisons, reference }: AnalysisData): Content {
  if (comparisons.length === 0) return null;
  const caption = `How each corpus differs from ${reference}`;
  const rows = comparisons.map((each) => [
    each.set,
    ...[each.jensenShannon, each.divergence].map((value) => decimals(value, 4)),
    ...[each.perplexityJensenShannon, each.wasserstein].map((value) => decimals(value, 4)),
    each.referenceAbove99 === null ? '–' : formatShare(each.referenceAbove99, 1),
    decimals(each.entropyChange, 4),
  ]);
  const headings = [
    ...['corpus', 'n-gram JS', 'n-gram KL', 'perplexity JS', 'Wasserstein'],
    ...['above P99', 'entropy'],
  ];
  return html`<figure><figcaption><strong>${caption}</strong>
<span>Jensen–Shannon (JS) and KL in nats; Wasserstein-1 of ln perplexity; the share of the documents of ${reference} above the 99 % quantile (P99)
of the corpus; the change of the entropy of the probability histogram.</span></figcaption>
${renderTable({ caption, headings, rows })}</figure>`;
}
