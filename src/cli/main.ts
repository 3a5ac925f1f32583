#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

for (const stream of [process.stdout, process.stderr]) {
  // A reader that has gone away, such as `head`, is no error of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), process);
