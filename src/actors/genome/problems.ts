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

/** A problem of one of several files. */
export interface FiledProblem extends Problem {
  readonly file: string;
}

/** @example formatProblem({ file: 'a.yaml', at: { line: 3, column: 9 }, text: "unknown field 'fanot'", meant: 'fanout' }) */
export function formatProblem({ file, at, text, meant }: FiledProblem): string {
  return `${file}:${at.line}:${at.column}: ${text}${meant === undefined ? '' : ` (did you mean '${meant}'?)`}`;
}

/** What a genome file that is no genome fails with: `genome-invalid`, and all that is wrong with it. */
export class InvalidGenome extends Fault {
  readonly problems: readonly FiledProblem[];

  constructor(problems: readonly FiledProblem[]) {
    super('genome-invalid', linesOf(problems));
    this.problems = problems;
  }
}

/** All problems of one file, in the order of their places. */
export function invalidFile(file: string, problems: readonly Problem[]): InvalidGenome {
  const sorted = [...problems].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  return new InvalidGenome(sorted.map((problem) => ({ ...problem, file })));
}

/** One line a problem. Beyond `genomeProblemsMax` only their number is said: nobody reads further. */
function linesOf(problems: readonly FiledProblem[]): string {
  const shown = problems.slice(0, LIMITS.genomeProblemsMax).map(formatProblem);
  const more = problems.length - shown.length;
  return [...shown, ...(more > 0 ? [`... and ${more} more`] : [])].join('\n');
}
