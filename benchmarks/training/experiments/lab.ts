import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer, type PriorTokenizer } from '../../../src/model/load-tokenizer.ts';
import {
  appendLine,
  type CorpusFact,
  isSameRun,
  type RunKey,
  type RunResult,
  readLines,
} from '../results-file.ts';
import { type PythonWorker, startPython, type Trained } from './python-worker.ts';

/** The tokenizer of all models here, and the prior that edits where none is named. */
export const tinyPrior = 'models/tiny';
/** The token between documents. */
export const endOfText = 0;

/** A run to be done, unless it is. */
export interface Run extends RunKey {
  /** Makes the file of token ids that it reads. */
  readonly corpus: () => Promise<string>;
  /** Weights to begin with. */
  readonly start?: string | undefined;
  readonly rate?: number | undefined;
  readonly evaluate: () => Promise<Readonly<Record<string, string>>>;
}

/** Where experiments work: what was made is not made again. */
export interface Lab {
  /** Trains, unless the result is there; returns the path of the weights, which are made again where they are missing and `keeps` is set. */
  readonly train: (run: Run, keeps?: boolean) => Promise<string>;
  readonly python: () => PythonWorker;
  /** The tokenizer of all models here. */
  readonly tokenizer: () => Promise<PriorTokenizer>;
  /** A path in the cache; its directory is made. */
  readonly at: (name: string) => string;
  /** A file of the cache, made by `make` where it is absent, and whole where it is there. */
  readonly file: (name: string, make: (path: string) => Promise<void>) => Promise<string>;
  /** Keeps numbers on a corpus in the place of earlier ones of this scale. */
  readonly note: (corpus: string, facts: CorpusFact['facts']) => void;
  /** Numbers that were noted of a corpus, at this scale. */
  readonly facts: (corpus: string) => CorpusFact['facts'] | undefined;
  readonly end: () => Promise<void>;
}

/** Where a lab is, and how large its experiments are. */
interface LabPlaces {
  readonly cache: string;
  readonly output: string;
  readonly scale: number;
}

/** Opens a cache directory and the files that results are kept in. */
export function openLab({ cache, output, scale }: LabPlaces): Lab {
  mkdirSync(output, { recursive: true });
  const noted = join(output, 'corpora.jsonl');
  const isOf = (fact: CorpusFact, corpus: string): boolean =>
    fact.corpus === corpus && fact.scale === scale;
  let python: PythonWorker | null = null;
  let tokenizer: Promise<PriorTokenizer> | null = null;
  const lab: Lab = {
    train: (run, keeps = false) => train(lab, run, { path: join(output, 'results.jsonl'), keeps }),
    python: () => (python ??= startPython()),
    tokenizer: () => (tokenizer ??= loadTokenizer(tinyPrior, endOfText)),
    at: (name) => {
      const path = join(cache, name);
      mkdirSync(join(path, '..'), { recursive: true });
      return path;
    },
    file: async (name, make) => {
      const path = lab.at(name);
      if (existsSync(path)) return path;
      await make(`${path}.part`);
      renameSync(`${path}.part`, path);
      return path;
    },
    note: (corpus, facts) => {
      const others = readLines<CorpusFact>(noted).filter((fact) => !isOf(fact, corpus));
      const lines = [...others, { corpus, scale, facts }].map((fact) => JSON.stringify(fact));
      writeFileSync(noted, `${lines.join('\n')}\n`);
    },
    facts: (corpus) => readLines<CorpusFact>(noted).find((fact) => isOf(fact, corpus))?.facts,
    end: async () => {
      python?.end();
      await (await tokenizer)?.close();
    },
  };
  return lab;
}

async function train(
  lab: Lab,
  { corpus, evaluate, start, rate, ...key }: Run,
  { path, keeps }: { readonly path: string; readonly keeps: boolean },
): Promise<string> {
  const isDone = readLines<RunResult>(path).some((result) => isSameRun(result, key));
  const { experiment, arm, generation, seed, tokens } = key;
  const name = [experiment, arm, generation, seed, tokens].join('_');
  const weights = lab.at(`weights/${name}.pt`);
  if (isDone && (!keeps || existsSync(weights))) return weights;
  const job = { kind: 'train' as const, ...{ seed, tokens, start, rate, weights } };
  const trained = (await lab
    .python()
    .run({ ...job, corpus: await corpus(), evaluate: await evaluate() })) as Trained;
  if (!isDone) appendLine(path, { ...key, ...trained });
  console.log(name, trained.losses, `${String(trained.wallSeconds)} s`);
  return weights;
}

const program = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

/** Runs a command of the product to its end; returns what it prints with `--json`. */
export function toedit(...args: readonly string[]): unknown {
  const command = ['-n', '19', process.execPath, program, ...args, '--json', '--quiet'];
  const printed = execFileSync('nice', command, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(printed) as unknown;
}

/** The documents of a file of JSON lines. */
export function textsOf(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as Document).text]));
}

/** A row of a corpus. */
export interface Document {
  readonly id: string;
  readonly text: string;
}

export function writeDocuments(path: string, documents: readonly Document[]): void {
  writeFileSync(path, documents.map((each) => `${JSON.stringify(each)}\n`).join(''));
}
