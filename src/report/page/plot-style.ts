/** Colours of the style sheet. */
export const colours = {
  accent: 'var(--accent)',
  soft: 'var(--accent-soft)',
  faint: 'var(--faint)',
  text: 'var(--text)',
  muted: 'var(--muted)',
} as const;

/** Of series that are compared; a further one begins anew. Dashes tell apart what lies on one another, and what is printed in grey. */
const swatches = ['series-1', 'series-2', 'series-3', 'series-4', 'series-5'] as const;
const dashes = ['none', '7 4', '2 3', '9 3 2 3'] as const;

/** The class of a series in a legend, by its place. */
export function seriesSwatch(index: number): (typeof swatches)[number] {
  return swatches[index % swatches.length] ?? 'series-1';
}

/** The colour of a series, by its place. */
export function seriesColour(index: number): string {
  return `var(--${seriesSwatch(index)})`;
}

/** The dashes of the line of a series, by its place. */
export function seriesDashes(index: number): string {
  return dashes[index % dashes.length] ?? 'none';
}

/** Lines behind the marks of a plot. */
export const quietGrid = { stroke: 'var(--line)', strokeOpacity: 1 } as const;

/** An axis of numbers alone. */
export const quietAxis = { tickSize: 0, stroke: 'none', fill: colours.muted } as const;

/** The label of an axis below a plot. */
export const centred = { labelAnchor: 'center', labelArrow: 'none' } as const;
