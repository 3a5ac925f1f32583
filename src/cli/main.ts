#!/usr/bin/env node
import { runCli } from './run-cli.ts';

for (const stream of [process.stdout, process.stderr]) {
  // A reader that has gone away, such as `head`, is no error of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// The pipelines are loaded when a command needs them, so that help and usage errors come at once.
process.exitCode = await runCli(
  process.argv.slice(2),
  {
    editCorpus: async (options) => {
      const { editCorpus } = await import('../../pipelines/edit-corpus.ts');
      return editCorpus(options);
    },
    scoreCorpus: async (options) => {
      const { scoreCorpus } = await import('../../pipelines/score-corpus.ts');
      return scoreCorpus(options);
    },
    planCorpus: async (options) => {
      const { planCorpus } = await import('../../pipelines/plan-corpus.ts');
      return planCorpus(options);
    },
    runShard: async (options) => {
      const { runShard } = await import('../../pipelines/run-shard.ts');
      return runShard(options);
    },
    retryShard: async (options) => {
      const { retryShard } = await import('../../pipelines/retry-shard.ts');
      return retryShard(options);
    },
  },
  process,
);
