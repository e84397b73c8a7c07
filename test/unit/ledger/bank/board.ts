import { changedShells } from '../../../../src/organs/ledger/apply.ts';
import type { Line } from '../../../../src/organs/ledger/names.ts';
import { digestOf, type Place } from '../../../../src/organs/ledger/order.ts';
import { type DecidedRow, tipOf } from '../../../../src/organs/ledger/records.ts';
import { type NodeOptions, TestValidator } from './node.ts';

/** Where settlements are put up for everybody: a learner that votes for nothing, and all that it was brought. */
export class Board {
  readonly observer: TestValidator;
  readonly all: DecidedRow[] = [];
  readonly #values = new Set<string>();
  /** By line that it takes a slot of, and by shell that it changes. */
  readonly #by = new Map<string, DecidedRow[]>();

  constructor(options: NodeOptions = {}) {
    this.observer = new TestValidator('board', { ...options, learner: true });
  }

  learn({ signed, evidence }: DecidedRow): void {
    const decided = { signed, evidence };
    const value = digestOf(signed.body);
    if (this.#values.has(value)) return;
    this.#values.add(value);
    this.all.push(decided);
    const bodies = signed.body.kind === 'change' ? this.all.map((one) => one.signed) : [];
    this.observer.tell({ kind: 'decided', ...decided, bodies });
    const { body } = signed;
    for (const key of new Set([...body.legs.map(({ line }) => line), ...changedShells(this.observer.disk, body)])) {
      this.#by.set(key, [...(this.#by.get(key) ?? []), decided]);
    }
  }

  about(line: string): readonly DecidedRow[] {
    return this.#by.get(line) ?? [];
  }

  /** The next slot of a line, as far as the board knows. */
  place(line: Line): Place {
    const tip = tipOf(this.observer.disk, line);
    return { line, sequence: (tip?.sequence ?? 0) + 1, previous: tip?.head ?? '0'.repeat(64) };
  }
}
