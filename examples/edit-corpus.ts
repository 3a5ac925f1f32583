import { editCorpus } from 'toedit';

/** Edits files by one call, with progress, and a limit on time. */
const [input = 'examples/corpus', output = 'edited'] = process.argv.slice(2);

const summary = await editCorpus({
  inputs: [input],
  output,
  preset: 'paper',
  seed: 7n,
  overwrite: true,
  signal: AbortSignal.timeout(3_600_000),
  onProgress: ({ file, rowsDone }) => console.error(`${file}: ${rowsDone} rows`),
});

for (const file of summary.files) console.log(file.status, file.output ?? file.error?.message);
console.log(`${summary.changed} of ${summary.tokens} tokens changed`);
