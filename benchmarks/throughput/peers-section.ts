import type { LeftOut, Race, Standing } from '../contest/race.ts';
import { goalLine, ratioCells } from '../contest/ratios.ts';
import { advantage, tokensPerSecond } from '../contest/standing-costs.ts';

/** The part of the page on other tools. */
export function peersSection({ standings, leftOut }: Race): string {
  const toedit = fastest(standings, 'toedit');
  if (toedit === null) throw new Error('toedit itself did not start');
  const [first] = toedit.passes;
  const missing = leftOut.map(missingLine).join('\n');
  return `## Against other tools

${String(first?.tokens)} tokens: the beginnings of texts of \`books.parquet\`, 512 tokens each, the same ids for every tool; ${String(toedit.passes.length)} rounds. Each
tool is a process of its own with 2 threads and float32 weights taken from one file, is loaded and has made a pass before the first round (*warm-up*),
and is stopped (SIGSTOP) while another has its turn. toedit reads Parquet, tokenises, scores, draws, splices and writes Parquet; the
others are handed token ids and end with a logprob of each token and the top 8 (PyTorch by document, llama.cpp and transformers.js: of
eligible tokens only). Ratios are those of ${toedit.tool.name}, the faster graph, to the tool, round by round. Differences are of
logprobs, against toedit's \`--scores all\` on the first graph; *decisions* counts tokens on whose eligibility at P >= 0.99 they differ.

| tool | tokens/s | toedit is faster by | spread | difference, mean / worst | decisions | eligible | warm-up, s |
| --- | --- | --- | --- | --- | --- | --- | --- |
${standings.map((standing) => row(standing, toedit)).join('\n')}
${missing === '' ? '' : `\nLeft out:\n\n${missing}\n`}
${goals.map(([family, goal]) => verdict(family, goal, { standings, toedit })).join('\n')}
`;
}

/** How many times as fast as the fastest tool of a family toedit is to be. */
const goals = [
  ['vLLM CPU fp32', 1.15],
  ['PyTorch fp32', 1.3],
  ['transformers.js', 1.6],
] as const;

interface Field {
  readonly standings: readonly Standing[];
  readonly toedit: Standing;
}

function verdict(family: string, goal: number, { standings, toedit }: Field): string {
  const other = fastest(standings, family);
  if (other === null) return `- at least ${goal.toFixed(2)} times ${family}: not measured`;
  return goalLine(other.tool.name, advantage(other, toedit), goal);
}

function row(standing: Standing, toedit: Standing): string {
  const { tool, warmUpSeconds, agreement } = standing;
  const { mean, worst, decisions, eligible } = agreement;
  const cells = [
    tool.name,
    tokensPerSecond(standing).toFixed(0),
    ...ratioCells(advantage(standing, toedit)),
    `${mean.toExponential(0)} / ${worst.toExponential(0)}`,
    decisions,
    eligible,
    warmUpSeconds.toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function missingLine({ tool, reason }: LeftOut): string {
  return `- ${tool.name}: ${reason}`;
}

function fastest(standings: readonly Standing[], family: string): Standing | null {
  const members = standings.filter(({ tool }) => tool.family === family);
  return members.toSorted((a, b) => tokensPerSecond(b) - tokensPerSecond(a))[0] ?? null;
}
