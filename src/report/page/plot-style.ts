/** Colours of the style sheet. */
export const colours = {
  accent: 'var(--accent)',
  soft: 'var(--accent-soft)',
  faint: 'var(--faint)',
  text: 'var(--text)',
  muted: 'var(--muted)',
} as const;

/** Lines behind the marks of a plot. */
export const quietGrid = { stroke: 'var(--line)', strokeOpacity: 1 } as const;

/** An axis of numbers alone. */
export const quietAxis = { tickSize: 0, stroke: 'none', fill: colours.muted } as const;

/** The label of an axis below a plot. */
export const centred = { labelAnchor: 'center', labelArrow: 'none' } as const;
