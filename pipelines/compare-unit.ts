import type { Schema } from 'apache-arrow';
import { fieldSignature } from '../src/arrow/type-signature.ts';
import { jsonLinesLayout } from '../src/json/json-lines-layout.ts';
import { compareRows } from '../src/run/compare-rows.ts';
import type { EditSample } from '../src/run/ledger/ledger-entry.ts';
import type { ProblemKind } from '../src/run/verify-report.ts';
import type { OpenedInput } from './executor/open-input.ts';
import { pickFrom, placeOf, type ReadOutput } from './read-output.ts';

/** What is to be compared of a unit. */
export interface ComparedUnit {
  readonly input: OpenedInput;
  readonly output: ReadOutput;
  readonly samples: readonly EditSample[];
  readonly textColumn: string;
  /** The columns that the command adds. */
  readonly added: readonly string[];
  /** The output is in another format: types may have become others. */
  readonly isConverted: boolean;
}

/** What a comparison found; `comparedRows` counts rows. */
export interface Comparison {
  readonly comparedRows: number;
  readonly problem: { readonly kind: ProblemKind; readonly message: string } | null;
}

/** Compares an output with its input: the columns, and the bytes of the sampled rows. Reads no further than these. */
export async function compareUnit(unit: ComparedUnit): Promise<Comparison> {
  const { deadRows, picked } = unit.output;
  const samples = unit.samples.filter(({ row }) => !deadRows.includes(row));
  const bySample = new Map(samples.map((sample) => [sample.row, sample]));
  const rows = new Set(bySample.keys());
  const last = Math.max(-1, ...rows);
  let [firstRow, comparedRows] = [0, 0];
  for await (const batch of unit.input.source) {
    const difference = firstRow === 0 ? compareSchemas(batch.schema, unit) : null;
    if (difference !== null) return { comparedRows, problem: problem('schema', difference) };
    for (const [row, before] of pickFrom(batch, firstRow, rows)) {
      const after = picked.get(placeOf(row, deadRows));
      const edits = bySample.get(row)?.edits ?? [];
      const { textColumn, added } = unit;
      const found =
        after === undefined
          ? 'it is gone'
          : compareRows({ before, after, edits, textColumn, added });
      if (found !== null)
        return { comparedRows, problem: problem('edits', `row ${row}: ${found}`) };
      comparedRows++;
    }
    firstRow += batch.numRows;
    if (firstRow > last) break;
  }
  return { comparedRows, problem: null };
}

function problem(kind: ProblemKind, message: string): Comparison['problem'] {
  return { kind, message };
}

/** Lines of JSON have no schema: theirs are compared row by row. */
function compareSchemas(
  before: Schema,
  { output, added, isConverted }: ComparedUnit,
): string | null {
  const after = output.schema;
  if (jsonLinesLayout(before) !== undefined || jsonLinesLayout(after) !== undefined) return null;
  const signature = isConverted
    ? ({ name }: Schema['fields'][number]): string => JSON.stringify(name)
    : fieldSignature;
  const expected = [...before.fields.map(signature), ...added.map((name) => JSON.stringify(name))];
  const found = after.fields.map((field, place) =>
    place < before.fields.length ? signature(field) : JSON.stringify(field.name),
  );
  const at = expected.findIndex((column, place) => column !== found[place]);
  if (at >= 0) return `column ${at} is ${found[at] ?? 'absent'}, not ${expected[at]}`;
  return found.length > expected.length
    ? `it has a further column, ${found[expected.length]}`
    : null;
}
