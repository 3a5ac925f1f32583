import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { RunContext } from '../pipelines/executor/run-context.ts';
import { runProgress } from '../pipelines/executor/run-progress.ts';
import { runTask } from '../pipelines/executor/run-task.ts';
import { outputOptions } from '../pipelines/stages/corpus-options.ts';
import { stagesOf } from '../pipelines/stages/corpus-stages.ts';
import { defaultBatching } from '../src/inference/engine-options.ts';
import { microBatchBudget } from '../src/inference/micro-batch.ts';
import { runRecorder } from '../src/metrics/recorder.ts';
import type { Prior } from '../src/model/load-prior.ts';
import { enterRun } from '../src/run/enter-run.ts';
import type { OutputReport } from '../src/run/ledger/ledger.ts';
import { makeManifest } from '../src/run/manifest/manifest.ts';
import { planTasks } from '../src/run/manifest/plan-tasks.ts';
import { writeManifest } from '../src/run/manifest/write-manifest.ts';
import { runPaths } from '../src/run/run-paths.ts';
import { version } from '../src/version.ts';

/** Does to one file what a run does: through the journal to an output that is read again. Returns its rows. */
export async function runFileOf(input: string, prior: Prior): Promise<number> {
  const output = `${input}.run`;
  const options = { inputs: [input], output };
  const { name, directory: path, modelFile, precision, device } = prior;
  const { modelFingerprint, tokenizerFingerprint } = prior;
  const identity = {
    ...{ version, command: 'edit' as const, options: outputOptions('edit', options) },
    prior: { name, path, modelFile, precision, device, modelFingerprint, tokenizerFingerprint },
  };
  const tasks = await planTasks([{ path: input, relativePath: 'output', explicit: true }]);
  const manifest = makeManifest(identity, { tasks, skipped: [] });
  const paths = runPaths(output, manifest.name);
  await rm(paths.manifest, { force: true });
  await writeManifest(paths.manifest, manifest);
  await enterRun(paths);
  const recorder = runRecorder();
  const context: Omit<RunContext, 'progress'> = {
    ...{ manifest, paths },
    options,
    worker: 'benchmark',
    recorder,
    stages: stagesOf('edit', options, {
      ...{ prior, batching: defaultBatching },
      ...{ budget: microBatchBudget(), mutex: pLimit(1) },
    }),
  };
  const outputs: OutputReport[] = [];
  const onOutput = async (report: OutputReport): Promise<void> => {
    outputs.push(await Promise.resolve(report));
  };
  const progress = runProgress(tasks, { recorder, left: tasks });
  for (const task of tasks) {
    const ofTask = { ...context, progress: progress.ofTask(task) };
    await runTask(task, { done: new Map(), onOutput }, ofTask);
  }
  const [report] = outputs;
  if (report?.status !== 'done') throw new Error(report?.error?.message ?? 'the file was not done');
  return report.rows;
}
