import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Binary,
  type DataType,
  Dictionary,
  Field,
  Int16,
  Int32,
  LargeUtf8,
  type RecordBatch,
  Schema,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArrow } from '#toedit/operators/formats/read-arrow';
import { writeArrow } from '#toedit/operators/formats/write-arrow';
import { editCorpus } from '#toedit/pipelines/edit-corpus';
import { scoreCorpus } from '#toedit/pipelines/score-corpus';
import { serveStreams } from '#toedit/pipelines/worker/serve-streams';
import { schemaSignature } from '#toedit/src/arrow/schemas';
import { recordBatchOf } from '../record-batch-of.ts';
import { asyncOf, collectAll, countsOf, errorOf, requestBytes, serve } from './worker-host.ts';

const none = new Schema([]);

const options = { threshold: 0.3, temperature: 2, seed: 11n } as const;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'toedit-worker-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

// A schema of its own for each, as apache-arrow numbers dictionaries.
const labels = new Field('label', new Dictionary(new Utf8(), new Int32()), true);
const ids = new Field('id', new Int32(), false);
const types: readonly DataType[] = [
  new Utf8(),
  new LargeUtf8(),
  new Utf8View(),
  new Dictionary(new Utf8(), new Int16()),
];

const words = ['the', 'old', 'man', 'and', 'sea', 'of', 'a', 'New', 'York', 'ﬁsh', 'été', '漢字'];
const text = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' '));
const request = fc.record({
  type: fc.constantFrom(...types),
  values: fc.array(fc.option(text, { nil: null }), { minLength: 1, maxLength: 30 }),
  cuts: fc.array(fc.nat(), { maxLength: 5 }),
});

/** Columns id, text and label. */
function rowsOf(values: readonly unknown[], type: DataType = types[0] ?? new Utf8()): RecordBatch {
  return recordBatchOf([
    { field: ids, values: values.map((_, row) => row) },
    { field: new Field('text', type, true), values },
    { field: labels, values: values.map((_, row) => `label ${row % 3}`) },
  ]);
}

/** The batch in pieces; the cuts may fall together, and then a piece has no rows. */
function cut(batch: RecordBatch, cuts: readonly number[]): RecordBatch[] {
  const places = [0, ...cuts.map((at) => at % (batch.numRows + 1)), batch.numRows].toSorted(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => batch.slice(places[index], end));
}

