import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';

/** A place in a file, both counted from 1; a column counts UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export const START: Position = { line: 1, column: 1 };

/** One thing that is wrong, and where. */
export interface Problem {
  readonly at: Position;
  /** What is wrong, in one line. */
  readonly text: string;
  /** The right name, where there is one near. */
  readonly meant?: string | undefined;
}

/** @example formatProblem('a.yaml', { at: { line: 3, column: 9 }, text: "unknown field 'fanot'", meant: 'fanout' }) */
export function formatProblem(file: string, { at, text, meant }: Problem): string {
  return `${file}:${at.line}:${at.column}: ${text}${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`;
}

/** All problems of one file in the order of their places, as the Fault that a caller gets. */
export function genomeFault(file: string, problems: readonly Problem[]): Fault {
  const sorted = [...problems].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  return faultOfLines(sorted.map((problem) => formatProblem(file, problem)));
}

/** One line a problem. Beyond `genomeProblemsMax` only their number is said: nobody reads further. */
export function faultOfLines(lines: readonly string[]): Fault {
  const shown = lines.slice(0, LIMITS.genomeProblemsMax);
  const more = lines.length - shown.length;
  return new Fault('genome-invalid', [...shown, ...(more > 0 ? [`... and ${more} more`] : [])].join('\n'));
}
