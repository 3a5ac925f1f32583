import type { SweepReport, SweepRow } from '../../metrics/sweep-report.ts';
import { formatCount, formatCounted, formatShare } from '../format-quantity.ts';
import type { AnalysisData } from './analysis-data.ts';
import type { Finding, RunData } from './report-data.ts';

type Found = Omit<Finding, 'run'>;
type Rule = (run: RunData) => readonly Found[];

/** Where findings are raised. Shares are of 1. */
const limits = {
  /** Below it a run has changed few tokens, above the other many. */
  fewChanged: 0.001,
  manyChanged: 0.05,
  /** Draws that gave the token that was there. */
  idleDraws: 0.9,
  /** Draws that were refused. */
  refusedDraws: 0.01,
  /** Rows that passed unedited. */
  passedRows: 0.01,
  /** |log P - log threshold|. */
  smallestMargin: 1e-5,
  /** The share of tokens in the last bin of the histogram. */
  certainTokens: 0.25,
  /** Documents of the reference above the 99 % quantile of a set's perplexity. */
  cutTail: 0.02,
  /** The Wasserstein distance of ln perplexity from the reference. */
  shiftedPerplexity: 0.1,
  /** Tokens read to fill micro-batches. */
  padding: 0.2,
  /** What the last quarter of a run's time has of the rate of the first. */
  slowedTo: 0.7,
} as const;

/** What is to be said of runs, warnings first. The rules are those of `docs/report.md`. */
export function findingsOf(
  runs: readonly RunData[],
  analyses: readonly AnalysisData[] = [],
): readonly Finding[] {
  const ofRuns = runs.flatMap((run) =>
    rules.flatMap((rule) => rule(run).map((finding) => ({ ...finding, run: run.name }))),
  );
  const found = [...ofRuns, ...analyses.flatMap(cutTails), ...analyses.flatMap(shifts)];
  const of = (severity: Finding['severity']) => found.filter((each) => each.severity === severity);
  return [...of('warning'), ...of('note')];
}

/** Corpora whose perplexities end where those of the reference go on: the tail is what synthetic text loses. */
function cutTails({ name, reference, comparisons }: AnalysisData): readonly Finding[] {
  return comparisons.flatMap(({ set, referenceAbove99: share }) => {
    if (share === null || share < limits.cutTail) return [];
    const text = `${percent(share, 1)} of the documents of ${reference} have a perplexity above the 99\u00a0% quantile of ${set}: it has lost their tail.`;
    const raisedBy = `above the quantile ${percent(share, 1)} ≥ ${percent(limits.cutTail, 0)}`;
    return [{ severity: 'warning' as const, text, raisedBy, run: name }];
  });
}

/** Corpora whose documents the prior finds more or less likely than those of the reference. */
function shifts({ name, reference, comparisons, sets }: AnalysisData): readonly Finding[] {
  const medianOf = (wanted: string): number | undefined =>
    sets.find((set) => set.name === wanted)?.scores?.quantiles.find(({ share }) => share === 0.5)
      ?.value;
  const before = medianOf(reference);
  return comparisons.flatMap(({ set, wasserstein }) => {
    const after = medianOf(set);
    if (wasserstein === null || wasserstein < limits.shiftedPerplexity) return [];
    if (before === undefined || after === undefined) return [];
    const text = `The perplexity of ${set} is another one than that of ${reference}: the median is ${after.toPrecision(3)}, not ${before.toPrecision(3)}.`;
    const raisedBy = `Wasserstein-1 of ln perplexity ${wasserstein.toFixed(2)} ≥ ${String(limits.shiftedPerplexity)}`;
    return [{ severity: 'note' as const, text, raisedBy, run: name }];
  });
}

/** Number and sign stay on one line. */
const percent = (share: number, decimals = 2): string =>
  formatShare(share, 1, decimals).replace(' ', '\u00a0');
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** How much was changed, and what setting would change what is wanted. */
const changedShare: Rule = ({ command, counts, sweep, options }) => {
  const { tokens, changed } = counts;
  if (command === 'score' || tokens === 0) return [];
  const share = changed / tokens;
  const met = `changed ${percent(share, 3)}`;
  const what = `${percent(share, 3)} of tokens changed at these settings (${formatCount(changed)} of ${formatCount(tokens)})`;
  const { fewChanged: few, manyChanged: many } = limits;
  if (share > many) {
    const text = `${what}: read the passages before you train on them.`;
    return [{ severity: 'warning', text, raisedBy: `${met} > ${percent(many, 0)}` }];
  }
  const text = `${share < few ? 'Only ' : ''}${what}${wantedOf(sweep, options['threshold'])}.`;
  const range = `${met}, from ${percent(few, 1)} to ${percent(many, 0)}`;
  const raisedBy = share < few ? `${met} < ${percent(few, 1)}` : range;
  return [{ severity: 'note', text, raisedBy }];
};

