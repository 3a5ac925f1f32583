import type { Figures } from './figures.ts';

/** What one GPU of this speed needs beside it. */
export interface GpuNeeds {
  readonly hostCores: number;
  readonly processes: number;
  /** Bytes a second: input, journal (edits, uncompressed), output. */
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly journalBytes: number;
  readonly syncsPerSecond: number;
}

/**
 * The input is read twice, to score it and to apply the edits; the journal is written and read; the output is written, then read
 * twice, to decode and to hash it.
 *
 * @param rate - tokens a second of the GPU
 */
export function gpuNeeds(rate: number, figures: Figures): GpuNeeds {
  const text = rate * figures.textBytesPerToken;
  const stored = text * figures.storedBytesPerTextByte;
  const journal = text * figures.journalBytesPerTextByte;
  return {
    hostCores: rate * figures.hostCpuSecondsPerToken,
    processes: Math.ceil(rate / figures.hostTokensPerSecond),
    readBytes: 4 * stored + journal,
    writtenBytes: stored + journal,
    journalBytes: journal,
    syncsPerSecond: rate / figures.tokensPerCommit,
  };
}

/** Hours that so many GPUs take. */
export function hours(tokens: number, { rate, gpus }: { rate: number; gpus: number }): number {
  return tokens / rate / gpus / 3600;
}

/** What a run costs by its number of files, whatever is in them. */
export interface FileNeeds {
  readonly tokensPerFile: number;
  readonly manifestBytes: number;
  /** Of `toedit plan`, without the hashing of contents. */
  readonly planSeconds: number;
  /** Contents are hashed whole up to 64 MiB, above by samples of 4 MiB. */
  readonly hashSeconds: number;
  /** That each process takes to read the plan and to learn what is done, at the end of the run. */
  readonly statusSeconds: number;
  readonly ledgerMemoryBytes: number;
  /** Processor time that files cost by themselves over that of their tokens. */
  readonly overhead: number;
}

export function fileNeeds(files: number, tokens: number, figures: Figures): FileNeeds {
  const tokensPerFile = tokens / files;
  const bytes = tokensPerFile * figures.textBytesPerToken * figures.storedBytesPerTextByte;
  const hashed = bytes <= wholeFileBytes ? bytes : sampledBytes;
  return {
    tokensPerFile,
    manifestBytes: files * figures.manifestBytesPerFile,
    planSeconds: files * figures.planSecondsPerFile,
    hashSeconds: files * hashed * figures.hashSecondsPerByte,
    statusSeconds: files * (figures.manifestSecondsPerFile + figures.foldSecondsPerFile),
    ledgerMemoryBytes: files * figures.foldBytesPerFile,
    overhead: figures.cpuSecondsPerFile / (tokensPerFile * figures.hostCpuSecondsPerToken),
  };
}

const wholeFileBytes = 64 * 2 ** 20;
const sampledBytes = 4 * 2 ** 20;
