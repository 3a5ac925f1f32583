import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { corruptFile } from '../../src/errors.ts';
import { readRegular } from '../../src/files/open-regular.ts';
import { fileUnreadable } from '../../src/files/read-bytes.ts';
import type { AnalysisData, SelectionData } from '../../src/report/page/analysis-data.ts';
import { fields } from './json-fields.ts';
import { analysisOf } from './read-analysis.ts';
import { selectionOf } from './read-selection.ts';

/** Where an analysis or a selection of that name lies: a file, or a directory with an `analysis.json`; null where there is none. */
export async function findMeasured(input: string): Promise<string | null> {
  const found = await stat(input).catch(() => null);
  if (found === null) return null;
  if (!found.isDirectory()) return input;
  const path = join(input, 'analysis.json');
  return (await stat(path).catch(() => null)) === null ? null : path;
}

/** One of the two. */
export type Measured = { readonly analysis: AnalysisData } | { readonly selection: SelectionData };

/**
 * What a report shows of the analysis or the selection in a file.
 *
 * @param input - as the user named it, which it is called by.
 * @throws ToeditError `FILE_CORRUPT` where the file is neither; `FILE_UNREADABLE`.
 */
export async function readMeasured(path: string, input: string): Promise<Measured> {
  const bytes = await readRegular(path).catch((error: unknown) => {
    throw fileUnreadable(path, error);
  });
  const name = basename(input);
  try {
    const report = fields(JSON.parse(bytes.toString('utf8')));
    if (report['method'] === 'dsir') return { selection: selectionOf(report, name) };
    return { analysis: analysisOf(report, name) };
  } catch (cause) {
    const remedy =
      'name the analysis.json that toedit analyse --output has written, or what toedit select --json has printed';
    throw corruptFile({ file: path }, ` is neither a run nor an analysis; ${remedy}`, cause);
  }
}