/** At the threshold of the run, and at the one that needs least beside. */
function wantedOf(sweep: SweepReport | null, threshold: unknown): string {
  const settings = sweep?.wanted?.settings ?? [];
  const own = settings.find((row) => row.threshold === threshold);
  const other = wantedSetting(settings);
  const share = percent(sweep?.wanted?.share ?? 0, 0);
  if (other === undefined) return '';
  if (own === undefined || own === other) return `; ${share} needs ${describe(other)}`;
  return `; ${share} needs ${describe(own)}, or ${describe(other)}`;
}

/** What a sweep expects of settings, where nothing is edited yet. */
const expectedShare: Rule = ({ command, sweep }) => {
  const most = strongest(sweep?.settings ?? []);
  if (command !== 'score' || sweep === null || most === undefined) return [];
  const wanted = wantedSetting(sweep.wanted?.settings ?? []);
  const share = percent(sweep.wanted?.share ?? 0, 0);
  const reached =
    wanted === undefined
      ? `no setting tried changes ${share}`
      : `${share} needs ${describe(wanted)}`;
  const text = `Of the settings compared, ${describe(most)} changes most: ${percent(most.changedShare, 3)} of tokens are expected to change; ${reached}.`;
  return [{ severity: 'note', text, raisedBy: `wanted: ${share} of tokens changed` }];
};

/** The setting that is expected to change most. */
export function strongest(settings: readonly SweepRow[]): SweepRow | undefined {
  return settings.toSorted((one, other) => other.changedShare - one.changedShare)[0];
}

/** Of settings that come to the same, the one nearest to the rule as it is: the temperature nearest to 1. */
function wantedSetting(settings: readonly SweepRow[]): SweepRow | undefined {
  const distance = ({ temperature }: SweepRow): number => Math.abs(Math.log(temperature));
  return settings.toSorted((one, other) => distance(one) - distance(other))[0];
}

/** A setting of a sweep, in words: `temperature 1.9 at P ≥ 0.99 with 8 candidates`. */
export function describe({ temperature, threshold, topK, excludeOriginal }: SweepRow): string {
  const without = excludeOriginal ? ', the original excluded' : '';
  return `temperature ${String(temperature)} at P\u00a0≥\u00a0${String(threshold)} with ${formatCounted(topK, 'candidate')}${without}`;
}

const idleDraws: Rule = ({ counts }) => {
  const { drawn, changed, refusedUtf8, refusedSpecial } = counts;
  const same = drawn - changed - refusedUtf8 - refusedSpecial;
  const share = ratio(same, drawn);
  if (share < limits.idleDraws) return [];
  const text = `${percent(share, 1)} of the ${formatCounted(drawn, 'draw')} gave the token that was there: a token that the prior is sure of wins its draw.`;
  const raisedBy = `draws without effect ${percent(share, 1)} ≥ ${percent(limits.idleDraws, 0)}`;
  return [{ severity: 'note', text, raisedBy }];
};

const refusedDraws: Rule = ({ counts }) => {
  const { drawn, deleted, refusedUtf8, refusedSpecial } = counts;
  const refused = refusedUtf8 + refusedSpecial;
  const share = ratio(refused, drawn + deleted);
  if (share < limits.refusedDraws) return [];
  const text = `${formatCounted(refused, 'draw')} (${percent(share, 1)}) were refused, since they would have broken the text (${formatCount(refusedUtf8)} UTF-8, ${formatCount(refusedSpecial)} special tokens).`;
  const raisedBy = `refused ${percent(share, 1)} ≥ ${percent(limits.refusedDraws, 0)}`;
  return [{ severity: 'note', text, raisedBy }];
};

const certainTokens: Rule = ({ histogram: { before } }) => {
  const total = (before ?? []).reduce((sum, count) => sum + count, 0);
  const [first = 0, last = 0] = [before?.[0], before?.at(-1)].map((count) =>
    ratio(count ?? 0, total),
  );
  if (last < limits.certainTokens) return [];
  const isU = (before ?? [])
    .slice(1, -1)
    .every((count) => ratio(count, total) < Math.min(first, last));
  const shape = isU
    ? ': with the improbable ones at the other end the histogram has the U-shape of the paper'
    : '';
  const text = `The prior gives ${percent(last, 0)} of tokens a probability of 0.9 or more${shape}.`;
  return [
    {
      severity: 'note',
      text,
      raisedBy: `P ≥ 0.9 ${percent(last, 1)} ≥ ${percent(limits.certainTokens, 0)}`,
    },
  ];
};

