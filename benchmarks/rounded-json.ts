/** JSON of results, indented, with numbers to six digits and lists of numbers on one line each. */
export function roundedJson(results: unknown): string {
  const text = JSON.stringify(
    results,
    (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value),
    2,
  );
  const oneLine = text.replace(/\[[\s\d.,eE+-]*\]/gu, (list) => list.replace(/\s+/gu, ' '));
  return `${oneLine}\n`;
}
