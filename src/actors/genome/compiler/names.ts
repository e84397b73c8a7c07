import { nearest } from '../../../contract/nearest.ts';
import type { Declared } from '../expression/type.ts';
import type { Position, Problem } from '../problems.ts';

/** Collects what is wrong, and what is merely unused: that is only told where nothing is wrong. */
export class Report {
  readonly problems: Problem[] = [];

  add(at: Position, text: string, meant?: string): void {
    this.problems.push({ at, text, meant });
  }

  /** Everything found, in the order of the file. */
  sorted(): readonly Problem[] {
    return [...this.problems].sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  }
}

/** The names that a genome declares of one kind of thing, and whether anything uses them. */
export class Names {
  readonly #what: string;
  readonly #report: Report;
  readonly #declared = new Map<string, Declared>();

  /** `what` is how messages call such a thing: `organ`. */
  constructor(what: string, report: Report) {
    this.#what = what;
    this.#report = report;
  }

  declare(name: string, at: Position, used = false): Declared {
    const declared = { name, at, used };
    this.#declared.set(name, declared);
    return declared;
  }

  has(name: string): boolean {
    return this.#declared.has(name);
  }

  get(name: string): Declared | undefined {
    return this.#declared.get(name);
  }

  all(): readonly Declared[] {
    return [...this.#declared.values()];
  }

  /**
   * Uses a name. Where there is none, that is reported with the nearest one, which is returned: the rest is checked as if
   * it had been meant, so that one mistake is told once. `offered` is what the message offers for it; `others` are names
   * that are right there without being declared.
   */
  use(
    name: string,
    at: Position,
    {
      offered = (meant) => meant,
      others = [],
    }: { offered?: (meant: string) => string; others?: readonly string[] } = {},
  ): Declared | undefined {
    const found = this.#declared.get(name);
    if (found !== undefined) {
      found.used = true;
      return found;
    }
    const meant = nearest(name, [...this.#declared.keys(), ...others]);
    const declared = meant === undefined ? undefined : this.#declared.get(meant);
    const where = declared === undefined ? '' : `; '${declared.name}' is declared at ${place(declared.at)}`;
    const text = `there is no ${this.#what} '${name}'${where}`;
    this.#report.add(at, text, meant === undefined ? undefined : offered(meant));
    if (declared !== undefined) declared.used = true;
    return declared;
  }

  /** Reports every name that nothing uses. */
  reportUnused(): void {
    for (const { name, at, used } of this.#declared.values()) {
      if (!used) this.#report.add(at, `nothing uses the ${this.#what} '${name}'`);
    }
  }
}

export function place({ line, column }: Position): string {
  return `${line}:${column}`;
}