const badFiles: Rule = ({ files: { failed, pending, done } }) => {
  const all = done + failed + pending;
  const found: Found[] = [];
  if (failed > 0) {
    const text = `${formatCounted(failed, 'file')} of ${formatCount(all)} failed: the numbers here are of the others.`;
    found.push({ severity: 'warning', text, raisedBy: 'failed files > 0' });
  }
  if (pending > 0) {
    const text = `The run is not at its end: ${formatCounted(pending, 'file')} of ${formatCount(all)} are to go, and in no number here.`;
    found.push({ severity: 'warning', text, raisedBy: 'pending files > 0' });
  }
  return found;
};

const passedRows: Rule = ({ counts: { rows, passed, deadLetters, writtenRows } }) => {
  const found: Found[] = [];
  if (deadLetters > 0) {
    const text = `${formatCounted(deadLetters, 'row')} of ${formatCount(writtenRows + deadLetters)} were set aside.`;
    found.push({ severity: 'warning', text, raisedBy: 'rows set aside > 0' });
  }
  const reasons = Object.entries(passed).toSorted(([, one], [, other]) => other - one);
  const [reason, most] = reasons[0] ?? ['', 0];
  const share = ratio(
    reasons.reduce((sum, [, count]) => sum + count, 0),
    rows,
  );
  if (share < limits.passedRows) return found;
  const text = `${percent(share, 1)} of rows passed unedited; the first reason is ${reason.replaceAll('_', ' ')} (${formatCounted(most, 'row')}).`;
  const raisedBy = `passed rows ${percent(share, 1)} ≥ ${percent(limits.passedRows, 0)}`;
  return [...found, { severity: 'warning', text, raisedBy }];
};

const narrowMargin: Rule = ({ counts: { smallestMargin } }) => {
  if (smallestMargin === null || smallestMargin >= limits.smallestMargin) return [];
  const margin = smallestMargin.toExponential(1);
  const text = `A token came within ${margin} of the threshold (in log P): rounding on another device may decide it otherwise.`;
  return [
    {
      severity: 'note',
      text,
      raisedBy: `margin ${margin} < ${limits.smallestMargin.toExponential(0)}`,
    },
  ];
};

const padding: Rule = ({ counts: { paddedTokens, readTokens } }) => {
  const share = ratio(paddedTokens, paddedTokens + readTokens);
  if (share < limits.padding) return [];
  const text = `${percent(share, 0)} of what the prior read was padding: --max-batch-tokens auto finds batches that suit the texts.`;
  return [
    {
      severity: 'note',
      text,
      raisedBy: `padding ${percent(share, 0)} ≥ ${percent(limits.padding, 0)}`,
    },
  ];
};

/** Whether the run became slower; a short one says nothing. */
const slowedDown: Rule = ({ throughput }) => {
  const rates = throughput?.rates ?? [];
  const quarter = Math.floor(rates.length / 4);
  if (quarter < 4 || (throughput?.seconds ?? 0) < 120) return [];
  const meanOf = (part: typeof rates): number =>
    part.reduce((sum, { rate }) => sum + rate, 0) / part.length;
  const share = ratio(meanOf(rates.slice(-quarter)), meanOf(rates.slice(0, quarter)));
  if (share >= limits.slowedTo) return [];
  const text = `In its last quarter the run had ${percent(share, 0)} of the throughput of its first.`;
  return [
    {
      severity: 'warning',
      text,
      raisedBy: `${percent(share, 0)} < ${percent(limits.slowedTo, 0)}`,
    },
  ];
};

const bottleneck: Rule = ({ throughput, command }) => {
  const [first] = (throughput?.stages ?? []).toSorted((a, b) => b.busySeconds - a.busySeconds);
  if (first === undefined || first.busySeconds === 0 || command === 'resample') return [];
  if (first.name === 'score') return [];
  const text = `The stage ${first.name} is busiest, not the prior: the device waits.`;
  return [
    { severity: 'warning', text, raisedBy: `busy seconds of ${first.name} > those of score` },
  ];
};

const rules: readonly Rule[] = [
  ...[badFiles, passedRows, changedShare, expectedShare, idleDraws, refusedDraws],
  ...[certainTokens, narrowMargin, slowedDown, bottleneck, padding],
];
