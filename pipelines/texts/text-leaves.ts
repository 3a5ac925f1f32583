import { ToeditError } from '../../src/errors.ts';
import { type FileMetadata, leavesOf } from '../../src/parquet/footer/file-metadata.ts';
import { holdsTexts } from '../../src/parquet/footer/schema-leaves.ts';
import type { PathStep } from '../../src/texts/text-path.ts';
import type { TextSelection } from '../../src/texts/text-selection.ts';

/**
 * Makes sure that each path of a selection leads to a leaf of a Parquet file that holds texts.
 *
 * @returns the numbers of the leaves, one for each path
 * @throws ToeditError `COLUMN_MISSING`, `COLUMN_TYPE`.
 */
export function requireLeaves(
  footer: FileMetadata,
  { paths }: Pick<TextSelection, 'paths'>,
): readonly number[] {
  const leaves = leavesOf(footer);
  return paths.map(({ text, steps }) => {
    const whole = leaves.findIndex(({ path }) => path.length === 1 && path[0] === text);
    const lists = steps.filter((step) => step === 'items').length;
    const nested = leaves.findIndex(
      ({ path, maxRepetitionLevel }) => maxRepetitionLevel === lists && leadsTo(steps, path),
    );
    const index = whole === -1 ? nested : whole;
    const leaf = leaves[index];
    if (leaf !== undefined && holdsTexts(leaf)) return index;
    const names = leaves.filter(holdsTexts).map(({ path }) => JSON.stringify(asWritten(path)));
    const problem =
      leaf === undefined ? 'leads to no column' : `leads to ${leaf.physicalType}, not text`;
    throw new ToeditError(
      leaf === undefined ? 'COLUMN_MISSING' : 'COLUMN_TYPE',
      `${JSON.stringify(text)} ${problem} of ${footer.path}: its texts are at ${[...new Set(names)].join(', ') || 'no path'}; name one of these`,
      { place: { file: footer.path } },
    );
  });
}

/** The path to a leaf as options have it: `[]` for the nodes of a list, as writers call them. */
function asWritten(path: readonly string[]): string {
  const joined = path.join('.');
  return joined.replace(/\.(?:list\.(?:element|item)|bag\.array_element|array)(?=\.|$)/g, '[]');
}

/** Whether a path leads to a leaf: a list is one node that repeats, or two, as writers have it. */
function leadsTo(steps: readonly PathStep[], names: readonly string[]): boolean {
  const [step, ...rest] = steps;
  const [name, ...others] = names;
  if (step === undefined || name === undefined) return step === undefined && name === undefined;
  if (step !== 'items') return step.name === name && leadsTo(rest, others);
  return leadsTo(rest, others.slice(1)) || leadsTo(rest, others);
}
