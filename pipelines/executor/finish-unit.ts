import { join } from 'node:path';
import { dropDeadLetters } from '../../operators/drop-dead-letters.ts';
import { rebatch } from '../../operators/rebatch.ts';
import { takeDeadLetters } from '../../operators/take-dead-letters.ts';
import { type PassReason, passReasons } from '../../src/columns.ts';
import { compose } from '../../src/compose.ts';
import { ToeditError } from '../../src/errors.ts';
import type { WriteResult } from '../../src/files/write-result.ts';
import type { Operator } from '../../src/operator.ts';
import type { RunTotals } from '../../src/report/run-totals.ts';
import type { Journal } from '../../src/run/journal/journal.ts';
import { runPipeline } from '../../src/run-pipeline.ts';
import { batchLimits } from '../batch-limits.ts';
import { checkOutput } from '../check-output.ts';
import type { BadRowPolicy } from '../corpus-options.ts';
import { onEachBatch } from '../on-each-batch.ts';
import type { OpenedInput } from './open-input.ts';
import { openOutput } from './open-output.ts';
import { outputPath } from './output-path.ts';
import type { RunContext } from './run-context.ts';

/** A unit whose journal is complete. */
export interface ComputedUnit {
  /** The name of its journal. */
  readonly name: string;
  readonly journal: Journal;
  readonly totals: RunTotals;
}

/** What a finished unit has written. */
export interface FinishedUnit {
  readonly output: WriteResult & { readonly sha256: string };
  /** Null where no row was set aside. */
  readonly deadLetters: WriteResult | null;
}

/**
 * Writes the output of a unit from its journal: dead letters to a file of their own, all other rows to the final file,
 * each checked by reading it again before it appears. Doing it twice gives the same bytes.
 *
 * @throws ToeditError `WRITE_FAILED`, `ROWS_LOST`; the signal's reason.
 */
export async function finishUnit(
  input: OpenedInput,
  unit: ComputedUnit,
  context: RunContext,
): Promise<FinishedUnit> {
  const { textColumn = 'text', onBadRow = 'pass', format } = context.options;
  const path = outputPath(input, { output: context.paths.output, format });
  const dead = deadReasons(onBadRow);
  const set = dead.reduce((rows, reason) => rows + unit.totals.passed[reason], 0);
  const write = writing(input, unit, context);
  const deadLetters =
    set === 0
      ? null
      : await write(
          join(context.paths.deadLetters, path.slice(context.paths.output.length)),
          takeDeadLetters({ reasons: dead, input: input.name }),
        );
  const kept = compose(dropDeadLetters(dead), rebatch(batchLimits(textColumn)));
  const output = await write(path, kept);
  const rows = output.rows + (deadLetters?.rows ?? 0);
  if (rows !== unit.journal.rows) throw rowsLost(input.name, rows, unit.journal.rows);
  return { output, deadLetters };
}

/** A row that the prior could not read, for want of memory, is set aside unless it is to fail its file. */
function deadReasons(policy: BadRowPolicy): readonly PassReason[] {
  return policy === 'dead-letter' ? passReasons : ['inference_failed'];
}

type WriteOut = (path: string, operator: Operator) => Promise<FinishedUnit['output']>;

function writing(
  input: OpenedInput,
  { name, journal }: ComputedUnit,
  { options, paths, worker }: RunContext,
): WriteOut {
  return async (path, operator) => {
    const written = { schema: journal.schema, rows: 0 };
    let sha256 = '';
    const result = await runPipeline({
      source: journal.batches(),
      operator: compose(
        operator,
        onEachBatch(({ schema, numRows }) => {
          written.schema = schema;
          written.rows += numRows;
        }),
      ),
      sink: openOutput(input, options, {
        path,
        overwrite: true,
        temporaryPath: join(paths.parts, `${name}-${worker}.part`),
        check: async (temporaryPath) => {
          ({ sha256 } = await checkOutput(temporaryPath, { ...written, name: path }));
        },
      }),
      signal: options.signal,
    });
    return { ...result, sha256 };
  };
}

function rowsLost(file: string, written: number, computed: number): ToeditError {
  const message = `${file}: ${String(computed)} rows were computed, but ${String(written)} written; please report it`;
  return new ToeditError('ROWS_LOST', message, { place: { file } });
}
