import { fileNeeds, gpuNeeds, hours } from './estimate.ts';
import { assumptions, type Figures } from './figures.ts';
import { filesTable, hostTable, hoursTable, number, rateTable } from './tables.ts';

const { tokens, flopsPerToken, dollarsPerGpuHour } = assumptions;

/** The page `docs/scale.md`. */
export function scalePage(figures: Figures): string {
  const fast = gpuNeeds(1e6, figures);
  const million = fileNeeds(1e6, tokens, figures);
  const text = tokens * figures.textBytesPerToken;
  const cpuYears = hours(tokens, { rate: figures.cpuTokensPerSecond, gpus: 1 }) / 24 / 365;
  return `# A trillion tokens, on paper

What it would take to edit 10^12 tokens with SmolLM2-135M, from parts that were measured. **No GPU was at hand**: what one scores in a second is
assumed, and everything that follows from it is marked by that. Nothing of this size was run.

This page is made by \`npm run benchmark -- scale\` from [figures.ts](../benchmarks/scale/figures.ts), where each figure says where it comes from, by the
formulas of [estimate.ts](../benchmarks/scale/estimate.ts). A test compares them. Two digits are shown; no more are known.

## Assumed

- **A GPU scores 50,000, 200,000 or 1,000,000 tokens/s.** A token of SmolLM2 takes ${number(flopsPerToken / 1e6)} MFLOP, its head included, so these are the following
  shares of an H100's peak by its data sheet (dense). What is over 100 % cannot be; what is near it will not be. A larger model divides these rates by its parameters.
- **Fewer bits change decisions**: bf16 changed 0.02 to 0.11 % of them in other tools, TF32 was not tried. Where they are to be those of fp32, the first row is the one that counts.
- **A GPU-hour costs $${dollarsPerGpuHour.toFixed(2)}**, its host included.

${rateTable()}

For comparison: the two cores this was developed on score ${number(figures.cpuTokensPerSecond)} tokens/s ([throughput](../benchmarks/throughput/RESULTS.md)), ${number(cpuYears)} years for all of it.

## Measured

| figure | value | from |
| --- | --- | --- |
| text a token | ${figures.textBytesPerToken.toFixed(2)} bytes | [host-ceiling](../benchmarks/host-ceiling/RESULTS.md) |
| Parquet file, zstd, a byte of text | ${figures.storedBytesPerTextByte.toFixed(2)} bytes | \`books.parquet\` of the shared data |
| journal, a byte of text | ${figures.journalBytesPerTextByte.toFixed(2)} bytes | [journal](../benchmarks/journal/RESULTS.md) |
| host, a million tokens | ${number(figures.hostCpuSecondsPerToken * 1e6)} s of processor time | host-ceiling |
| host, one process | ${number(figures.hostTokensPerSecond)} tokens/s | host-ceiling |
| host, a file by itself | ${number(figures.cpuSecondsPerFile)} s of processor time | [files](../benchmarks/files/RESULTS.md) |
| planning, a file | ${number(figures.planSecondsPerFile * 1000)} ms, ${number(figures.manifestBytesPerFile)} bytes | [planning](../benchmarks/planning/RESULTS.md) |
| hashing | ${number(1e-6 / figures.hashSecondsPerByte)} MB/s | [startup](../benchmarks/startup/RESULTS.md) |
| reading a manifest, folding ledgers, a million files | ${number(figures.manifestSecondsPerFile * 1e6)} s, ${number(figures.foldSecondsPerFile * 1e6)} s and ${number((figures.foldBytesPerFile * 1e6) / 1e9)} GB | measured once, on a busy machine |

Cost per token does not depend on the number of documents, and memory not on the size of the corpus ([scaling](../benchmarks/scaling/RESULTS.md),
[memory](../benchmarks/memory/RESULTS.md)): that is what allows to multiply.

## Hours and money

hours = tokens / (tokens/s a GPU × GPUs × 3600)

${hoursTable()}

That is with GPUs that never wait. Tasks are files, and the end of a run is as long as its largest one.

## Beside each GPU

The input is read twice, to score it and to apply the edits; the journal of edits is written and read; the output is written, decoded again and hashed.
A commit is what is edited in a record batch of 128 KiB of text, synced.

${hostTable(figures)}

In all, ${number((text * figures.journalBytesPerTextByte) / 1e12)} TB of edits are journalled, and ${number((text * figures.storedBytesPerTextByte) / 1e12)} TB are read twice and as much written. With 512 GPUs of 1,000,000 tokens/s storage gives ${number((512 * fast.readBytes) / 1e9)} GB/s and
takes ${number((512 * fast.writtenBytes) / 1e9)} GB/s. The journal may lie on any file system that the workers share.

## What a number of files costs

${filesTable(figures)}

*Plan: files* is to list and identify small files; *hashing* is on top: files up to 64 MiB are hashed whole, larger ones by 4 MiB of samples. *State* is what each process takes to learn what is
done. *Host cores on top* is the cost of files by themselves over that of their tokens.

## What breaks first

1. **The host of a fast GPU.** One process feeds ${number(figures.hostTokensPerSecond)} tokens/s; ${number(figures.tokenizerShare * 100)} % of its processor time is the tokenizer's. A GPU of a million tokens/s wants ${String(fast.processes)} processes
   and ${number(fast.hostCores)} cores. *Done:* any number of processes share a run and a GPU; \`--devices\` opens several engines in one.
   The tokenizer has a process of its own. *Not done:* several tokenizers in a process.
2. **The state of a run of very many files.** At a million files each process takes ${number(million.statusSeconds)} s and ${number(million.ledgerMemoryBytes / 1e9)} GB to learn what is done; eight of them on a host
   take eight times that. *Done:* one manifest in plain lines, a ledger a worker, read on as they grow; no file a task. *Advice:* files of ten million tokens or more
   (${number(1e7 * figures.textBytesPerToken * figures.storedBytesPerTextByte * 1e-6)} MB), or several runs, a directory of the corpus each. *Not done:* a state that a process reads only for its shard.
3. **Planning.** It is one process: ${number(million.planSeconds / 3600)} h for a million files, and ${number(million.hashSeconds / 3600)} h to hash them where they are small enough to be hashed whole. *Done:* large files are sampled.
   *Not done:* planning in several processes; but several runs are planned at once.
4. **Syncs.** ${number(fast.syncsPerSecond)} a second beside such a GPU leave each ${number(1000 / fast.syncsPerSecond)} ms, and a network file system may take that long. *Done:* while one file waits for its sync, another is scored;
   \`--files-in-flight\` has more of them. *Not done:* larger record batches by option.
5. **Bad rows and dead workers** are certain at this size. *Done:* dead letters, claims that are taken over, resume after any kill ([kills](../benchmarks/kills/RESULTS.md)).
`;
}
