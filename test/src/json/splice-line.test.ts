import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spliceLine } from '#toedit/src/json/edited-lines';
import { scanObject } from '#toedit/src/json/scan-object';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const splice = (
  line: string,
  text: string | null,
  added: Readonly<Record<string, string>> = {},
): string =>
  Buffer.concat(
    spliceLine(encode(line), {
      field: 'text',
      text: text === null ? null : encode(text),
      added: new Map(Object.entries(added)),
    }),
  ).toString();

const wellFormed = fc.string({ unit: 'grapheme' });
const object = fc.record({
  before: fc.dictionary(fc.string(), fc.jsonValue()),
  text: wellFormed,
  after: fc.dictionary(fc.string(), fc.jsonValue()),
  space: fc.constantFrom(undefined, 1, '\t'),
});

const lineOf = ({
  before,
  text,
  after,
  space,
}: {
  readonly before: object;
  readonly text: string;
  readonly after: object;
  readonly space: number | string | undefined;
}): string => JSON.stringify({ ...before, ...after, text, z: 1 }, null, space).replaceAll('\n', '');

describe('spliceLine', () => {
  test('an unchanged text leaves every byte', () => {
    fc.assert(
      fc.property(object, (parts) => {
        const line = `${lineOf(parts)}\r\n`;
        expect(splice(line, parts.text)).toBe(line);
      }),
    );
  });

  test('a changed text is all that JSON.parse sees changed, and no other byte moves', () => {
    fc.assert(
      fc.property(object, wellFormed, (parts, text) => {
        const line = lineOf(parts);
        const result = splice(line, text);
        expect(JSON.parse(result)).toStrictEqual({ ...(JSON.parse(line) as object), text });
        const around = (json: string): string[] => {
          const bytes = encode(json);
          const span = scanObject(bytes).members.get('text');
          return [bytes.subarray(0, span?.start), bytes.subarray(span?.end)].map((part) =>
            new TextDecoder().decode(part),
          );
        };
        expect(around(result)).toStrictEqual(around(line));
      }),
    );
  });

  test('members are added after the last one', () => {
    fc.assert(
      fc.property(object, fc.option(wellFormed), (parts, text) => {
        const line = lineOf(parts);
        const result: unknown = JSON.parse(splice(line, text, { 'new "name"': '[1]' }));
        expect(result).toStrictEqual({ ...(JSON.parse(line) as object), text, 'new "name"': [1] });
      }),
    );
    expect(splice('{}', null, { a: '1', b: '2' })).toBe('{"a":1,"b":2}');
    expect(splice('{ "text": "x" } \n', 'x', { a: '1' })).toBe('{ "text": "x","a":1 } \n');
    expect(splice(' { }\n', 'x')).toBe(' {"text":"x" }\n');
  });

  test.each([
    ['{"text": 5}', null, '{"text": 5}'],
    ['{"text": null}', null, '{"text": null}'],
    ['{"id": 3}', null, '{"id": 3}'],
    ['{"text": "\\ud800"}', null, '{"text": "\\ud800"}'],
    ['{"text": 5}', 'five', '{"text": "five"}'],
    ['{"text": "a"}', null, '{"text": null}'],
    ['{"text": "a", "text": "b"}', 'a', '{"text": "a", "text": "a"}'],
    ['{"text": "a", "text": "b"}', 'b', '{"text": "a", "text": "b"}'],
    ['{"x": {"text": "deep"}, "text": "b"}', 'c', '{"x": {"text": "deep"}, "text": "c"}'],
    ['\ufeff\n{"text": "b"}\r\n', 'c', '\ufeff\n{"text": "c"}\r\n'],
  ])('%s with %j becomes %s', (line, text, expected) => {
    expect(splice(line, text)).toBe(expected);
  });

  test.each([
    ['{"text":"caf\\u00e9"}', 'thé\n😀', '{"text":"th\\u00e9\\n\\ud83d\\ude00"}'],
    ['{"text":"caf\\u00E9"}', 'thé', '{"text":"th\\u00E9"}'],
    ['{"text":"café \\u00e9"}', 'thé', '{"text":"thé"}'],
    ['{"text":"C:\\\\u00e9"}', 'thé', '{"text":"thé"}'],
    ['{"text":"\\u0001"}', 'thé\u0001', '{"text":"thé\\u0001"}'],
    ['{"text":"<\\/a>"}', '</b>', '{"text":"<\\/b>"}'],
    ['{"text":"\\u0074"}', '\ufefft', '{"text":"\ufefft"}'],
  ])('writes in the manner of the old literal: %s', (line, text, expected) => {
    expect(splice(line, text)).toBe(expected);
  });

  test('a line that is not UTF-8 has no text, and is left as it is', () => {
    const line = new Uint8Array([...encode('{"text":"a","b":"'), 0xff, ...encode('"}')]);
    const edit = { field: 'text', text: null, added: new Map([['n', '1']]) };
    const expected = new Uint8Array([...line.subarray(0, -1), ...encode(',"n":1}')]);
    expect(new Uint8Array(Buffer.concat(spliceLine(line, edit)))).toStrictEqual(expected);
  });

  test('refuses to add a name that the line has', () => {
    expect(() => splice('{"text":"a","edits":1}', 'a', { edits: '[]' })).toThrow(
      'has a field "edits" already',
    );
  });
});
