import type { Note } from '../../../../src/organs/ledger/facts.ts';
import { conflictOf } from '../../../../src/organs/ledger/fraud.ts';
import type { Signed } from '../../../../src/organs/ledger/order.ts';
import { slotKey } from '../../../../src/organs/ledger/records.ts';
import type { Said, Statement } from '../../../../src/organs/ledger/statement.ts';

/**
 * Sees what every honest validator says and applies, and knows how many lie: so it knows what may be settled before anybody
 * has put the settlement together. Throws at the first broken promise.
 */
export class Witness {
  readonly #quorum: number;
  readonly #liars: number;
  /** Seats by `committee/slot/kind/ballot/value`. */
  readonly #said = new Map<string, Set<number>>();
  /** Values by `committee/slot/ballot` that may have a certificate. */
  readonly #certified = new Map<string, string>();
  /** The value that may be settled, by slot. */
  readonly #settled = new Map<string, string>();
  readonly #applied = new Map<string, string>();
  /** What was voted for or acknowledged, so that a trade's other slots are known. */
  readonly #bodies = new Map<string, Signed>();
  /** Statements by committee, seat and slot: no two of an honest validator may contradict each other. */
  readonly #statements = new Map<string, Statement[]>();
  applied = 0;

  constructor(quorum: number, liars: number) {
    this.#quorum = quorum;
    this.#liars = liars;
  }

  /** Everybody's orders, as far as they were shown to anybody. */
  know(value: string, signed: Signed): void {
    this.#bodies.set(value, signed);
  }

  hear(committee: number, said: readonly Said[]): void {
    for (const { statement, stamp } of said) {
      this.#consistent(committee, stamp.seat, statement);
      if (statement.kind !== 'vote' && statement.kind !== 'ack') continue;
      const slot = `${committee}/${slotKey(statement)}`;
      const { kind, ballot, value } = statement;
      const seats = this.#add(`${slot}/${kind}/${ballot}/${value}`, stamp.seat);
      if (seats + this.#liars < this.#quorum) continue;
      if (kind === 'vote') this.#once(this.#certified, `${slot}/${ballot}`, value, 'two certificates in a ballot');
      else this.#maySettle(value, statement);
    }
  }

  see(notes: readonly Note[]): void {
    for (const note of notes) {
      if (note.note === 'contradiction') throw new Error('an honest validator was shown two outcomes of one slot');
      if (note.note !== 'applied') continue;
      this.applied += 1;
      this.#once(this.#applied, slotKey(note.slot), note.value, 'two outcomes applied');
      this.#once(this.#settled, slotKey(note.slot), note.value, 'another outcome applied than was settled');
    }
  }

  /** What is settled beyond doubt, whoever knows of it. */
  outcomeOf(slot: Parameters<typeof slotKey>[0]): string | undefined {
    return this.#settled.get(slotKey(slot));
  }

  #maySettle(value: string, statement: Parameters<typeof slotKey>[0]): void {
    const legs = this.#bodies.get(value)?.body.legs ?? [statement];
    for (const leg of legs) this.#once(this.#settled, slotKey(leg), value, 'two settled outcomes');
  }

  #once(map: Map<string, string>, key: string, value: string, wrong: string): void {
    const before = map.get(key);
    if (before !== undefined && before !== value) throw new Error(`${wrong}: ${key} is ${before} and ${value}`);
    map.set(key, value);
  }

  #add(key: string, seat: number): number {
    const seats = this.#said.get(key) ?? new Set();
    this.#said.set(key, seats.add(seat));
    return seats.size;
  }

  #consistent(committee: number, seat: number, statement: Statement): void {
    const slot = 'line' in statement ? slotKey(statement) : '';
    const key = `${committee}/${seat}/${slot}`;
    const before = this.#statements.get(key) ?? [];
    const conflict = before.find(
      (one) => conflictOf(one, statement, (value) => this.#bodies.get(value)?.body) !== undefined,
    );
    if (conflict !== undefined) {
      throw new Error(`an honest validator is convicted: ${JSON.stringify(conflict)} and ${JSON.stringify(statement)}`);
    }
    this.#statements.set(key, [...before, statement]);
  }
}
