/** A step from a value to one within it: the member of a struct or object by its name, or each item of a list. */
export type PathStep = { readonly name: string } | 'items';

/** Where texts lie in a row. */
export interface TextPath {
  /** As it was given, such as `messages[].content`. */
  readonly text: string;
  /** Never empty, and the first one is a name. */
  readonly steps: readonly PathStep[];
}

/**
 * Where a path leads in a row: to a value, null or not (`there`); to a list without items, or a null within which it would go on (`open`); or
 * from its first field to something else than its next step is for (`astray`). A row without that field says nothing.
 */
export type PathEnd = 'there' | 'open' | 'astray';

/** Called with the number of a path, and where it leads in a row. */
export type OnPath = (path: number, end: PathEnd) => void;

/**
 * Reads a path: names joined by dots, each with `[]` behind it for every list that is gone through. What is none, such as `a..b` or
 * `a[0]`, is the name of a column as it stands.
 */
export function parseTextPath(text: string): TextPath {
  const isPath = /^[^.[\]]+(?:\[\])*(?:\.[^.[\]]+(?:\[\])*)*$/u.test(text);
  if (!isPath) return { text, steps: [{ name: text }] };
  const steps = text.split('.').flatMap((part): PathStep[] => {
    const [name = ''] = part.split('[', 1);
    const lists = (part.length - name.length) / 2;
    return [{ name }, ...Array.from({ length: lists }, () => 'items' as const)];
  });
  return { text, steps };
}

/** Whether a path is no more than the name of a column. */
export function isPlainPath({ steps }: TextPath): boolean {
  return steps.length === 1;
}

/** Whether there may be more than one text of a path in a row. */
export function isRepeated({ steps }: TextPath): boolean {
  return steps.includes('items');
}

/** Whether texts of a path lie in an object that is an item of a list. */
export function hasRole({ steps }: TextPath): boolean {
  return steps.some((step, at) => step === 'items' && typeof steps[at + 1] === 'object');
}

/** A path with the place of each item in its list, from 0: `messages[3].content`. */
export function placeOf({ steps }: TextPath, items: readonly number[]): string {
  let place = '';
  let depth = 0;
  for (const step of steps) {
    if (step === 'items') place += `[${String(items[depth++] ?? 0)}]`;
    else place += place === '' ? step.name : `.${step.name}`;
  }
  return place;
}
