/** Pieces of the generated pages. */

/** The first lines of every generated page: what it is, and how to make it again. */
export function heading(title: string, source: string): string {
  return `# ${title}\n\n<!-- Generated from ${source} by \`npm run docs\`. Edit the source, not this page. -->\n`;
}

/** A table whose columns line up in the text too; the last column is as wide as it needs to be. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)));
  const rule = widths.map((width, index) => '-'.repeat(index < widths.length - 1 ? width : 3));
  const [head = [], ...body] = cells;
  return [head, rule, ...body].map((row) => line(row, widths)).join('\n');
}

function line(row: readonly string[], widths: readonly number[]): string {
  const last = widths.length - 1;
  return `| ${row.map((cell, index) => (index < last ? cell.padEnd(widths[index] ?? 0) : cell)).join(' | ')} |`;
}

/** `1048576` -> `1,048,576`, the same on every machine. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
