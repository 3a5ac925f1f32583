import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A file of token ids, uint16. */
type TokenFile = string;

/** Work for Python; see `python/worker.py`. */
export type Job =
  | {
      readonly kind: 'train';
      readonly seed: number;
      readonly corpus: TokenFile;
      /** Tokens to read, in epochs if the corpus has fewer. */
      readonly tokens: number;
      /** Weights to begin with; random ones where there are none. */
      readonly start?: string | undefined;
      /** Factor of the learning rates. @defaultValue 1 */
      readonly rate?: number | undefined;
      /** Where the weights go. */
      readonly weights: string;
      readonly evaluate: Readonly<Record<string, TokenFile>>;
    }
  | {
      readonly kind: 'sample';
      readonly seed: number;
      readonly tokens: number;
      readonly weights: string;
      readonly output: TokenFile;
    }
  | {
      readonly kind: 'export';
      readonly weights: string;
      readonly directory: string;
      /** A model directory with the tokenizer that it gets. */
      readonly tokenizer: string;
    };

/** What training answers. */
export interface Trained {
  /** Mean negative log-probability of a token by evaluation file, in nats. */
  readonly losses: Readonly<Record<string, number>>;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** A Python process that does one job after another. */
export interface PythonWorker {
  readonly run: (job: Job) => Promise<unknown>;
  readonly end: () => void;
}

const local = '.cache/training/python/bin/python';
const script = fileURLToPath(
  new URL('../../../../benchmarks/training/python/worker.py', import.meta.url),
);

/** The Python with PyTorch: `TOEDIT_TRAINING_PYTHON`, else the environment in `.cache/training/python`, else `python3`. */
export function trainingPython(): string {
  return process.env['TOEDIT_TRAINING_PYTHON'] ?? (existsSync(local) ? local : 'python3');
}

/** Starts Python at the lowest priority, on one core. Its standard error is shown. */
export function startPython(python = trainingPython()): PythonWorker {
  const child = spawn('nice', ['-n', '19', python, script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    run: async (job) => {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const answer = await answers.next();
      if (answer.done === true) {
        throw new Error(`Python ended: ${python} ${script} (${endOf(child)})`);
      }
      return JSON.parse(answer.value) as unknown;
    },
    end: () => child.stdin.end(),
  };
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  return `exit code ${String(exitCode)}, signal ${String(signalCode)}; has it torch?`;
}
