import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ByteSpan, longLineOf, longLinePieces, spanCopier } from '#toedit/src/json/long-line';
import { splitLines } from '#toedit/src/json/split-lines';

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The file's lines as they would be written, with members added to each object; long ones copied from a second reading. */
async function written(
  text: string,
  sizes: readonly number[],
  { maxLineBytes, members }: { readonly maxLineBytes: number; readonly members: string },
) {
  const bytes = new TextEncoder().encode(text);
  const open = () => chunksOf(bytes, sizes);
  await using copier = spanCopier(open);
  const parts: Uint8Array[] = [];
  const kinds: boolean[] = [];
  for await (const lines of splitLines(open(), 'x', { maxLineBytes, longLines: 'refer' })) {
    kinds.push(...lines.map((line) => line.isLong));
    const pieces = lines.flatMap(({ bytes: cell }): (Uint8Array | ByteSpan)[] => {
      const long = longLineOf(cell);
      return long === undefined ? [cell] : [...longLinePieces(long, members)];
    });
    for (const piece of pieces) {
      parts.push(...(piece instanceof Uint8Array ? [piece] : await all(copier.copy(piece))));
    }
  }
  return {
    text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(parts)),
    kinds,
  };
}

const space = fc.constantFrom('', '', ' ', '\t \r');
const object = fc
  .tuple(space, fc.constantFrom('', '"a":1', '"text":"}{ } é"', '"b":{"c":[]} '), space)
  .map(([before, inner, after]) => `${before}{ ${inner}}${after}`);
const blank = fc.constantFrom('', '\ufeff', ' ', '\r', '                         ');
const lines = fc.array(fc.oneof(object, blank), { maxLength: 12 });
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

test('whatever is too long to be held, all bytes come out, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      lines,
      fc.boolean(),
      sizes,
      fc.nat(40),
      async (some, isEnded, chunks, most) => {
        const text = some.join('\n') + (isEnded ? '\n' : '');
        const got = await written(text, chunks, { maxLineBytes: Math.max(1, most), members: '' });
        expect(got.text).toBe(text);
      },
    ),
    { numRuns: 1000 },
  );
});

test('members added to a long line are members of its object', async () => {
  await fc.assert(
    fc.asyncProperty(object, blank, sizes, async (line, after, chunks) => {
      const text = `\n${line}\n${after}`;
      const got = await written(text, chunks, { maxLineBytes: 1, members: '"new":[2]' });
      expect(got.kinds).toEqual([true]);
      expect(JSON.parse(got.text.replaceAll('\ufeff', ''))).toEqual({
        ...(JSON.parse(line) as object),
        new: [2],
      });
    }),
    { numRuns: 500 },
  );
});

test('a long line that does not begin and end with a brace is the error of its file', async () => {
  const bad = ['[{"a":1}]', '{"a":1', '{', '}', 'x{"a":1}'];
  for (const line of bad) {
    const got = written(`{}\n\n${line}\n`, [3], { maxLineBytes: 1, members: '' });
    await expect(got).rejects.toMatchObject({ code: 'FILE_CORRUPT', place: { line: 3 } });
  }
});

test('a second reading that ends before the line does is a changed input', async () => {
  await using copier = spanCopier(() => chunksOf(new Uint8Array(5), [2]));
  await expect(all(copier.copy({ offset: 3, length: 3 }))).rejects.toMatchObject({
    code: 'INPUT_CHANGED',
  });
});
