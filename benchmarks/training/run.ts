import { parseArgs } from 'node:util';
import { buckets } from './experiments/bucket-samples.ts';
import { corporaOf } from './experiments/corpora.ts';
import { continual, edited } from './experiments/edited.ts';
import { recursion } from './experiments/generations.ts';
import { openLab } from './experiments/lab.ts';
import { measures } from './experiments/measures.ts';
import { controls, mixtures, smallest } from './experiments/mixtures.ts';
import { selection } from './experiments/selection.ts';
import { writePages } from './write-pages.ts';

const experiments = {
  ...{ smallest, mixtures, edited, selection, generations: recursion, continual, controls },
  ...{ measures, buckets },
};
const names = Object.keys(experiments) as (keyof typeof experiments)[];

const { values, positionals } = parseArgs({
  args: process.argv.slice(3),
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    output: { type: 'string', default: 'benchmarks/training' },
    cache: { type: 'string', default: '.cache/training' },
  },
});
const unknown = positionals.filter((name) => !names.some((each) => each === name));
if (unknown.length > 0)
  throw new RangeError(`${unknown.join(', ')}: choose of ${names.join(', ')}`);
const scale = Number(values.scale);
if (!(Number.isInteger(scale) && scale > 0)) throw new RangeError(`--scale ${values.scale}`);

const lab = openLab({
  cache: `${values.cache}/scale-${scale}`,
  output: values.output,
  scale,
});
try {
  const corpora = corporaOf(lab, scale);
  for (const name of names) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    await experiments[name](lab, corpora);
  }
} finally {
  await lab.end();
}
writePages(values.output);
