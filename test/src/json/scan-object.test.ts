import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanObject } from '#toedit/src/json/scan-object';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isAccepted = (text: string): boolean => {
  try {
    scanObject(bytes(text));
    return true;
  } catch {
    return false;
  }
};

const isObject = (text: string): boolean => {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
};

const anyObject = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), {
  noNullPrototype: true,
});
const spacing = fc.constantFrom(undefined, 1, '\t', ' \r');

describe('scanObject', () => {
  test('finds every member where JSON.parse does, spaced in any way', () => {
    fc.assert(
      fc.property(anyObject, spacing, (object, space) => {
        const text = JSON.stringify(object, null, space).replaceAll('\n', '\r');
        const line = bytes(text);
        const { members } = scanObject(line);
        const found = Array.from(members, ([name, { start, end }]) => [
          name,
          JSON.parse(new TextDecoder().decode(line.subarray(start, end))) as unknown,
        ]);
        const expected: unknown = JSON.parse(text);
        expect(Object.fromEntries(found)).toStrictEqual(expected);
      }),
    );
  });

  test('accepts what JSON.parse accepts as an object, and nothing else, after any small damage', () => {
    const damage = fc.record({
      at: fc.nat(),
      remove: fc.nat(2),
      insert: fc.constantFrom(
        '',
        '"',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '0',
        '-',
        '.',
        'e',
        'u',
        ' ',
        '\t',
        '\u0001',
        't',
      ),
    });
    fc.assert(
      fc.property(anyObject, damage, (object, { at, remove, insert }) => {
        const text = JSON.stringify(object);
        const index = at % (text.length + 1);
        const damaged = text.slice(0, index) + insert + text.slice(index + remove);
        expect(isAccepted(damaged)).toBe(isObject(damaged));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['{"a":01}', false],
    ['{"a":-0.5e+7}', true],
    ['{"a":1.}', false],
    ['{"a":.5}', false],
    ['{"a":1e}', false],
    ['{"a":+1}', false],
    ['{"a":-}', false],
    ['{"a":nul}', false],
    ['{"a":"\\x"}', false],
    ['{"a":"\\u12G4"}', false],
    ['{"a":1,}', false],
    ['{,}', false],
    ['{"a":[1,]}', false],
    ['{"a":[}', false],
    ['{"a":{]}', false],
    ['{} {}', false],
    ['[]', false],
    ['"a"', false],
    ['', false],
    [' \t\r\n{ } \r\n', true],
  ])('%j: accepted is %s', (text, expected) => {
    expect(isObject(text)).toBe(expected);
    expect(isAccepted(text)).toBe(expected);
  });

  test('of a repeated name the last value counts, however the name is escaped', () => {
    const line = bytes('{"text":"one","t\\u0065xt":"two"}');
    const span = scanObject(line).members.get('text');
    expect(new TextDecoder().decode(line.subarray(span?.start, span?.end))).toBe('"two"');
  });

  test('goes as deep as a line may, without recursion', () => {
    const depth = 200_000;
    expect(isAccepted(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toBe(true);
    expect(isAccepted(`{"a":${'['.repeat(depth)}${']'.repeat(depth - 1)}}`)).toBe(false);
  });

  test.each([
    ['{"id": 1, "text": "untermin', 'unterminated string at byte 18'],
    ['{"id": 1, "text": "untermin\n', 'unterminated string at byte 18'],
    ['not json', 'expected "{" at byte 0, found "n"'],
    ['{"a" 1}', 'expected ":" at byte 5, found "1"'],
    ['{"a":1', 'expected "," or "}" at byte 6, the line ends'],
    ['{"a":1} x', 'expected nothing after the object at byte 8, found "x"'],
    ['{"a":"\u0001"}', 'expected no control character in a string at byte 6, found byte 0x01'],
    ['{"a":[1 2]}', 'expected "," or "]" at byte 8, found "2"'],
  ])('says what is wrong: %j', (text, message) => {
    expect(() => scanObject(bytes(text))).toThrow(message);
  });
});
