import { type Paint, padded, widthOf } from './paint.ts';

export interface Column {
  readonly title: string;
  /** @default 'right': text reads from the left, numbers end at the right */
  readonly side?: 'left' | 'right';
}

/** Rows under their titles, each column as wide as its widest cell. One line a row, no rules drawn. */
export function drawTable(columns: readonly Column[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, widthOf(row[index] ?? '')), widthOf(title)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.side === 'left' ? 'left' : 'right'))
      .join('  ')
      .trimEnd();
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)];
}
