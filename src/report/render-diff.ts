import type { DiffEdit, DiffPassage, DiffReport } from '../metrics/diff-report.ts';
import { printable } from '../text/printable.ts';
import { formatCounted } from './format-quantity.ts';
import { renderExcerpt } from './render-excerpt.ts';

/** How {@link renderDiff} shows edits. */
export interface DiffStyle {
  readonly colour: boolean;
  /** A line an edit, with what its tokens' probabilities were, in place of the passages. */
  readonly changedOnly: boolean;
}

/** The edits of a run for people: under each file and row its passages, in which old and new words are marked. */
export function renderDiff({ passages, isCut }: DiffReport, style: DiffStyle): string {
  const lines: string[] = [];
  let heading = '';
  for (const passage of passages) {
    const next = `${printable(passage.file)}, row ${String(passage.row)}${placeText(passage)}`;
    if (next !== heading) lines.push(style.colour ? `\u001b[1m${next}\u001b[0m` : next);
    heading = next;
    lines.push(...linesOf(passage, style).map((line) => `  ${line}`));
  }
  return [...lines, total(passages, isCut)].join('\n');
}

function linesOf(passage: DiffPassage, { colour, changedOnly }: DiffStyle): readonly string[] {
  if (!changedOnly) return [`…${renderExcerpt(passage, colour)}…`];
  return passage.edits.map((edit) => renderEdit(edit, colour));
}

function renderEdit(edit: DiffEdit, colour: boolean): string {
  const { position, logprob, newLogprob, rank } = edit;
  const [before, after] = [quoted(edit.oldBytes), quoted(edit.newBytes)];
  const old = colour ? `\u001b[31m${before}\u001b[0m` : before;
  const now = colour ? `\u001b[32m${after}\u001b[0m` : after;
  const likely = probability(logprob);
  if (newLogprob === null) return `token ${String(position)}: ${old} deleted (P ${likely})`;
  const place = rank === null ? '' : `, rank ${String(rank)}`;
  return `token ${String(position)}: ${old} → ${now} (P ${likely} → ${probability(newLogprob)}${place})`;
}

function quoted(hex: string): string {
  return printable(JSON.stringify(Buffer.from(hex, 'hex').toString()));
}

function probability(logprob: number): string {
  return Number.isNaN(logprob) ? 'unknown' : Math.exp(logprob).toPrecision(3);
}

function total(passages: readonly DiffPassage[], isCut: boolean): string {
  const edits = passages.reduce((sum, passage) => sum + passage.edits.length, 0);
  const rows = new Set(passages.map(({ file, row }) => `${String(row)} ${file}`)).size;
  const files = new Set(passages.map(({ file }) => file)).size;
  const shown = `${formatCounted(edits, 'edit')} in ${formatCounted(rows, 'row')} of ${formatCounted(files, 'file')}`;
  return isCut ? `${shown}, and more: see --limit, --file and --row` : shown;
}

function placeText({ place }: Pick<DiffPassage, 'place'>): string {
  return place === undefined ? '' : `, ${printable(place)}`;
}
