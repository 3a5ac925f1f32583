import { type PlotOptions, plot } from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** What an image says to who does not see it. */
export interface PlotWords {
  readonly title: string;
  readonly description: string;
}

/** What is used here of the document that a plot is drawn in: the types of both libraries are those of a browser. */
interface SvgElement {
  textContent: string;
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  prepend(child: SvgElement): void;
}

interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgElement;
}

const namespace = 'http://www.w3.org/2000/svg';

/** Colours that most people tell apart (Okabe and Ito's), on white. */
export const seriesColours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
] as const;

/** A plot without a legend, which would be HTML, as an SVG file that stands alone: on white, with a title and a description. */
export function plotSvg(options: PlotOptions, { title, description }: PlotWords): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>') as unknown as {
    readonly document: SvgDocument;
  };
  const svg = plot({ ...options, document: document as never }) as unknown as SvgElement;
  svg.setAttribute('xmlns', namespace);
  svg.setAttribute('role', 'img');
  svg.setAttribute('font-family', 'system-ui, sans-serif');
  const background = document.createElementNS(namespace, 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', 'white');
  svg.prepend(background);
  for (const [name, text] of [['desc', description] as const, ['title', title] as const]) {
    const element = document.createElementNS(namespace, name);
    element.textContent = text;
    svg.prepend(element);
  }
  return `${shortened(svg.outerHTML)}\n`;
}

/** Coordinates to a hundredth of a pixel. */
function shortened(svg: string): string {
  return svg.replace(/(?<=[\s",(MLHVZA-])-?\d+\.\d{3,}/gu, (number) =>
    String(Math.round(Number(number) * 100) / 100),
  );
}
