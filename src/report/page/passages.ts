import { formatCount, formatCounted, formatShare } from '../format-quantity.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Passage, RunData } from './report-data.ts';

/** Shown at once; the others are folded. */
const unfolded = 8;

/** Edited passages, before and after in one text: what went is struck, what came is marked. */
export function renderPassages({ passages, counts }: RunData): readonly Content[] {
  if (passages.length === 0) return [];
  const edits = counts.changed + counts.deleted;
  const folded = passages.slice(unfolded);
  return [
    html`<p class="quiet">${formatCounted(passages.length, 'passage')} around some of the ${formatCounted(edits, 'edit')}, from files all over the run:
<del>what was there</del> and <ins>what is there now</ins>, with the probability that the prior gave the old token.</p>`,
    renderList(passages.slice(0, unfolded)),
    folded.length === 0
      ? null
      : html`<details><summary>${formatCount(folded.length)} more passages</summary>${renderList(folded)}</details>`,
  ];
}

function renderList(passages: readonly Passage[]): Markup {
  return html`<ol class="passages" role="list">${passages.map(renderPassage)}</ol>`;
}

function renderPassage({ file, row, probability, parts }: Passage): Markup {
  const text = parts.map(
    ({ kept, removed, added }) => html`${kept}${mark('del', removed)}${mark('ins', added)}`,
  );
  return html`<li><p class="place"><bdi>${file}</bdi>, row ${row} · P = ${formatShare(probability, 1)}</p>
<p dir="auto">…${text}…</p></li>
`;
}

/** Most screen readers pass over what `del` and `ins` say: words say it, too. */
function mark(name: 'del' | 'ins', text: string): Content {
  if (text === '') return null;
  return name === 'del'
    ? html`<del><span class="unseen">[removed: </span>${text}<span class="unseen">]</span></del>`
    : html`<ins><span class="unseen">[added: </span>${text}<span class="unseen">]</span></ins>`;
}
