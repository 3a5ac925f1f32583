import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Binary,
  BinaryView,
  type DataType,
  Dictionary,
  FixedSizeBinary,
  Int8,
  Int32,
  LargeBinary,
  LargeUtf8,
  Null,
  type RecordBatch,
  Uint32,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { readParquet } from '#toedit/operators/formats/read-parquet';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { schemaSignature } from '#toedit/src/arrow/schemas';
import { textColumn } from '#toedit/src/arrow/text-column';
import { type Outcome, runToedit } from '../cli/run-toedit.ts';
import { collect, countedSource } from '../operators/text-batch.ts';
import { hasSharedFaults, sharedFaults } from '../shared-data.ts';
import { batchOf, dataOf } from '../src/arrow/any-column.ts';

/** A Python with pyarrow and polars: readers that are not ours. */
const referee = process.env['TOEDIT_REFEREE'] ?? '/tmp/venv-referee/bin/python';
const hasReferee = existsSync(referee);
if (!hasReferee) console.warn(`skipped: tests with pyarrow and polars need ${referee}`);

const texts = [
  'The sea is blue.',
  null,
  '',
  'An old man lived by the sea.',
  'sky',
  'The sea is blue.',
];
const formats = ['file', 'stream'] as const;
const plainTypes: Readonly<Record<string, () => DataType>> = {
  utf8: () => new Utf8(),
  'large-utf8': () => new LargeUtf8(),
  'utf8-view': () => new Utf8View(),
  binary: () => new Binary(),
  'large-binary': () => new LargeBinary(),
  'binary-view': () => new BinaryView(),
};
const types: Readonly<Record<string, () => DataType>> = {
  ...plainTypes,
  'dictionary-utf8': () => new Dictionary(new Utf8(), new Int8()),
  'dictionary-large-utf8': () => new Dictionary(new LargeUtf8(), new Int32()),
  'dictionary-utf8-view': () => new Dictionary(new Utf8View(), new Uint32()),
};
const names = Object.keys(types).flatMap((name) => formats.map((format) => `${name}-${format}`));

let directory: string;
const at = (path: string): string => join(directory, path);
const asBytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

/** Files of four record batches, each with a dictionary of its own. */
async function writeCorpus(folder: string, all: Readonly<Record<string, () => DataType>>) {
  mkdirSync(at(folder));
  for (const [name, make] of Object.entries(all)) {
    const type = make();
    const isText = !name.includes('binary');
    const batches = [0, 1, 2, 3].map((batch) => {
      const rows = texts.map((text) => text && `${text} ${batch > 1 ? 'again and again' : ''}`);
      return batchOf(dataOf(type, isText ? rows : rows.map(asBytes)));
    });
    for (const format of formats) {
      const path = at(`${folder}/${name}-${format}`);
      await writeArrow(path, { format, compression: format === 'file' ? 'zstd' : 'none' })(
        countedSource(batches).source,
      );
    }
  }
}

const rule = ['--threshold', '0.01', '--seed', '5', '--threads', '1', '--text-column', 'c'];
const run = (
  command: string,
  input: string,
  output: string,
  ...flags: string[]
): Promise<Outcome> => runToedit([command, input, '-o', output, '--quiet', ...flags], directory);

function textsOf(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap((batch) => {
    const column = textColumn(batch, 'c');
    return Array.from({ length: batch.numRows }, (_, row) =>
      column.isNull(row) ? null : Buffer.from(column.bytes(row)).toString(),
    );
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-text-types-'));
  await writeCorpus('in', types);
  expect(await run('edit', 'in', 'out', ...rule)).toMatchObject({ code: 0, stderr: '' });
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true }));

