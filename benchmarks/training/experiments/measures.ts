import { basename } from 'node:path';
import type { AnalysisReport, SetAnalysis } from '../../../src/analysis/analysis-report.ts';
import type { RoundsReport } from '../../../src/metrics/rounds-report.ts';
import type { RunSummary } from '../../../src/metrics/summary.ts';
import { smollm2Directory } from '../../smollm2-directory.ts';
import type { Corpora } from './corpora.ts';
import { type Lab, tinyPrior, toedit } from './lab.ts';

/** Passages of each corpus. */
const passages = 100;

/** A prior with what facts call it. */
interface NamedPrior {
  readonly name: string;
  readonly directory: string;
  /** Passages that are edited in rounds: each round needs the prior once more. */
  readonly inRounds: number;
}

/**
 * What the product measures of the human and the synthetic passages under two priors, of rounds of edits, and of drawing from the
 * nucleus: no training.
 */
export async function measures(lab: Lab, corpora: Corpora): Promise<void> {
  const human = await corpora.human();
  const synthetic = await corpora.synthetic();
  measure(lab, [human, synthetic], { name: 'tiny', directory: tinyPrior, inRounds: 100 });
  measure(lab, [human, synthetic], {
    name: 'SmolLM2',
    directory: smollm2Directory(),
    inRounds: 20,
  });
}

function measure(lab: Lab, corpora: readonly [string, string], prior: NamedPrior): void {
  const [human, synthetic] = corpora;
  const { name } = prior;
  const scoredHuman = score(lab, human, prior);
  const scoredSynthetic = score(lab, synthetic, prior);
  const sets = ['--as', `human=${scoredHuman}`, '--as', `synthetic=${scoredSynthetic}`];
  const report = toedit('analyse', ...sets) as AnalysisReport;
  for (const set of report.sets) lab.note(`${name}: ${set.name}`, factsOf(set));
  lab.note(`${name}: human above synthetic`, { share: aboveSynthetic(report) });
  noteNucleus(lab, scoredHuman, name);
  for (const preset of ['paper', 'official-up']) noteRounds(lab, human, prior, preset);
}

function score(lab: Lab, corpus: string, { name, directory }: NamedPrior): string {
  const output = lab.at(`measured/${name}-${basename(corpus, '.jsonl')}`);
  const what = ['--limit', String(passages), '--candidates', '8', '--candidate-threshold', '0.5'];
  toedit('score', corpus, '-o', output, '--model', directory, ...what);
  return output;
}

function factsOf({ scores }: SetAnalysis): Record<string, number> {
  if (scores === null) throw new Error('toedit analyse found no scores');
  const { histogram, predicted, massAtLeast, perplexity } = scores;
  return {
    documents: scores.documents,
    predicted,
    ...Object.fromEntries(histogram.map((count, bin) => [`P in bin ${bin}`, count / predicted])),
    ...Object.fromEntries(
      massAtLeast.map(({ probability, share }) => [`P >= ${probability}`, share ?? Number.NaN]),
    ),
    ...Object.fromEntries(
      perplexity.quantiles.map(({ share, value }) => [`perplexity ${share * 100} %`, value]),
    ),
  };
}

/** The share of the human passages whose perplexity is above that of 99 % of the synthetic ones. */
function aboveSynthetic({ comparisons }: AnalysisReport): number {
  return comparisons[0]?.scores?.referenceAbove99 ?? Number.NaN;
}

/** Tokens that change when draws are from the nucleus of 0.99, at the same threshold. */
function noteNucleus(lab: Lab, scored: string, name: string): void {
  const output = lab.at(`measured/${name}-nucleus`);
  const rule = ['--threshold', '0.99', '--top-p', '0.99', '--overwrite'];
  const summary = toedit('resample', scored, '-o', output, ...rule) as RunSummary;
  const { tokens, eligible, changed } = summary;
  lab.note(`${name}: nucleus 0.99`, { tokens, eligible, changed });
}

function noteRounds(lab: Lab, corpus: string, prior: NamedPrior, preset: string): void {
  const output = lab.at(`measured/${prior.name}-rounds-${preset}`);
  const what = ['--limit', String(prior.inRounds), '--rounds', '3', '--preset', preset];
  const how = ['-o', output, '--model', prior.directory];
  const { rounds } = toedit('edit', corpus, ...how, ...what) as RoundsReport;
  for (const { round, tokens, eligible, changed } of rounds) {
    lab.note(`${prior.name}: rounds ${preset} ${round}`, { tokens, eligible, changed });
  }
}
