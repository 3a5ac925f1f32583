/** Figures that the estimate rests on, each with where it was measured: after a new run of that benchmark, put them here. */
export interface Figures {
  /** UTF-8 bytes of English text a token: `host-ceiling`, textBytes over tokens. */
  readonly textBytesPerToken: number;
  /** Bytes in a zstd Parquet file a byte of text: `shared/data/books.parquet`, its other columns included. */
  readonly storedBytesPerTextByte: number;
  /** Bytes journalled a byte of text, where 2 % of the tokens are edited: `journal`. */
  readonly journalBytesPerTextByte: number;
  /** Processor time of one token on the host, one file in flight: `host-ceiling`, *whole*. */
  readonly hostCpuSecondsPerToken: number;
  /** Of one process: `host-ceiling`, *whole*, two files in flight. */
  readonly hostTokensPerSecond: number;
  /** Processor time that a file costs, however small: `files`, a Parquet file of one row. */
  readonly cpuSecondsPerFile: number;
  /** Tokens of a record batch of 128 KiB of text. */
  readonly tokensPerCommit: number;
  /** Bytes of the manifest, and seconds of `toedit plan`, a file: `planning`. */
  readonly manifestBytesPerFile: number;
  readonly planSecondsPerFile: number;
  /** The tokenizer's part of it: `host-ceiling`. */
  readonly tokenizerShare: number;
  /** To hash a byte: `startup`, *hash the weights*. */
  readonly hashSecondsPerByte: number;
  /** To read a manifest and to fold ledgers of a million entries, on a busy machine; once a process. */
  readonly manifestSecondsPerFile: number;
  readonly foldSecondsPerFile: number;
  readonly foldBytesPerFile: number;
  /** SmolLM2-135M on two cores: `throughput`. */
  readonly cpuTokensPerSecond: number;
}

export const figures: Figures = {
  textBytesPerToken: 1_707_651 / 411_829,
  storedBytesPerTextByte: 735_134 / 1_722_385,
  journalBytesPerTextByte: 0.335,
  hostCpuSecondsPerToken: 6.77e-6,
  hostTokensPerSecond: 255_000,
  tokenizerShare: 0.64,
  cpuSecondsPerFile: 0.0088,
  tokensPerCommit: (128 * 2 ** 10 * 411_829) / 1_707_651,
  manifestBytesPerFile: (3 * 2 ** 20) / 10_001,
  planSecondsPerFile: 12.5 / 10_001,
  hashSecondsPerByte: 1.0 / 540_266_496,
  manifestSecondsPerFile: 6.7e-6,
  foldSecondsPerFile: 38e-6,
  foldBytesPerFile: 1.7e9 / 1e6,
  cpuTokensPerSecond: 537,
};

/** What was not measured, for want of a GPU and of a bill. */
export const assumptions = {
  tokens: 1e12,
  /** Of SmolLM2-135M, its head included; half of it multiplications. */
  flopsPerToken: 269e6,
  /** NVIDIA's data sheet of the H100 SXM, dense. */
  peakFlops: { 'fp32, no tensor cores': 67e12, 'TF32 tensor cores': 494e12, bf16: 989e12 },
  gpuTokensPerSecond: [50_000, 200_000, 1_000_000],
  gpus: [8, 64, 512],
  dollarsPerGpuHour: 2.5,
  files: [100_000, 1_000_000, 10_000_000],
} as const;
