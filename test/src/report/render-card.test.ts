import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { emptyTotals } from '#toedit/src/metrics/totals';
import { isSealed } from '#toedit/src/report/card/card-seal';
import { codeBlock, codeSpan, shellWord, yamlString } from '#toedit/src/report/card/card-text';
import { type CardFacts, renderCard } from '#toedit/src/report/card/render-card';
import { makeManifest } from '#toedit/src/run/manifest/manifest';
import { printable } from '#toedit/src/text/printable';
import { sampleTask } from '../../pipelines/sample-run.ts';

interface Token {
  readonly type: string;
  readonly content: string;
  readonly children: readonly Token[] | null;
}

// CommonMark, by the parser that typedoc has.
const requireOf = createRequire(createRequire(import.meta.url).resolve('typedoc'));
const MarkdownIt = requireOf('markdown-it') as new (
  options: object,
) => {
  parse(text: string, env: object): readonly Token[];
};
const markdown = (text: string): readonly Token[] =>
  new MarkdownIt({ html: true, linkify: true }).parse(text, {});

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'`\\|<>*_[]()#!&:\'"-\n\r\t $ \u0085\u2028\ufffe\ud800a') }),
  fc.constantFrom('---', '<script>alert(1)</script>', '```', '](x)', '- a: b', '${x}', '$(id)'),
);
const asWritten = (text: string): string => Buffer.from(text).toString();

describe('texts of users in a card', () => {
  test('are one code span each, whatever they hold', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(text !== '');
        const tokens = markdown(`- ${codeSpan(text)}, end`);
        const inline = tokens.filter(({ type }) => type === 'inline');
        expect(inline).toHaveLength(1);
        const children = inline[0]?.children ?? [];
        expect(children.map(({ type }) => type)).toEqual(['code_inline', 'text']);
        // CommonMark reads U+0000 as U+FFFD; it is shown as \x00 here.
        expect(children[0]?.content).toBe(printable(asWritten(text)));
      }),
    );
  });

  test('are the same text in YAML', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = `name: ${yamlString(text)}`;
        expect(line).not.toMatch(/[\n\r\u0085\u2028]/);
        expect(parse(line)).toEqual({ name: asWritten(text) });
      }),
    );
  });

  test('stay in their block', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1 }), (texts) => {
        const lines = texts.map((text) => printable(asWritten(text)));
        const tokens = markdown([...codeBlock(lines, 'sh'), 'end'].join('\n'));
        expect(tokens.map(({ type }) => type)).toEqual([
          ...['fence', 'paragraph_open', 'inline', 'paragraph_close'],
        ]);
        expect(tokens[0]?.content).toBe(`${lines.join('\n')}\n`);
      }),
    );
  });

  test('are words of a shell', () => {
    const texts = fc
      .sample(hostile, { numRuns: 300, seed: 1 })
      .filter((each) => !each.includes('\0'));
    const words = texts.map(shellWord);
    for (const word of words) expect(word).not.toMatch(/[\n\r]/);
    const script = `printf '%s\\0' ${words.join(' ')}`;
    const printed = execFileSync('bash', ['-c', script], { env: { LC_ALL: 'C.UTF-8' } }).toString();
    expect(printed.split('\0').slice(0, -1)).toEqual(texts.map(asWritten));
  });
});

function factsOf(name: string, changes: Partial<CardFacts['tasks']> = {}): CardFacts {
  const prior = {
    ...{ name, path: '/models/x', modelFile: name, precision: 'float32', device: 'cpu' as const },
    ...{ modelFingerprint: 'a', tokenizerFingerprint: 'b' },
  };
  const options = {
    preset: 'paper',
    threshold: 0.99,
    seed: '7',
    textColumn: name,
    keyColumn: name,
  };
  const tasks = [{ ...sampleTask(0), relativePath: name }];
  const manifest = makeManifest(
    { version: '0.1.0', command: 'edit', options, prior },
    { tasks, skipped: [] },
  );
  const counts = { total: 1, done: 1, failed: 0, bad: 0, pending: 0, ...changes };
  return {
    manifest,
    name,
    tasks: counts,
    totals: { ...emptyTotals(), rows: 1000 },
    ...{ deadLetters: 0, writtenRows: 1000 },
  };
}

describe('a card', () => {
  test('has a header in YAML and the same shape, whatever the names are', () => {
    const shapeOf = (card: string): readonly string[] => {
      const [, , ...body] = card.split(/^---$/m);
      return markdown(body.join('---')).map(({ type }) => type);
    };
    const usual = shapeOf(renderCard(factsOf('x')));
    expect(usual).toContain('table_open');
    fc.assert(
      fc.property(hostile, (name) => {
        fc.pre(name !== '');
        const card = renderCard(factsOf(name));
        expect(parse(card.split(/^---$/m)[1] ?? '')).toEqual({
          pretty_name: asWritten(name),
          tags: ['toedit', 'semi-synthetic'],
          size_categories: ['1K<n<10K'],
        });
        expect(shapeOf(card)).toEqual(usual);
        expect(isSealed(card)).toBe(true);
      }),
    );
  });

  test('says that it is in progress until it is not', () => {
    expect(renderCard(factsOf('x'))).not.toContain('In progress');
    const card = renderCard(factsOf('x', { done: 0, pending: 1 }));
    expect(card).toContain('**In progress.** 0 of 1 file are done');
    expect(card).not.toContain('size_categories');
    expect(renderCard(factsOf('x', { done: 0, failed: 1 }))).toContain('1 file of 1 failed, which');
  });

  test('is known by its seal, unless a byte of it was changed', () => {
    const card = renderCard(factsOf('x'));
    const place = fc.nat({ max: card.length - 1 });
    fc.assert(
      fc.property(place, fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        fc.pre(card[at] !== character);
        expect(isSealed(card.slice(0, at) + character + card.slice(at + 1))).toBe(false);
      }),
    );
    expect(isSealed('')).toBe(false);
  });
});
