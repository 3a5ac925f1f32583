import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textsOfLine, withLineTexts } from '#toedit/src/texts/json-texts';
import { textSelection } from '#toedit/src/texts/text-selection';

const encoder = new TextEncoder();

const message = fc.record(
  {
    role: fc.constantFrom('user', 'assistant', null),
    content: fc.oneof({ weight: 4, arbitrary: fc.string({ unit: 'grapheme' }) }, fc.constant(null)),
    other: fc.jsonValue({ maxDepth: 1 }),
  },
  { requiredKeys: ['role'] },
);
const row = fc.record(
  {
    title: fc.option(fc.string({ unit: 'grapheme' })),
    'meta.body': fc.string(),
    meta: fc.option(fc.record({ body: fc.option(fc.string()), n: fc.double({ noNaN: true }) })),
    paragraphs: fc.array(fc.option(fc.string())),
    messages: fc.option(fc.array(message)),
    rest: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

const paths = ['title', 'meta.body', 'paragraphs[]', 'messages[].content'];
const selection = textSelection({ textColumn: paths, roles: ['assistant'] });
if (selection === null) throw new Error('several texts');

/** What the paths mean, said once more over values. */
function textsOf(value: Row): [place: string, text: string][] {
  const body = value['meta.body'] ?? value.meta?.body;
  const all: [string, string | null | undefined][] = [
    ['title', value.title],
    ['meta.body', body],
    ...(value.paragraphs ?? []).map((text, i): [string, string | null] => [
      `paragraphs[${i}]`,
      text,
    ]),
    ...(value.messages ?? []).map(({ role, content }, i): [string, string | null | undefined] => [
      `messages[${i}].content`,
      role === 'assistant' ? content : null,
    ]),
  ];
  return all.filter((each): each is [string, string] => typeof each[1] === 'string');
}

const spaced = (value: unknown, indent: number): string =>
  JSON.stringify(value, undefined, indent).replaceAll('\n', ' ');

describe('the texts of a line', () => {
  test('are those that the paths lead to, in their order', () => {
    fc.assert(
      fc.property(row, fc.nat(3), (value, indent) => {
        const found = textsOfLine(encoder.encode(spaced(value, indent)), selection);
        const texts = found.map(({ place, bytes }) => [
          place,
          bytes && Buffer.from(bytes).toString(),
        ]);
        const expected = textsOf(value);
        expect(texts).toEqual(expected.length === 0 ? [['', null]] : expected);
      }),
    );
  });

  test('are replaced, and every other byte stays', () => {
    fc.assert(
      fc.property(row, fc.nat(3), fc.infiniteStream(fc.string()), (value, indent, stream) => {
        const json = spaced(value, indent);
        const line = encoder.encode(json);
        const found = textsOfLine(line, selection);
        const texts = found.map(
          ({ bytes }) => bytes && encoder.encode(String(stream.next().value)),
        );
        const edited = withLineTexts(line, found, texts);
        const again = textsOfLine(edited, selection);
        expect(again.map(({ bytes }) => bytes && Buffer.from(bytes))).toEqual(
          texts.map((bytes) => bytes && Buffer.from(bytes)),
        );
        expect(again.map(({ place }) => place)).toEqual(found.map(({ place }) => place));
        const back = withLineTexts(
          edited,
          again,
          found.map(({ bytes }) => bytes),
        );
        expect(JSON.parse(Buffer.from(back).toString())).toEqual(JSON.parse(json));
        expect(
          Buffer.from(
            withLineTexts(
              line,
              found,
              found.map((t) => t.bytes),
            ),
          ),
        ).toEqual(Buffer.from(line));
        expect(outside(edited, again)).toEqual(outside(line, found));
      }),
    );
  });

  test.each([
    ['no JSON', 'not_json'],
    ['[1]', 'not_json'],
    ['{}', 'null_text'],
    ['{"paragraphs":[],"messages":[{"role":"user","content":"x"}]}', 'null_text'],
    ['{"title":1}', 'not_text'],
    ['{"title":"\\ud800"}', 'invalid_utf8'],
  ])('%s has none, and says why', (line, reason) => {
    const [only, ...more] = textsOfLine(encoder.encode(line), selection);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ bytes: null, reason });
  });

  test('that is not UTF-8 has none', () => {
    const line = Buffer.from('{"title":"a","rest":"\xff"}', 'latin1');
    expect(textsOfLine(line, selection)).toMatchObject([{ bytes: null, reason: 'invalid_utf8' }]);
  });
});

/** The bytes around the literals of texts. */
function outside(line: Uint8Array, found: ReturnType<typeof textsOfLine>): string[] {
  const spans = found.flatMap((each) => ('span' in each ? [each.span] : []));
  const sorted = spans.toSorted((a, b) => a.start - b.start);
  const starts = [0, ...sorted.map(({ end }) => end)];
  const ends = [...sorted.map(({ start }) => start), line.length];
  return starts.map((start, i) => Buffer.from(line.subarray(start, ends[i])).toString('latin1'));
}

describe('what selects texts', () => {
  test('is nothing where the text is one column', () => {
    expect(textSelection({})).toBeNull();
    expect(textSelection({ textColumn: ['content'] })).toBeNull();
    expect(textSelection({ textColumn: 'a[0]' })).toBeNull();
    expect(textSelection({ keyPlaces: true })?.isMany).toBe(false);
    expect(textSelection({ textColumn: 'meta.body' })?.isMany).toBe(false);
    expect(textSelection({ textColumn: 'paragraphs[]' })?.isMany).toBe(true);
  });

  test.each([
    [{ textColumn: [] }],
    [{ textColumn: ['a', 'a'] }],
    [{ roles: ['assistant'] }],
    [{ textColumn: 'messages[].content', roles: [] }],
    [{ textColumn: ['messages[].content', 'messages[].role'], roles: ['user'] }],
  ])('is refused where it is not to be had: %j', (options) => {
    expect(() => textSelection(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
