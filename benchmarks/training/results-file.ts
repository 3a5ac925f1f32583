import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** What tells a run of the trainer from all others. */
export interface RunKey {
  readonly experiment: string;
  readonly arm: string;
  readonly seed: number;
  /** How many models its corpus has come through; 0 where that is none. */
  readonly generation: number;
  /** How many times the tokens of the smallest size of all experiments. */
  readonly scale: number;
  /** Tokens that were read in training. */
  readonly tokens: number;
}

/** A finished run. */
export interface RunResult extends RunKey {
  /** Mean negative log-probability of a token by held-out corpus, in nats. */
  readonly losses: Readonly<Record<string, number>>;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** Numbers on a corpus that a model was trained on. */
export interface CorpusFact {
  readonly corpus: string;
  /** Of the experiments that it was made for. */
  readonly scale: number;
  readonly facts: Readonly<Record<string, number>>;
}

/** All lines of a file of JSON lines; none where it is absent. */
export function readLines<Line>(path: string): Line[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}

export function appendLine(path: string, line: RunResult): void {
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}

export function isSameRun(one: RunKey, other: RunKey): boolean {
  return (
    one.experiment === other.experiment &&
    one.arm === other.arm &&
    one.seed === other.seed &&
    one.generation === other.generation &&
    one.scale === other.scale &&
    one.tokens === other.tokens
  );
}