describe('Arrow', () => {
  test.each(names)('%s: the texts of utf8, and the type that it had', async (name) => {
    const [before, after, plain] = await Promise.all(
      [`in/${name}`, `out/${name}`, 'out/utf8-file'].map((path) => collect(readArrow(at(path)))),
    );
    const edited = textsOf(after ?? []);
    expect(edited).toEqual(textsOf(plain ?? []));
    expect(edited).not.toEqual(textsOf(before ?? []));
    const signatures = [before, after].map((batches) =>
      batches?.map(({ schema }) => schemaSignature(schema)).at(0),
    );
    expect(signatures[1]).toBe(signatures[0]);
  });

  test.runIf(hasReferee)('pyarrow and polars read them all so', () => {
    const script = `
import sys, pyarrow.ipc as ipc, polars as pl
def read(path, kind):
    table = (ipc.open_file if kind == 'file' else ipc.open_stream)(path).read_all()
    table.validate(full=True)
    return table
def plain(values):
    return [v.decode() if isinstance(v, bytes) else v for v in values]
expected = read('out/utf8-file', 'file')['c'].to_pylist()
for name in sys.argv[1:]:
    kind = name.rsplit('-', 1)[1]
    old, new = read('in/' + name, kind), read('out/' + name, kind)
    assert old.schema.equals(new.schema, check_metadata=True), (name, old.schema, new.schema)
    assert plain(new['c'].to_pylist()) == expected, name
    frame = (pl.read_ipc if kind == 'file' else pl.read_ipc_stream)('out/' + name)
    assert plain(frame['c'].to_list()) == expected, name
print(len(sys.argv) - 1)`;
    const printed = execFileSync(referee, ['-c', script, ...names], { cwd: directory });
    expect(printed.toString().trim()).toBe(String(names.length));
  });

  test.runIf(hasReferee)('polars reads views of short texts alone, and of none', async () => {
    mkdirSync(at('short'));
    for (const [name, rows] of Object.entries({ short: ['the sea', null, ''], none: [] })) {
      const types = [new Utf8View(), new Dictionary(new Utf8View(), new Uint32())];
      for (const [number, type] of types.entries()) {
        const batch = batchOf(dataOf(type, rows));
        for (const format of formats) {
          await writeArrow(at(`short/${name}-${String(number)}-${format}`), {
            ...{ format, compression: 'zstd' as const },
          })(countedSource([batch]).source);
        }
      }
    }
    const script = `
import os, polars as pl
for name in os.listdir('short'):
    rows = (pl.read_ipc if name.endswith('file') else pl.read_ipc_stream)('short/' + name)['c']
    assert rows.to_list() == (['the sea', None, ''] if name.startswith('short') else []), name
print(len(os.listdir('short')))`;
    const printed = execFileSync(referee, ['-c', script], { cwd: directory });
    expect(printed.toString().trim()).toBe('8');
  });

  test('they become the same Parquet and JSON Lines', async () => {
    for (const format of ['parquet', 'jsonl']) {
      mkdirSync(at(`apart-${format}`));
      for (const name of Object.keys(types)) {
        cpSync(at(`in/${name}-file`), at(`apart-${format}/${name}`));
      }
      const output = `out-${format}`;
      const flags = [...rule, '--format', format];
      expect(await run('edit', `apart-${format}`, output, ...flags)).toMatchObject({ code: 0 });
      // And back, with nothing edited: no probability is above 1.
      const back = [...rule.slice(2), '--threshold', '1', '--format', 'arrow'];
      expect(await run('edit', output, `back-${format}`, ...back)).toMatchObject({ code: 0 });
      const expected = textsOf(await collect(readArrow(at('out/utf8-file'))));
      for (const name of Object.keys(types)) {
        const batches = await collect(readArrow(at(`back-${format}/${name}.arrow`)));
        expect([name, textsOf(batches)]).toEqual([name, expected]);
      }
    }
  }, 120_000);

  test('nulls alone come back as they came, beside files that have texts', async () => {
    await writeCorpus('nulls', { null: () => new Null(), utf8: () => new Utf8() });
    expect(await run('edit', 'nulls', 'out-nulls', ...rule)).toMatchObject({ code: 0, stderr: '' });
    for (const format of formats) {
      const [before, after] = await Promise.all(
        ['nulls', 'out-nulls'].map((path) => collect(readArrow(at(`${path}/null-${format}`)))),
      );
      expect(textsOf(after ?? [])).toEqual(textsOf(before ?? []));
      expect(after?.[0]?.schema.fields.map(String)).toEqual(['c: Null']);
    }
  });

  test('what cannot take a text of another length is refused by name, and can be scored', async () => {
    const ordered = new Dictionary(new Utf8(), new Int8(), undefined, true);
    mkdirSync(at('closed'));
    const columns = {
      fixed: dataOf(new FixedSizeBinary(4), ['seas', 'suns'].map(asBytes)),
      ordered: dataOf(ordered, ['seas', 'suns']),
      text: dataOf(new Utf8(), ['The sea is blue.']),
    };
    for (const [name, data] of Object.entries(columns)) {
      await writeArrow(at(`closed/${name}`))(countedSource([batchOf(data)]).source);
    }
    const { code, stderr } = await run('edit', 'closed', 'out-closed', ...rule);
    expect(code).toBe(3);
    expect(stderr).toMatch(/fixed: column "c" is FixedSizeBinary\[4\].*cast it to text/);
    expect(stderr).toMatch(/ordered: column "c" is Dictionary<Int8, Utf8>.*cast it to text/);
    expect(existsSync(at('out-closed/text'))).toBe(true);
    const flags = ['--text-column', 'c', '--threads', '1'];
    expect(await run('score', 'closed', 'scored', ...flags)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe.runIf(hasSharedFaults)('what Polars writes', () => {
  const shared = ['polars.arrow', 'categorical.parquet', 'string-view.parquet'];
  const read = (path: string): Promise<RecordBatch[]> =>
    collect(path.endsWith('.parquet') ? readParquet(path) : readArrow(path));

  test('comes back with other texts and the same types', async () => {
    const input = join(sharedFaults, 'utf8view');
    const flags = ['--threshold', '0.01', '--threads', '1'];
    expect(await run('edit', input, 'polars', ...flags)).toMatchObject({ code: 0, stderr: '' });
    for (const name of shared) {
      const [before, after] = await Promise.all([
        read(join(input, name)),
        read(at(`polars/${name}`)),
      ]);
      const signature = (batches: readonly RecordBatch[] | undefined) =>
        batches?.map(({ schema }) => schemaSignature(schema)).at(0);
      expect([name, signature(after)]).toEqual([name, signature(before)]);
      const rows = (batches: readonly RecordBatch[] | undefined) =>
        batches?.flatMap((batch) => Array.from(batch.getChild('text') ?? [])) ?? [];
      expect(rows(after)).toHaveLength(rows(before).length);
      expect(rows(after)).not.toEqual(rows(before));
    }
  });
});
