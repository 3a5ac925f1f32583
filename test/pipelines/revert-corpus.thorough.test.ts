import { appendFileSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { appendFile, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  type EditCorpusOptions,
  editCorpus,
  planCorpus,
  readArrow,
  readParquet,
  revertCorpus,
  runShard,
  scoreCorpus,
  verifyRun,
} from 'toedit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputsOf } from '../outputs-of.ts';
import { root } from '../sandbox.ts';
import { contentsOf, contentsOfCorpus, rowsOf } from './corpus-contents.ts';
import { makeShardCorpus } from './shard-corpus.ts';

const directory = mkdtempSync(join(tmpdir(), 'toedit-revert-'));
const corpus = join(directory, 'corpus');
/** Changes and deletes many tokens. */
const rule = { threshold: 0.2, excludeOriginal: true, dropBelow: 0.0001, threads: 1 } as const;

beforeAll(async () => {
  mkdirSync(corpus);
  await makeShardCorpus(corpus);
  appendFileSync(
    join(corpus, 'e.jsonl'),
    '{"text":null,"n":1}\n{ "text" : "h\\u00e9 the old", "n":  1.50 }\nno JSON\n{"text":7}\n{"n":2}\n',
  );
  const sample = await readFile(join(root, 'examples/corpus/devils-dictionary.jsonl.gz'));
  const lines = gunzipSync(sample).toString().split('\n').slice(0, 20).join('\n');
  await writeFile(join(corpus, 'dictionary.jsonl.gz'), gzipSync(`${lines}\n`));
});
afterAll(() => rm(directory, { recursive: true }));

let runs = 0;
const newOutput = (): string => join(directory, `out-${String(runs++)}`);

async function edit(options: Partial<EditCorpusOptions> = {}): Promise<string> {
  const output = newOutput();
  const { changed } = await editCorpus({ inputs: [corpus], output, ...rule, ...options });
  expect(changed).toBeGreaterThan(100);
  return output;
}

async function revert(edited: string): Promise<string> {
  const output = newOutput();
  const { changed, files } = await revertCorpus({ edited, output });
  expect(changed).toBeGreaterThan(100);
  expect(files.filter(({ status }) => status === 'failed')).toEqual([]);
  return output;
}

describe('a run that is taken back', () => {
  test('gives every file of every format as it was, and is verified', async () => {
    const edited = await edit();
    const reverted = await revert(edited);
    expect(await contentsOf(reverted)).toEqual(await contentsOfCorpus(corpus));
    const report = await verifyRun(reverted);
    expect(report).toMatchObject({ problems: [], remadeOutputs: report.outputs });
  });

  test('is edited again where it is taken back twice', async () => {
    const edited = await edit({ seed: 9n });
    const again = await revert(await revert(edited));
    expect(await contentsOf(again)).toEqual(await contentsOf(edited));
  });

  test('gives the texts in the format that they were edited into', async () => {
    const reverted = await revert(
      await edit({ format: 'jsonl', inputs: [join(corpus, 'g.parquet')] }),
    );
    const lines = (await readFile(join(reverted, 'g.jsonl'), 'utf8')).trim().split('\n');
    const expected = await rowsOf(readParquet(join(corpus, 'g.parquet')));
    expect(lines.map((line) => JSON.stringify(JSON.parse(line)))).toEqual(expected);
  });

  test('has no row that was set aside, and all others in their places', async () => {
    const reverted = await revert(await edit({ onBadRow: 'dead-letter' }));
    const lines = (await readFile(join(corpus, 'e.jsonl'), 'utf8')).split('\n');
    const kept = lines.filter((line) => line.includes('old') || line === '');
    expect(await readFile(join(reverted, 'e.jsonl'), 'utf8')).toBe(kept.join('\n'));
  });

  test('continues where it was stopped, in two shards at once, too', async () => {
    const edited = await edit();
    const whole = outputsOf(await revert(edited));
    const output = newOutput();
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const first = await revertCorpus({ edited, output, onProgress, stop: stop.signal });
    expect(first.interrupted).toBe(true);
    await Promise.all(
      [0, 1].map((index) => runShard({ output, shard: { index, count: 2 }, filesInFlight: 1 })),
    );
    expect(outputsOf(output)).toEqual(whole);
  });

  test('is the corpus, for any texts and any lines of JSON', async () => {
    const values = fc.oneof(fc.string({ unit: 'grapheme' }), fc.lorem({ mode: 'sentences' }));
    const line = fc
      .tuple(fc.option(values), fc.jsonValue(), fc.constantFrom(0, 1, 2))
      .map(([text, other, space]) => {
        const json = JSON.stringify({ other, text }, null, ' '.repeat(space));
        return json.replaceAll('\n', ' ');
      });
    const path = join(directory, 'any.jsonl');
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 20 }), async (lines) => {
        await writeFile(path, `${lines.join('\n')}\n`);
        const [edited, output] = [newOutput(), newOutput()];
        await editCorpus({ inputs: [path], output: edited, ...rule });
        await revertCorpus({ edited, output });
        expect(await readFile(join(output, 'any.jsonl'), 'utf8')).toBe(`${lines.join('\n')}\n`);
      }),
      { numRuns: 8 },
    );
  });
});

