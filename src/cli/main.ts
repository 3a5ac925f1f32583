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
  },
  process,
);
