import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dictionary, Field, Int8, List, Utf8 } from 'apache-arrow';
import { expect, test } from 'vitest';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { rebatch } from '#toedit/operators/rebatch';
import { batchOf, dataOf } from '../../arrow/any-column.ts';
import { open, scratch, write } from './journal-of.ts';

const words = new Dictionary(new Utf8(), new Int8());
const lists = new Dictionary(new List(new Field('item', new Utf8(), true)), new Int8());

test.each([
  [String(words), batchOf(dataOf(words, ['a', 'b', null, 'c', 'a', 'c', 'b', 'd']))],
  [String(lists), batchOf(dataOf(lists, [['a'], ['b'], null, [], ['a'], [], ['b'], ['d']]))],
])('%s is written alike, whichever processes wrote the journal', async (_, whole) => {
  using place = scratch();
  const batches = [0, 2, 4, 6].map((begin) => whole.slice(begin, begin + 2));
  const files: Buffer[] = [];
  for (const [run, cuts] of [[4], [2, 4], [1, 2, 3, 4]].entries()) {
    const directory = join(place.directory, `journal-${run}`);
    for (const [i, cut] of cuts.entries()) {
      await write(directory, batches.slice(cuts[i - 1] ?? 0, cut));
    }
    await using journal = await open(directory);
    const path = join(place.directory, `out-${run}`);
    await writeArrow(path)(rebatch({ rows: 3 })(journal.batches()));
    files.push(readFileSync(path));
  }
  expect(files[1]).toEqual(files[0]);
  expect(files[2]).toEqual(files[0]);
});
