import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Content, html, type Markup, trusted } from './html.ts';
import type { seriesSwatch } from './plot-style.ts';

/** A plot with what it says in words and in numbers. */
export interface Figure {
  /** Of the page: letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** What the plot shows, for who does not see it; stands below the title, too. */
  readonly description: string;
  /** What colours stand for; none where there is one. */
  readonly legend?: readonly LegendEntry[] | undefined;
  /** The plot for a width in pixels of CSS. */
  readonly draw: (width: number) => PlotOptions;
  readonly table: Table;
}

/** What a mark of a plot stands for. */
export interface LegendEntry {
  readonly label: string;
  /** A class of the style sheet. */
  readonly swatch: 'bar' | 'line' | 'soft' | 'faint' | ReturnType<typeof seriesSwatch>;
}

/** A table: the first cell of each row is its heading, the others are numbers or words. */
export interface Table {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Content[])[];
  /** What stands behind the headings of its rows, which are narrow where they are ranks. @defaultValue 'numbers' */
  readonly of?: 'numbers' | 'words' | 'ranks';
}

/** A wide plot for screens and paper, and a narrow one whose letters are as large: the style sheet shows one of them. */
const widths = { wide: 704, narrow: 344 } as const;

/** A figure: title, description, legend, the plot twice, and its table, folded. */
export function renderFigure(figure: Figure): Markup {
  const { id, title, description, legend = [], table } = figure;
  return html`<figure id="${id}">
<figcaption><strong>${title}</strong><span>${description}</span></figcaption>
${legend.length > 0 ? renderLegend(legend) : null}
<div class="plot wide">${renderPlot(figure, 'wide')}</div>
<div class="plot narrow">${renderPlot(figure, 'narrow')}</div>
<details><summary>The numbers of this plot</summary>${renderTable(table)}</details>
</figure>
`;
}

function renderLegend(legend: readonly LegendEntry[]): Markup {
  const entries = legend.map(
    ({ label, swatch }) => html`<li><span class="swatch ${swatch}"></span><bdi>${label}</bdi></li>`,
  );
  return html`<ul class="legend">${entries}</ul>`;
}

/** A table, which scrolls by itself where it is wider than the page. */
export function renderTable({ caption, headings, rows, of = 'numbers' }: Table): Markup {
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  const body = rows.map(([first, ...cells]) => {
    const rest = cells.map((cell) => html`<td>${cell}</td>`);
    return html`<tr><th scope="row">${first}</th>${rest}</tr>`;
  });
  return html`<div class="scrolls" role="group" aria-label="${caption}" tabindex="0"><table class="${of === 'ranks' ? 'words ranked' : of}">
<caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** What is used here of the document that a plot is drawn in: the types of both libraries are those of a browser. */
interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement;
}

interface SvgElement {
  textContent: string;
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  prepend(child: SvgElement): void;
  remove(): void;
  querySelectorAll(selector: string): Iterable<SvgElement>;
}

/** The plot as an image with a name and a description, and without a style sheet of its own. */
function renderPlot({ id, title, description, draw }: Figure, size: keyof typeof widths): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
    readonly document: SvgDocument;
  };
  const options = { ...draw(widths[size]), document: document as never, width: widths[size] };
  const svg = plot(options) as unknown as SvgElement;
  for (const style of svg.querySelectorAll('style')) style.remove();
  // Of an image no part has a name of its own.
  for (const part of svg.querySelectorAll('[aria-label],[aria-hidden]')) {
    part.removeAttribute('aria-label');
    part.removeAttribute('aria-hidden');
  }
  for (const [name, text] of [['desc', description] as const, ['title', title] as const]) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    element.setAttribute('id', `${id}-${size}-${name}`);
    element.textContent = text;
    svg.prepend(element);
  }
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${id}-${size}-title`);
  svg.setAttribute('aria-describedby', `${id}-${size}-desc`);
  return trusted(shortened(svg.outerHTML));
}

/** Coordinates to a hundredth of a pixel. */
function shortened(svg: string): string {
  return svg.replace(/(?<=[\s",(MLHVZA-])-?\d+\.\d{3,}/gu, (number) =>
    String(Math.round(Number(number) * 100) / 100),
  );
}
