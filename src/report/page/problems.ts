import { formatCount } from '../format-quantity.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Problems, RunData } from './report-data.ts';

/** Rows that passed unedited, rows that were set aside, and files that failed or were left out. */
export function renderProblems({ counts, problems }: RunData): readonly Content[] {
  const passed = Object.entries(counts.passed).filter(([, rows]) => rows > 0);
  const { files, fileCount, deadLetters, deadLetterFileCount } = problems;
  return [
    passed.length === 0 ? null : renderPassed(passed),
    deadLetterFileCount === 0 ? null : renderDeadLetters(deadLetters, deadLetterFileCount),
    fileCount === 0 ? null : renderFiles(files, fileCount),
  ];
}

function renderPassed(passed: readonly (readonly [string, number])[]): Markup {
  const rows = passed.map(
    ([reason, count]) =>
      html`<tr><th scope="row">${reason.replaceAll('_', ' ')}</th><td>${formatCount(count)}</td></tr>`,
  );
  return tableOf('Rows that passed unedited', ['reason', 'rows'], rows);
}

function renderDeadLetters(files: Problems['deadLetters'], count: number): Markup {
  const rows = files.map(
    ({ file, rows: of }) =>
      html`<tr><th scope="row"><bdi>${file}</bdi></th><td>${formatCount(of)}</td></tr>`,
  );
  return html`${tableOf('Rows that were set aside', ['file', 'rows'], rows)}${more(files.length, count)}`;
}

function renderFiles(files: Problems['files'], count: number): Markup {
  const rows = files.map(
    ({ input, status, code, message }) => html`<tr><th scope="row"><bdi>${input}</bdi></th>
<td>${status === 'skipped' ? 'left out' : 'failed'}</td><td><bdi>${message}</bdi>${status === 'failed' ? html` <code>${code}</code>` : null}</td></tr>`,
  );
  return html`${tableOf('Files that failed or were left out', ['file', 'what', 'why'], rows)}${more(files.length, count)}`;
}

function tableOf(title: string, headings: readonly string[], rows: readonly Markup[]): Markup {
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  return html`<figure><figcaption><strong>${title}</strong></figcaption>
<div class="scrolls" role="group" aria-label="${title}" tabindex="0"><table class="words"><caption>${title}</caption>
<thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div></figure>`;
}

function more(shown: number, count: number): Content {
  if (shown === count) return null;
  return html`<p class="quiet">${formatCount(count - shown)} more: toedit status shows them.</p>`;
}
