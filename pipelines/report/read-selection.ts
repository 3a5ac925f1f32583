import type { BeforeAndAfter, SelectionData } from '../../src/report/page/analysis-data.ts';
import { type Fields, fields, list, number, orNull, text } from './json-fields.ts';

const most = { files: 20, bins: 100 } as const;

/**
 * What a report shows of a selection.
 *
 * @param report - what `toedit select --json` printed.
 * @throws TypeError where it is none.
 */
export function selectionOf(report: Fields, name: string): SelectionData {
  const files = list(report['files']).map((each) => {
    const { input, rows, selected } = fields(each);
    return { input: text(input), rows: number(rows), selected: number(selected) };
  });
  return {
    name,
    candidates: number(report['candidates']),
    selected: number(report['selected']),
    targetDocuments: number(report['targetDocuments']),
    meanLogWeight: bothOf(report['meanLogWeight']),
    jensenShannon: bothOf(report['jensenShannon']),
    logWeights: report['logWeights'] === undefined ? null : weightsOf(fields(report['logWeights'])),
    files: files.toSorted((one, other) => other.selected - one.selected).slice(0, most.files),
    fileCount: files.length,
  };
}

function bothOf(given: unknown): BeforeAndAfter {
  const { candidates, selected } = fields(given);
  return { candidates: orNull(candidates), selected: orNull(selected) };
}

function weightsOf({ from, binWidth, candidates, selected }: Fields): SelectionData['logWeights'] {
  return {
    ...{ from: number(from), binWidth: number(binWidth) },
    candidates: list(candidates, most.bins).map(number),
    selected: list(selected, most.bins).map(number),
  };
}
