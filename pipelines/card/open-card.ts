import { stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { writtenRowsOf } from '../../src/metrics/summary.ts';
import { addTotals, emptyTotals } from '../../src/metrics/totals.ts';
import type { EditedDataset } from '../../src/report/card/dataset-header.ts';
import type { DatasetFile } from '../../src/report/card/moved-patterns.ts';
import { renderCard } from '../../src/report/card/render-card.ts';
import { workerIdentity } from '../../src/run/claims/worker-identity.ts';
import { enterRun } from '../../src/run/enter-run.ts';
import { countTasks } from '../../src/run/ledger/count-tasks.ts';
import type { TaskState } from '../../src/run/ledger/fold-ledger.ts';
import type { LedgerReader } from '../../src/run/ledger/read-ledgers.ts';
import type { Manifest, Task } from '../../src/run/manifest/manifest.ts';
import type { RunPaths } from '../../src/run/run-paths.ts';
import { optionsOfManifest } from '../stages/corpus-options.ts';
import { outputPath } from '../stages/output-path.ts';
import { cardPath, findCard, requireCardPlace, writeCard } from './card-file.ts';

/** The data card of a run, kept up by each of its processes. */
export interface Card {
  /** Called when a task has ended: writes the card, unless that was done a moment ago. Never fails: `finish` does. */
  note(): void;
  /**
   * Writes the card as the run is now.
   *
   * @throws ToeditError `WRITE_FAILED`.
   */
  finish(): Promise<void>;
}

/** What {@link openCard} needs. */
export interface CardOptions {
  readonly manifest: Manifest;
  readonly paths: RunPaths;
  readonly ledgers: LedgerReader;
  /** Whether this process has tasks to do: else a file in the card's place is no reason to refuse. */
  readonly isWorking: boolean;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Opens the card of a run; of one that was planned without, nothing is ever written.
 *
 * @throws ToeditError as `requireCardPlace`, before any work.
 */
export async function openCard(options: CardOptions): Promise<Card> {
  const { manifest, paths, isWorking } = options;
  if (manifest.card !== true) return { note: () => undefined, finish: () => Promise.resolve() };
  if (isWorking) await requireCardPlace(manifest, paths.output);
  const { name: worker } = await workerIdentity();
  const write = async (): Promise<boolean> => await writeNow(options, worker);
  let busy: Promise<unknown> = Promise.resolve();
  let nextAt = 0;
  return {
    note() {
      if (performance.now() < nextAt) return;
      nextAt = Number.POSITIVE_INFINITY;
      const started = performance.now();
      const later = (): void => {
        const took = performance.now() - started;
        nextAt = performance.now() + Math.max(leastPauseMs, pausesPerWrite * took);
      };
      busy = write().then(later, later);
    },
    async finish() {
      await busy;
      // Another process may have ended the last task, and written a newer card, between our reading and our renaming.
      for (let attempt = 0; attempt < finishAttempts && (await write()); attempt++);
    },
  };
}

const leastPauseMs = 5000;
/** Of a run of very many tasks a card takes time to be written: at most a twentieth goes into it. */
const pausesPerWrite = 20;
const finishAttempts = 5;

/** Returns false where nothing was to be written: the card says it already, or is no longer ours. */
async function writeNow(options: CardOptions, worker: string): Promise<boolean> {
  const { paths, onNotice } = options;
  const text = await textOf(options);
  const found = await findCard(paths.output);
  if (found === 'foreign') {
    onNotice?.(`${cardPath(paths.output)} is not as toedit wrote it: it is left as it is`);
    return false;
  }
  if (found !== 'none' && found.text === text) return false;
  await enterRun(paths);
  await writeCard(paths, { text, worker });
  return true;
}

async function textOf({ manifest, paths, ledgers }: CardOptions): Promise<string> {
  await ledgers.update();
  const states = manifest.tasks.map(({ index }) => ledgers.stateOf(index));
  const outputs = states.flatMap((state) => state.outputs);
  const totals = emptyTotals();
  for (const report of outputs) if (report.totals !== null) addTotals(totals, report.totals);
  return renderCard({
    ...{ manifest, name: basename(paths.output), totals },
    dataset: await datasetOf(manifest, paths, ledgers),
    tasks: countTasks(states),
    deadLetters: outputs.reduce((sum, { deadLetters }) => sum + deadLetters, 0),
    writtenRows: outputs.reduce((sum, report) => sum + writtenRowsOf(report), 0),
  });
}

async function datasetOf(
  manifest: Manifest,
  { output }: RunPaths,
  ledgers: LedgerReader,
): Promise<EditedDataset | undefined> {
  const { dataset: source, tasks } = manifest;
  if (source === undefined) return undefined;
  const options = { ...optionsOfManifest(manifest), output };
  const files: DatasetFile[] = [];
  for (const task of tasks) {
    const path = placeOf(task, options);
    files.push({
      ...{ input: task.relativePath, output: relative(output, path).split(sep).join('/') },
      isArchive: task.format?.kind === 'zip',
      ...(await sizeOf(ledgers.stateOf(task.index))),
    });
  }
  return { source, files };
}

/** An input that cannot be recognised has no output: where it lies is as good a place as another. */
function placeOf(
  { relativePath, format }: Task,
  options: Parameters<typeof outputPath>[1],
): string {
  if (format === null) return join(options.output, relativePath);
  return outputPath({ relativePath, format }, options);
}

async function sizeOf({
  outputs,
}: TaskState): Promise<Pick<DatasetFile, 'isWritten' | 'rows' | 'bytes'>> {
  let [rows, bytes, isWritten] = [0, 0, false];
  for (const report of outputs) {
    const { status, output } = report;
    if (status !== 'done' || output === null) continue;
    isWritten = true;
    rows += writtenRowsOf(report);
    bytes += (await stat(output).catch(() => null))?.size ?? 0;
  }
  return { isWritten, rows, bytes };
}
