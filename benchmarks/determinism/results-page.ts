import type { Way } from './read-otherwise.ts';

/** One way of reading, compared with the first one. */
export interface Comparison {
  readonly prior: string;
  readonly way: Way;
  readonly logprobs: number;
  /** Logprobs that are not bit-identical. */
  readonly unequal: number;
  /** The greatest distance of two logprobs. */
  readonly greatest: number;
  /** Tokens with candidates. */
  readonly candidates: number;
  /** Tokens whose candidates differ in an id or in a bit of a logprob. */
  readonly unequalCandidates: number;
}

/** RESULTS.md. */
export function resultsPage(comparisons: readonly Comparison[], machine: string): string {
  const priors = [...new Set(comparisons.map(({ prior }) => prior))];
  const sections = priors.map((prior) => section(comparisons.filter((row) => row.prior === prior)));
  const unequal = comparisons.reduce((sum, row) => sum + row.unequal + row.unequalCandidates, 0);
  return `# Are the scores the same however documents are batched?

**Question.** Does a token's log-probability depend on the micro-batch it is read in: on padding, neighbours, threads, or the
chunks of the scoring head?

**Scope.** fp32 priors on the CPU of one machine, onnxruntime-node 1.30. Other processors choose other kernels: run this
there. Devices other than the CPU are not measured.

**Machine.** ${machine}, on Linux.

**Method.** \`npm run benchmark -- determinism\`. Paragraphs of the sample dictionary are read in each of the ways below, every
one with a session of its own; logprobs, and the eight candidates of tokens with P >= 0.5, are compared bit by bit with
those of the first way (each document alone, 2 threads, logits in chunks of up to 64 MiB).

${sections.join('\n\n')}

**Verdict.** ${unequal === 0 ? 'No bit differs' : `${String(unequal)} values differ`}. ${
    unequal === 0 ? 'Nothing was done to make it so: no padding to a multiple, no fixed order.' : ''
  } See [docs/decisions/determinism.md](../../docs/decisions/determinism.md).
`;
}

function section(rows: readonly Comparison[]): string {
  const [first] = rows;
  const lines = rows.slice(1).map(({ way, unequal, greatest, unequalCandidates }) => {
    const cells = [way.name, String(unequal), String(greatest), String(unequalCandidates)];
    return `| ${cells.join(' | ')} |`;
  });
  return `## ${first?.prior ?? ''}

${String(first?.logprobs ?? 0)} logprobs, ${String(first?.candidates ?? 0)} tokens with candidates.

| way of reading | logprobs that differ | greatest difference | candidates that differ |
| --- | --- | --- | --- |
${lines.join('\n')}`;
}
