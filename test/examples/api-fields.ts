/** What a field of an API object may hold: a scalar's type, some words, a list, a map of strings, or an object. */
export type Field =
  | 'string'
  | 'integer'
  | 'quantity'
  | { readonly words: readonly string[] }
  | { readonly list: Field }
  | ObjectField;

type ObjectField =
  | { readonly map: Field }
  | { readonly object: Readonly<Record<string, Field>>; readonly required?: readonly string[] };

/** All that is wrong with a value, by path. A field that the API does not have counts: a misspelt one has no effect. */
export function faultsOf(value: unknown, field: Field, path = ''): readonly string[] {
  if (typeof field === 'string') return isScalar(value, field) ? [] : [`${path}: no ${field}`];
  if ('words' in field) {
    const words = field.words.join(', ');
    return field.words.includes(value as string) ? [] : [`${path}: none of ${words}`];
  }
  if ('list' in field) {
    if (!Array.isArray(value)) return [`${path}: no list`];
    return value.flatMap((item, index) => faultsOf(item, field.list, `${path}[${index}]`));
  }
  return faultsOfObject(value, field, path);
}

function faultsOfObject(value: unknown, field: ObjectField, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path}: no object`];
  const entries = Object.entries(value);
  if ('map' in field)
    return entries.flatMap(([name, item]) => faultsOf(item, field.map, `${path}.${name}`));
  const missing = (field.required ?? []).filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${path}.${name}: missing`),
    ...entries.flatMap(([name, item]) => {
      const known = field.object[name];
      return known === undefined
        ? [`${path}.${name}: unknown`]
        : faultsOf(item, known, `${path}.${name}`);
    }),
  ];
}

function isScalar(value: unknown, type: 'string' | 'integer' | 'quantity'): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (typeof value !== 'string') return false;
  return type === 'string' || /^\d+(\.\d+)?(m|[kMGT]|[KMGT]i)?$/.test(value);
}
