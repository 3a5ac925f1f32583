import type { FuzzCase } from './cases.ts';
import type { FuzzReport } from './fuzz.ts';
import { faults, outcomes } from './verdict.ts';

/** What a base file is, by the end of its name; the first that fits. */
const formats: readonly (readonly [RegExp, string])[] = [
  [/\.parquet$/, 'Parquet'],
  [/^arrow-types|^views/, 'Arrow file, all types'],
  [/^none\.arrow$/, 'Arrow file'],
  [/^lz4\.arrow$/, 'Arrow file, lz4'],
  [/^zstd\.arrow$/, 'Arrow file, zstd'],
  [/^none\.arrows$/, 'Arrow stream'],
  [/^lz4\.arrows$/, 'Arrow stream, lz4'],
  [/^zstd\.arrows$/, 'Arrow stream, zstd'],
  [/\.onnx$/, 'ONNX'],
  [/\.gz$/, 'JSON Lines, gzip'],
  [/\.checksum\.jsonl\.zst$/, 'JSON Lines, zstd with a checksum'],
  [/\.zst$/, 'JSON Lines, zstd'],
  [/\.jsonl$/, 'JSON Lines'],
  [/^large\.zip$/, 'ZIP64'],
  [/^deflated\.zip$/, 'ZIP, deflated'],
  [/\.zip$/, 'ZIP, stored'],
];

function formatOf(file: string): string {
  return formats.find(([name]) => name.test(file))?.[1] ?? file;
}

const columns = [...outcomes, ...faults];

/** RESULTS.md. */
export function resultsPage(report: FuzzReport, machine: string): string {
  const { first, peakBytes, slowestMs, seconds, faults: found } = report;
  const count = report.tallies.length;
  const verdict =
    found.length === 0
      ? 'No case crashes, hangs, takes over 700 MB, speaks with another voice than ours, or passes for success under a checksum.'
      : `${found.length} cases are not as they should be:\n\n${found
          .map(
            ({ id, mutation, verdict: { kind, detail } }) =>
              `- \`${id}\` (${mutation}): ${kind}, ${detail}`,
          )
          .join('\n')}`;
  return `# What becomes of damaged files?

**Question.** Files of every format are damaged at random and read. Is each refused in our own words, or read? Does any crash
the process, hang, or take memory without bound, or give other rows though a checksum covers what was changed?

**Machine.** ${machine}. ${new Date().toISOString().slice(0, 10)}.

**Method.** \`npm run benchmark -- fuzz ${count} --first ${first}\`. The mutator flips bits, cuts off, swaps, duplicates and zeroes
chunks, and writes large lengths; half of the places are near an end of the file. Each mutant is read to its end in a child process, one way:
by an operator, or as \`edit\` splices a Parquet file. A process that has died, or gives no answer for 20 s, is replaced. A
memory fault is a process of over 700 MB. Each case has a number, from which \`npm run benchmark -- fuzz --replay WAY:FILE:NUMBER\`
makes it again.

*equal*: read as the sound file is. *different*: other rows, where no checksum covers every changed byte. *refused*: by a
\`ToeditError\` whose code says that the file is bad. All others are faults.

| format | way | ${columns.join(' | ')} |
| --- | --- | ${columns.map(() => '---').join(' | ')} |
${tableOf(report).join('\n')}

${count} cases took ${seconds.toFixed(0)} s; the slowest ${(slowestMs / 1000).toFixed(1)} s; the largest process had ${Math.round(peakBytes / 1e6)} MB.

**Verdict.** ${verdict}
`;
}

/** A line for each format and way, and one for all. */
export function tableOf({ tallies }: Pick<FuzzReport, 'tallies'>): readonly string[] {
  const nameOf = ({ file, way }: FuzzCase): string => `${formatOf(file)} | ${way}`;
  const line = (name: string, cases: FuzzReport['tallies']): string => {
    const counts = columns.map((kind) => cases.filter((each) => each.kind === kind).length);
    return `| ${name} | ${counts.join(' | ')} |`;
  };
  const lines = [...new Set(tallies.map(nameOf))].map((name) =>
    line(
      name,
      tallies.filter((each) => nameOf(each) === name),
    ),
  );
  return [...lines, line('all | ', tallies)];
}
