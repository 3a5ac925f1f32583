import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Outcome, runToedit, type Start } from '../cli/run-toedit.ts';

/** A corpus of small files, and what an undisturbed run makes of it. */
export interface FaultSandbox extends Disposable {
  readonly directory: string;
  /** Runs `edit corpus`, one file after the other, into a directory below. */
  edit(output: string, flags?: readonly string[], start?: Start): Promise<Outcome>;
  /** The same command, undisturbed, does the rest: every output has the bytes of an undisturbed run. */
  finish(output: string, flags?: readonly string[]): Promise<void>;
  /** The undisturbed run's output. */
  expected(file: string): Buffer;
  expectWhole(output: string): void;
}

const words = ['sea', 'sky', 'sun', 'ice', 'oak', 'elm', 'fox', 'owl', 'ant', 'bee'];

/** Lines of a corpus: 512 make a record batch. */
export function corpusLines(name: string, rows: number): string {
  const line = (row: number): string => {
    const text = `${words[row % 10] ?? ''} ${words[(row * 7 + 3) % 10] ?? ''}`;
    return `${JSON.stringify({ id: `${name}${row}`, text })}\n`;
  };
  return Array.from({ length: rows }, (_, row) => line(row)).join('');
}

/** One with three record batches in `a.jsonl`, which is worked on first, and two in `b.jsonl`. */
export async function makeFaultSandbox(): Promise<FaultSandbox> {
  const directory = mkdtempSync(join(tmpdir(), 'toedit-faults-'));
  mkdirSync(join(directory, 'corpus'));
  writeFileSync(join(directory, 'corpus/a.jsonl'), corpusLines('a', 1300));
  writeFileSync(join(directory, 'corpus/b.jsonl'), corpusLines('b', 600));
  const files = ['a.jsonl', 'b.jsonl'];
  const edit = (output: string, flags: readonly string[] = [], start: Start = {}) =>
    runToedit([...command, '-o', output, ...flags], directory, start);
  const expected = (file: string) => readFileSync(join(directory, 'undisturbed', file));
  const expectWhole = (output: string): void => {
    for (const file of files) {
      const bytes = readFileSync(join(directory, output, file));
      expect([file, bytes.equals(expected(file))]).toEqual([file, true]);
    }
  };
  const finish = async (output: string, flags: readonly string[] = []) => {
    expect(await edit(output, flags)).toMatchObject({ code: 0, stderr: '' });
    expectWhole(output);
  };
  expect(await edit('undisturbed')).toMatchObject({ code: 0, stderr: '' });
  expect(expected('a.jsonl')).not.toEqual(readFileSync(join(directory, 'corpus/a.jsonl')));
  const dispose = () => rmSync(directory, { recursive: true });
  return { directory, edit, finish, expected, expectWhole, [Symbol.dispose]: dispose };
}

/** So low a threshold that tokens of any text are redrawn; one thread, since tests share the cores. */
const rule = ['--threshold', '0.01', '--threads', '1'];
const command = ['edit', 'corpus', ...rule, '--files-in-flight', '1', '--quiet'];
