import { deepStrictEqual, strictEqual } from 'node:assert';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifyRun } from '../../pipelines/verify-run.ts';
import { readManifest } from '../../src/run/manifest/read-manifest.ts';
import { statePaths } from '../../src/run/run-paths.ts';
import { runRemains } from '../kills/run-remains.ts';
import { seededRandom } from '../kills/seeded-random.ts';
import { type EndedToedit, startToedit } from '../kills/start-toedit.ts';

/** What two processes do at once in one directory. */
export type RaceKind = 'edit' | 'plan' | 'overwrite';

/** Options of {@link raceRuns}. */
export interface RaceRunsOptions {
  readonly races: number;
  readonly seed: number;
  /** An empty directory. */
  readonly directory: string;
  /** Races that are under way at once. @defaultValue 1 */
  readonly jobs?: number | undefined;
  readonly onRace?: (report: RaceReport) => void;
}

/** What the races have come to. */
export interface RaceReport {
  readonly seed: number;
  races: number;
  /** Races by kind. */
  readonly kinds: Record<RaceKind, number>;
  /** Races that the process won which was started first. */
  firstWon: number;
  seconds: number;
}

/** Rules that give unlike outputs of the same corpus. */
const rules = [
  ['--threshold', '0.01', '--seed', '1'],
  ['--threshold', '0.01', '--seed', '2'],
  ['--threshold', '0.2', '--seed', '1'],
] as const;

/** Two are started within so many milliseconds. */
const longestHeadStart = 60;

/**
 * Starts two processes with different rules in one directory, over and over. Each time one must be refused, and the
 * directory hold the other's run, whole: its manifest, its outputs, byte for byte as when it is alone, and nothing that
 * `verify` has to say.
 *
 * - `edit`: two runs in an empty directory.
 * - `plan`: two plans in an empty directory; the one that is there is then carried out.
 * - `overwrite`: two that begin anew, in the directory of a finished run of a third rule. Either may end with 0 where it had
 *   ended before the other began anew; but who is refused has written nothing that stays.
 *
 * @throws AssertionError where anything else comes about.
 */
export async function raceRuns(options: RaceRunsOptions): Promise<RaceReport> {
  const started = performance.now();
  const { directory, seed } = options;
  const random = seededRandom(seed);
  const corpus = join(directory, 'corpus');
  await writeCorpus(corpus);
  const alone = await Promise.all(rules.map((_, rule) => runAlone(corpus, directory, rule)));
  strictEqual(new Set(alone.map((files) => JSON.stringify(files))).size, rules.length);
  const kinds = { edit: 0, plan: 0, overwrite: 0 };
  const report: RaceReport = { seed, races: 0, kinds, firstWon: 0, seconds: 0 };
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < options.races) {
      const race = drawRace(begun++, random, { corpus, directory });
      const winner = await runRace(race);
      await requireWhole(race.output, winner, alone[winner] ?? {});
      await rm(race.output, { recursive: true, maxRetries: 3 });
      report.races++;
      report.kinds[race.kind]++;
      if (winner === race.pair[0]) report.firstWon++;
      report.seconds = (performance.now() - started) / 1000;
      options.onRace?.(report);
    }
  };
  await Promise.all(Array.from({ length: options.jobs ?? 1 }, work));
  return report;
}

function drawRace(
  number: number,
  random: () => number,
  { corpus, directory }: { readonly corpus: string; readonly directory: string },
): Race {
  const first = Math.floor(random() * rules.length);
  const pair = [first, (first + 1 + Math.floor(random() * 2)) % rules.length] as const;
  const output = join(directory, `race-${String(number)}`);
  return { kind: kindOf(number), pair, corpus, output, headStart: random() * longestHeadStart };
}

interface Race {
  readonly kind: RaceKind;
  /** Indices of two rules. */
  readonly pair: readonly [number, number];
  readonly corpus: string;
  readonly output: string;
  /** Milliseconds between the two. */
  readonly headStart: number;
}

/** Of six races four are plain ones. */
function kindOf(race: number): RaceKind {
  if (race % 6 === 4) return 'plan';
  return race % 6 === 5 ? 'overwrite' : 'edit';
}

async function writeCorpus(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of ['a', 'b', 'c']) {
    const lines = Array.from({ length: 4 }, (_, row) => {
      const text = `${name} ${String(row)}: the old man and the old man and the old man and the`;
      return `${JSON.stringify({ text })}\n`;
    });
    await writeFile(join(directory, `${name}.jsonl`), lines.join(''));
  }
}

type Files = Readonly<Record<string, string>>;

async function runAlone(corpus: string, directory: string, rule: number): Promise<Files> {
  const output = join(directory, `alone-${String(rule)}`);
  const ended = await start('edit', { corpus, output }, rule);
  strictEqual(ended.code, 0, ended.stderr);
  return (await runRemains(output)).files;
}

function start(
  command: string,
  { corpus, output }: Pick<Race, 'corpus' | 'output'>,
  rule: number,
  flags: readonly string[] = [],
): Promise<EndedToedit> {
  const args = [command, corpus, '--output', output, ...(rules[rule] ?? []), ...flags];
  return startToedit([...args, '--quiet']).ended;
}

/** @returns the rule of the run that is in the directory. */
async function runRace(race: Race): Promise<number> {
  const { kind, pair, output, headStart } = race;
  if (kind === 'overwrite') {
    const third = rules.findIndex((_, rule) => !pair.includes(rule));
    strictEqual((await start('edit', race, third)).code, 0);
  }
  const command = kind === 'plan' ? 'plan' : 'edit';
  const flags = kind === 'overwrite' ? ['--overwrite'] : [];
  const one = start(command, race, pair[0], flags);
  await sleep(headStart);
  const ended = await Promise.all([one, start(command, race, pair[1], flags)]);
  if (ended.every(({ code }) => code !== 0)) throw new Error(ended[0].stderr + ended[1].stderr);
  const { options } = await readManifest(statePaths(output).manifest);
  const winner = pair.find((rule) => isRule(rule, options)) ?? Number.NaN;
  requireOneRefused(race, ended, winner);
  if (kind === 'plan') {
    const carried = await startToedit(['run', output, '--quiet']).ended;
    strictEqual(carried.code, 0, carried.stderr);
  }
  return winner;
}

function isRule(rule: number, options: Readonly<Record<string, unknown>>): boolean {
  const [, threshold, , seed] = rules[rule] ?? [];
  return options['threshold'] === Number(threshold) && options['seed'] === seed;
}

/** The winner ends with 0; the other is refused with 2, and with the reason. */
function requireOneRefused(
  { kind, pair }: Race,
  ended: readonly [EndedToedit, EndedToedit],
  winner: number,
): void {
  for (const [place, { code, stderr }] of ended.entries()) {
    const isWinner = pair[place] === winner;
    if (kind === 'overwrite' && !isWinner && code === 0) continue;
    strictEqual(code, isWinner ? 0 : 2, stderr);
    const refusal = kind === 'overwrite' ? /begun anew|is working in|differs/ : /threshold|seed/;
    if (!isWinner && !refusal.test(stderr)) throw new Error(`refused with ${stderr}`);
  }
}

async function requireWhole(output: string, rule: number, expected: Files): Promise<void> {
  const { files, ...left } = await runRemains(output);
  deepStrictEqual(files, expected, `the outputs are not those of rule ${String(rule)}`);
  deepStrictEqual(left, { journals: [], parts: [], claims: [] });
  deepStrictEqual((await verifyRun(output)).problems, []);
}
