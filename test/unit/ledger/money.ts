import { apply } from '../../../src/organs/ledger/apply.ts';
import { Draft, MemoryBook } from '../../../src/organs/ledger/book.ts';
import { judge } from '../../../src/organs/ledger/judge.ts';
import { pendingIdOf } from '../../../src/organs/ledger/names.ts';
import type { Entry, Hold, Offer, Order, Place, Signed, Void } from '../../../src/organs/ledger/order.ts';
import { type Evidence, tipOf } from '../../../src/organs/ledger/records.ts';
import type { Refusal } from '../../../src/organs/ledger/refusals.ts';
import { FIRST, gold, holder, legOf, payment, shell, signed, silver, transfer } from './bank/people.ts';

/** What is not asked here: only money is. */
export const EVIDENCE: Evidence = { by: 'change', committee: 0 };

/** A ledger without validators: orders are judged and applied, and that is all. */
export class Money {
  readonly book = new MemoryBook();

  constructor(...names: readonly string[]) {
    for (const asset of [gold, silver]) {
      const entries = names.map((name) => payment(`start-${name}`, shell(name, asset), 1_000));
      this.apply(signed(transfer(legOf('mint', FIRST, entries, { asset, defines: true }))));
    }
  }

  next(line: string): Place {
    const tip = tipOf(this.book, line) ?? { sequence: 0, head: FIRST.previous };
    return { line, sequence: tip.sequence + 1, previous: tip.head };
  }

  judge(order: Order, now = 0): Refusal | undefined {
    return judge(this.book, order, now);
  }

  code(order: Order, now = 0): string {
    return this.judge(order, now)?.code ?? 'ok';
  }

  /** Applies it, or throws with what is missing. */
  apply(order: Signed<Order | Void>): void {
    const missing = this.tryApply(order);
    if (missing !== undefined) throw new Error(missing.code);
  }

  tryApply(order: Signed<Order | Void>): Refusal | undefined {
    const draft = new Draft(this.book);
    const missing = apply(draft, order, EVIDENCE);
    this.book.commit(draft.writes());
    return missing;
  }

  /** The order that pays these entries of gold. */
  paying(name: string, ...entries: readonly Entry[]): Order {
    return transfer(legOf(name, this.next(shell(name)), entries));
  }
}

export function hold(id: string, to: string, amount: number | string, more: Partial<Hold> = {}): Hold {
  const base = { kind: 'hold', id, to: shell(to), amount: String(amount), expiresAt: null } as const;
  return { ...base, post: [holder(to)], void: [holder(to)], ...more };
}

export function offer(id: string, maker: string, amount: number, price: number, more: Partial<Offer> = {}): Offer {
  const base = { kind: 'offer', id, amount: String(amount), takers: null, expiresAt: null } as const;
  return { ...base, price: { to: shell(maker, silver), amount: String(price) }, void: [holder(maker)], ...more };
}

export const pendingOfShell = (name: string, id: string): string => pendingIdOf(shell(name), id);
