/** A table for people: columns aligned to the right, but for the last, which is aligned to the left; two spaces before each. */
export function renderTable(rows: readonly (readonly string[])[]): readonly string[] {
  const [headings = []] = rows;
  const widths = headings.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i < row.length - 1 ? cell.padStart(widths[i] ?? 0) : cell));
    return `  ${cells.join('  ')}`;
  });
}
