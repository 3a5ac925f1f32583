import { compareProcess, type Effort, type ProcessErrors } from './compare-process.ts';
import { firstError, type Setting } from './design.ts';
import { type Process, processesOf } from './processes.ts';

/** A process with its errors, by round from the first model on, in units of B. */
export interface ProcessResult extends ProcessErrors {
  readonly process: Omit<Process, 'fractions'> & { readonly rounds: number };
  /** The first round whose model is expected to have more than twice the first one's error; null where none has. */
  readonly failsFrom: number | null;
  /** The paper's bound for geometric decay, in units of B; null of other processes. */
  readonly decayBound: number | null;
}

/** What `results.json` holds. */
export interface TheoryResults {
  readonly setting: Setting;
  readonly effort: Omit<Effort, 'seed'> & { readonly seed: string };
  /** The rounds that were asked for in place of each process's own; null where none were. */
  readonly rounds: number | null;
  readonly seconds: number;
  readonly results: readonly ProcessResult[];
}

/** The paper's guarantee, in units of B: the greatest error that its Theorem 2 allows. */
export const guarantee = 2;

/** Computes and simulates all processes. */
export function theoryResults(
  setting: Setting,
  effort: Effort,
  rounds: number | null = null,
): TheoryResults {
  const started = performance.now();
  const results = processesOf(rounds ?? undefined).map((process, index) =>
    resultOf(process, compareProcess(process, setting, effort, index), setting),
  );
  return {
    setting,
    effort: { ...effort, seed: String(effort.seed) },
    rounds,
    seconds: (performance.now() - started) / 1000,
    results,
  };
}

function resultOf(process: Process, errors: ProcessErrors, setting: Setting): ProcessResult {
  const { fractions, ...rest } = process;
  const first = errors.exact[0] ?? Number.NaN;
  // Rounding alone may exceed a bound that is met exactly.
  const above = errors.exact.findIndex((error) => error > guarantee * first * (1 + 1e-9));
  return {
    process: { ...rest, rounds: fractions.length },
    ...errors,
    failsFrom: above === -1 ? null : above,
    decayBound: process.decay === undefined ? null : decayBound(process, process.decay, setting),
  };
}

/**
 * 1 + σ²√E[tr((XᵀX)⁻²)] √m₁ / ((1 - η) B), where E[tr((XᵀX)⁻²)] = d(T - 1) / ((T - d)(T - d - 1)(T - d - 3)) for standard normal inputs.
 */
function decayBound({ fractions: [first = 0] }: Process, decay: number, setting: Setting): number {
  const { samples, dimensions, sigma } = setting;
  const free = samples - dimensions;
  const trace = (dimensions * (samples - 1)) / (free * (free - 1) * (free - 3));
  const edited = Math.round(first * samples);
  const rise = sigma ** 2 * Math.sqrt(trace) * Math.sqrt(edited);
  return 1 + rise / (1 - decay) / firstError(setting);
}
