import { loadavg } from 'node:os';
import { median } from '../median.ts';
import type { Corpus } from './corpora.ts';
import type { Run } from './cost-in-group.ts';
import type { Host } from './hosts.ts';

/** A corpus, and what each host took to edit it, round by round. */
export interface Measured {
  readonly corpus: Corpus;
  /** That the command line has counted in it. */
  tokens: number;
  readonly runs: Map<Host, readonly Run[]>;
}

export interface About {
  readonly machine: string;
  readonly versions: string;
  readonly rounds: number;
  readonly commit: string;
}

/** The page `RESULTS.md`. */
export function resultsPage(measured: readonly Measured[], about: About): string {
  const [one] = measured;
  if (one === undefined) throw new Error('nothing was measured');
  return `# Hosts

**Question.** What does a host (Ray Data, the Python package) cost beside the command line, by the million tokens?

**Scope.** Directories of JSON Lines, edited as a whole on one machine: \`toedit edit\` writes JSON Lines, checked and synced; Ray Data reads, edits with one actor in blocks
of 512 rows, and writes JSON Lines; the package reads with pyarrow and writes an Arrow stream. All with the embedded prior's tokenizer and a null scorer in the place
of the forward pass, which would hide the rest. Small files: the command line writes a file for each, by the ledger of its run; the others gather them into blocks.

**Machine.** ${about.machine}; ${about.versions}; toedit ${about.commit}. Load average at the end: ${(loadavg()[0] ?? 0).toFixed(1)}.

**Method.** Each run is a process of its own, hosts in turns, ${String(about.rounds)} round(s), medians. *CPU s*: of all processes that the run has started, daemons too, by a control
group. *A million tokens*: CPU seconds less those of a run of one paragraph, by the tokens; *beside the command line*: that less the command line's. Where the machine does other work meanwhile, wall times say little. Regenerate:
\`npm run benchmark -- hosts [FILES [MEGABYTES [ROUNDS]]]\` with \`TOEDIT_HOSTS_PYTHON\`, a Python that has Ray.

| corpus | tokens | host | s | tokens/s | CPU s | CPU s a million tokens | beside the command line |
| --- | --- | --- | --- | --- | --- | --- | --- |
${measured.flatMap((each) => each.corpus.hosts.map((host) => row(each, host, one))).join('\n')}
`;
}

function row(measured: Measured, host: Host, one: Measured): string {
  const { corpus, tokens } = measured;
  const [seconds, cpuSeconds] = [
    spent(measured, host, 'seconds'),
    spent(measured, host, 'cpuSeconds'),
  ];
  const own = costOfMillion(measured, host, one);
  const beside = own - costOfMillion(measured, 'toedit edit', one);
  const cells = [
    ...[corpus.name, tokens.toLocaleString('en'), host, seconds.toFixed(1)],
    ...[Math.round(tokens / seconds).toLocaleString('en'), cpuSeconds.toFixed(1)],
    ...(measured === one
      ? ['', '']
      : [own.toFixed(2), host === 'toedit edit' ? '' : signed(beside)]),
  ];
  return `| ${cells.join(' | ')} |`;
}

function costOfMillion(measured: Measured, host: Host, one: Measured): number {
  const cpuSeconds = spent(measured, host, 'cpuSeconds') - spent(one, host, 'cpuSeconds');
  return (cpuSeconds / (measured.tokens - one.tokens)) * 1e6;
}

function spent({ runs }: Measured, host: Host, what: 'seconds' | 'cpuSeconds'): number {
  return median((runs.get(host) ?? []).map((run) => run[what]));
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
