import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, splitLines } from '#toedit/src/json/split-lines';

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

const split = async (text: string, sizes: readonly number[] = [7]): Promise<Line[]> => {
  const bytes = new TextEncoder().encode(text);
  const lines: Line[] = [];
  for await (const some of splitLines(chunksOf(bytes, sizes), 'x')) lines.push(...some);
  return lines;
};

const show = ({ bytes, number, isBlank }: Line): readonly [string, number, boolean] => [
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
  number,
  isBlank,
];

const piece = fc.constantFrom('{"a":1}', 'x', '\n', '\n', '\r\n', ' ', '\t', '\ufeff', 'é');
const file = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));
const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

test('the lines join to the bytes, one line a non-blank line, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(file, sizes, async (text, chunkSizes) => {
      const lines = await split(text, chunkSizes);
      expect(lines.map((line) => show(line)[0]).join('')).toBe(text);
      const numbers = text
        .split('\n')
        .flatMap((line, index) => (/^[ \t\r\ufeff]*$/.test(line) ? [] : [index + 1]));
      const isBlank = numbers.length === 0;
      if (isBlank) expect(lines.every((line) => line.isBlank)).toBe(true);
      else expect(lines.map((line) => line.number)).toEqual(numbers);
      expect(lines.length).toBe(isBlank ? Number(text.length > 0) : numbers.length);
    }),
    { numRuns: 1000 },
  );
});

test('blank lines go with the line after them, at the end with the one before', async () => {
  expect((await split('\n \r\na\r\n\nb\n\n \nc\n\n')).map(show)).toEqual([
    ['\n \r\na\r\n', 3, false],
    ['\nb\n', 5, false],
    ['\n \nc\n\n', 8, false],
  ]);
  expect((await split('a')).map(show)).toEqual([['a', 1, false]]);
  expect((await split('a\n ')).map(show)).toEqual([['a\n ', 1, false]]);
  expect((await split('\ufeff\n\n')).map(show)).toEqual([['\ufeff\n\n', 2, true]]);
  expect(await split('')).toEqual([]);
});

test('a line of many chunks is one line', async () => {
  const text = `${'x'.repeat(3_000_000)}\n`;
  const lines = await split(text + text, [65_536]);
  expect(lines.map((line) => line.bytes.length)).toEqual([3_000_001, 3_000_001]);
});

test('a line over 500 MiB is refused before it is whole', async () => {
  let given = 0;
  const chunk = new Uint8Array(2 ** 24).fill(0x20);
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('{}\n');
    for (; given < 1000; given++) yield chunk;
  }
  const read = async (): Promise<void> => {
    for await (const _ of splitLines(endless(), 'huge.jsonl'));
  };
  await expect(read()).rejects.toMatchObject({
    code: 'FILE_CORRUPT',
    message:
      'huge.jsonl: line 2, with the blank lines before it, has over 500 MiB; split or remove it',
    place: { file: 'huge.jsonl', line: 2 },
  });
  expect(given).toBe(31);
});