describe('what is not as the run left it', () => {
  const failuresOf = async (edited: string, output: string): Promise<Map<string, string>> => {
    const { files } = await revertCorpus({ edited, output });
    const failed = files.filter(({ status }) => status === 'failed');
    return new Map(
      failed.map(({ input, error }) => [input.slice(edited.length + 1), error?.code ?? '']),
    );
  };

  test('fails its own file alone, of which nothing is written, until it is put back', async () => {
    const edited = await edit();
    const at = (name: string): string => join(edited, name);
    const before = await readFile(at('a.jsonl'));
    await appendFile(at('a.jsonl'), '{"text":"more"}\n');
    const parquet = await readFile(at('g.parquet'));
    await writeFile(at('g.parquet'), parquet.with(100, (parquet[100] ?? 0) ^ 1));
    await rm(at('h.arrow'));
    const output = newOutput();
    expect(await failuresOf(edited, output)).toEqual(
      new Map([
        ['a.jsonl', 'FILE_CORRUPT'],
        ['g.parquet', 'FILE_CORRUPT'],
        ['h.arrow', 'INPUT_CHANGED'],
      ]),
    );
    expect([...outputsOf(output).keys()]).not.toContain('a.jsonl');
    await writeFile(at('a.jsonl'), before);
    expect([...(await failuresOf(edited, output)).keys()]).toEqual(['g.parquet', 'h.arrow']);
    expect(await readFile(join(output, 'a.jsonl'), 'utf8')).toBe(
      await readFile(join(corpus, 'a.jsonl'), 'utf8'),
    );
  });

  test('is found in records: one is gone, one cut, one of another file, one of another run', async () => {
    const [edited, other] = [await edit(), await edit({ seed: 1n })];
    const records = async (run: string): Promise<Map<string, string>> => {
      const state = join(run, '.toedit');
      const folder = readdirSync(state).find((name) => name !== 'manifest.jsonl') ?? '';
      const edits = join(state, folder, 'edits');
      const paths = new Map<string, string>();
      for (const name of readdirSync(edits)) {
        for await (const { schema } of readArrow(join(edits, name))) {
          paths.set(schema.metadata.get('toedit:output') ?? '', join(edits, name));
        }
      }
      return paths;
    };
    const [own, others] = [await records(edited), await records(other)];
    const of = (name: string): string => own.get(name) ?? '';
    await rm(of('a.jsonl'));
    await writeFile(of('b.jsonl'), (await readFile(of('b.jsonl'))).subarray(0, 2000));
    await copyFile(of('e.jsonl'), of('d.jsonl'));
    await copyFile(others.get('g.parquet') ?? '', of('g.parquet'));
    expect(await failuresOf(edited, newOutput())).toEqual(
      new Map([
        ['a.jsonl', 'FILE_UNREADABLE'],
        ['b.jsonl', 'FILE_CORRUPT'],
        ['d.jsonl', 'FILE_CORRUPT'],
        ['g.parquet', 'FILE_CORRUPT'],
      ]),
    );
  });

  test('is refused before anything is written: no record, a report, scores, a run to be continued', async () => {
    const [scored, planned] = [newOutput(), newOutput()];
    await scoreCorpus({ inputs: [join(corpus, 'c.jsonl')], output: scored, threads: 1 });
    await planCorpus({ command: 'edit', inputs: [corpus], output: planned });
    const refused = (edited: string) =>
      expect(revertCorpus({ edited, output: join(directory, 'never') })).rejects;
    await refused(await edit({ ledger: false })).toThrow('it kept no record of its edits');
    await refused(await edit({ report: true })).toThrow('a column of edits');
    await refused(scored).toMatchObject({ code: 'BAD_OPTION' });
    await refused(planned).toMatchObject({ code: 'MANIFEST_CONFLICT' });
    await refused(corpus).toMatchObject({ code: 'MANIFEST_MISSING' });
    expect(readdirSync(directory)).not.toContain('never');
  });
});
