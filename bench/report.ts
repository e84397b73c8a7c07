import { type Bound, boundOf, type Figure, holds, isSkipped, type Measured, type Skipped } from './figure.ts';

/** One line of the table and of the JSON. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** `measured` is of a figure of which nothing is expected. */
  readonly outcome: 'reached' | 'missed' | 'measured' | 'skipped' | 'failed';
  readonly value?: number;
  readonly samples?: readonly number[];
  readonly expected?: Bound;
  /** Value by expected number: at most 1 is good for `atMost`, at least 1 for `atLeast`. */
  readonly ratio?: number;
  readonly notes?: Readonly<Record<string, number | string>>;
  readonly reason?: string;
}

export function rowOf({ name, unit, expected }: Figure, outcome: Measured | Skipped): Row {
  if (isSkipped(outcome)) return { name, unit, outcome: 'skipped', reason: outcome.skipped };
  const { value, samples, notes } = outcome;
  const measured = { name, unit, value: rounded(value), samples: samples.map(rounded), ...(notes && { notes }) };
  if (expected === undefined) return { ...measured, outcome: 'measured' };
  const ratio = rounded(value / boundOf(expected));
  return { ...measured, outcome: holds(value, expected) ? 'reached' : 'missed', expected, ratio };
}

/** Three significant digits, never fewer than the whole number: more than that a benchmark doesn't know. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** The rows as text, a column each for name, measured value, unit, expected, ratio and outcome. */
export function aligned(rows: readonly Row[]): string {
  const lines = [['figure', 'measured', 'unit', 'expected', 'ratio', ''], ...rows.map(cellsOf)];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => pad(cell, column, widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Numbers to the right, words to the left. */
function pad(cell: string, column: number, width: number): string {
  return column === 1 || column === 3 || column === 4 ? cell.padStart(width) : cell.padEnd(width);
}

function cellsOf(row: Row): string[] {
  const { name, unit, value, expected, ratio, outcome, reason } = row;
  const bound = expected === undefined ? '' : `${'atMost' in expected ? '<=' : '>='} ${shown(boundOf(expected))}`;
  const said = reason === undefined ? outcome : `${outcome}: ${reason}`;
  return [name, shown(value), unit, bound, ratio === undefined ? '' : ratio.toFixed(2), said];
}

function shown(value: number | undefined): string {
  return value === undefined ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}