function cellsOf(batches: readonly RecordBatch[]): unknown[] {
  return batches.flatMap((batch) =>
    batch.toArray().map((row: { toJSON(): Record<string, unknown> }) =>
      // Lists are compared by what is in them.
      JSON.stringify(row.toJSON(), (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      ),
    ),
  );
}

let runs = 0;

/** What the command line makes of files of these rows. */
async function asFiles(
  batches: readonly RecordBatch[],
  command: 'edit' | 'score',
): Promise<RecordBatch[][]> {
  const input = join(directory, `inputs-${runs}`);
  const output = join(directory, `outputs-${runs++}`);
  mkdirSync(input);
  const names = batches.map((_, index) => `${index}.arrows`);
  for (const [index, batch] of batches.entries()) {
    const path = join(input, names[index] ?? '');
    await writeArrow(path, { format: 'stream' })(asyncOf([batch]));
  }
  const run = { inputs: [input], output, ledger: false };
  await (command === 'edit' ? editCorpus({ ...run, ...options }) : scoreCorpus(run));
  return await Promise.all(names.map((name) => collectAll(readArrow(join(output, name)))));
}

describe('rows in, rows out', () => {
  test('each request has a response of its rows: those of the command line, however they are cut', async () => {
    let changed = 0;
    const streams = fc.array(request, { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(streams, async (cases) => {
        const wholes = cases.map(({ values, type }) => rowsOf(values, type));
        const requests = wholes.map((whole, index) => cut(whole, cases[index]?.cuts ?? []));
        const bytes = (await Promise.all(requests.map(requestBytes))).flat();
        const { responses, report } = await serve(asyncOf(bytes), options);
        const sizes = (batches: readonly RecordBatch[]) => batches.map(({ numRows }) => numRows);
        expect(responses.map(sizes)).toEqual(requests.map(sizes));
        expect(report).toMatchObject({
          ...{ streams: wholes.length, refused: 0 },
          rows: sizes(wholes).reduce((sum, rows) => sum + rows, 0),
        });
        expect(responses.map(([first]) => schemaSignature(first?.schema ?? none))).toEqual(
          wholes.map(({ schema }) => schemaSignature(schema)),
        );
        const files = await asFiles(wholes, 'edit');
        expect(responses.map(cellsOf)).toEqual(files.map(cellsOf));
        changed += wholes.filter(
          (whole, index) => cellsOf([whole]).join() !== cellsOf(files[index] ?? []).join(),
        ).length;
      }),
      { numRuns: 1, endOnFailure: true },
    );
    expect(changed).toBeGreaterThan(5);
  });

  test('score adds the columns of the command line', async () => {
    const whole = rowsOf(['the old man and the sea', null, 'of the sea']);
    const bytes = asyncOf(await requestBytes(cut(whole, [1])));
    const { responses } = await serve(bytes, { command: 'score' });
    const [file = []] = await asFiles([whole], 'score');
    expect(cellsOf(responses[0] ?? [])).toEqual(cellsOf(file));
    expect(responses[0]?.[0]?.schema.names).toContain('token_logprobs');
  });

  test('bytes that are no UTF-8 pass, and are counted', async () => {
    const values = [Buffer.from('the sea'), Buffer.from([0xff, 0xfe])];
    const batch = rowsOf(values, new Binary());
    const { responses } = await serve(asyncOf(await requestBytes([batch])), options);
    const [[response] = []] = responses;
    expect(response?.getChild('text')?.get(1)).toEqual(Uint8Array.of(0xff, 0xfe));
    expect(response === undefined ? null : countsOf(response)).toMatchObject({
      ...{ rows: 2, passed: { invalid_utf8: 1 } },
    });
  });
});

describe('bad requests', () => {
  const good = (): RecordBatch => rowsOf(['the old man', 'the sea']);

  test('a damaged record batch is answered with an error, and those behind it with their rows', async () => {
    const bytes = await requestBytes([good(), good(), good()]);
    // The offsets of the texts: after the ids, in the body at the end of the message.
    const damaged = Buffer.from(bytes[1] ?? []);
    const at = damaged.lastIndexOf(Buffer.from('the old manthe sea'));
    expect(at).toBeGreaterThan(16);
    damaged.writeInt32LE(2 ** 30, at - 12);
    const sent = [bytes[0], damaged, ...bytes.slice(2)] as Uint8Array[];
    const { responses, report } = await serve(asyncOf(sent), options);
    expect(responses[0]?.map(({ numRows }) => numRows)).toEqual([2, 0, 2]);
    expect(errorOf(responses[0]?.[1])).toMatchObject({
      ...{ code: 'FILE_CORRUPT', retryable: false },
      message: expect.stringContaining('record batch 1'),
    });
    expect(report).toMatchObject({ batches: 3, refused: 1, rows: 4 });
  });

  test('a row that is to fail its batch is named', async () => {
    const batches = [good(), rowsOf(['the sea', null]), good()];
    const bytes = asyncOf(await requestBytes(batches));
    const { responses } = await serve(bytes, { onBadRow: 'fail' });
    expect(responses[0]?.map(({ numRows }) => numRows)).toEqual([2, 0, 2]);
    expect(errorOf(responses[0]?.[1])).toMatchObject({ code: 'BAD_ROW', row: 1 });
  });

  test('a schema that cannot be worked on is refused; the next stream is answered', async () => {
    const lost = recordBatchOf([{ field: new Field('body', new Utf8()), values: ['the sea'] }]);
    const taken = recordBatchOf([
      { field: new Field('text', new Utf8()), values: ['the sea'] },
      { field: new Field('pass_reason', new Utf8()), values: ['none'] },
    ]);
    const bytes = [
      ...(await requestBytes([lost, lost])),
      ...(await requestBytes([taken])),
      ...(await requestBytes([good()])),
    ];
    const { responses, report } = await serve(asyncOf(bytes), options);
    expect(responses.map((stream) => errorOf(stream[0])?.['code'])).toEqual([
      'COLUMN_MISSING',
      'COLUMN_EXISTS',
      undefined,
    ]);
    expect(responses[2]?.[0]?.numRows).toBe(2);
    expect(report).toMatchObject({ streams: 3, refused: 2 });
  });

  test.each([
    ['no Arrow at all', Buffer.from('{"text": "the sea"}\n')],
    ['nothing', Buffer.alloc(0)],
  ])('%s: an error, or the end', async (_name, bytes) => {
    const work = serve(asyncOf([bytes]), options).then(({ responses }) => responses);
    if (bytes.length === 0) await expect(work).resolves.toEqual([]);
    else await expect(work).rejects.toThrow(/the request is damaged: a message has no marker/);
  });

  test('options and priors that cannot be are refused before the first stream', async () => {
    await expect(serve(asyncOf([]), { threshold: 2 })).rejects.toThrow(/threshold/);
    await expect(serve(asyncOf([]), { model: directory })).rejects.toThrow(/config\.json/);
  });
});

test('a host that waits for each response before it sends the next request gets it', async () => {
  const bytes = await requestBytes(
    ['the sea', 'the old man', 'of New York'].map((value) => rowsOf([value], new Utf8())),
  );
  // All but the schema of the first message, and all of the others, wait for what the last one brought.
  const answered: (() => void)[] = [];
  const answer = (): Promise<void> => new Promise((resolve) => answered.push(resolve));
  const input = async function* (): AsyncGenerator<Uint8Array> {
    for (const message of bytes.slice(0, -1)) {
      const response = answer();
      yield message;
      await response;
    }
  };
  let writes = 0;
  const report = await serveStreams(
    {
      input: input(),
      write: async () => {
        // The first is the schema.
        if (writes++ > 0) answered.shift()?.();
      },
    },
    options,
  );
  expect(report.batches).toBe(3);
});
