import { expect } from 'vitest';
import { stampAll } from '../../../src/organs/ledger/batch.ts';
import { digestOf, homeOf, type Order, type Place, type Signed } from '../../../src/organs/ledger/order.ts';
import { type Certificate, gather, type Settlement } from '../../../src/organs/ledger/quorum.ts';
import { type DecidedRow, type Shell, shellOf, tipOf } from '../../../src/organs/ledger/records.ts';
import type { Refusal } from '../../../src/organs/ledger/refusals.ts';
import { rootOf } from '../../../src/organs/ledger/root.ts';
import { acknowledgementOf, type Said, type Wish } from '../../../src/organs/ledger/statement.ts';
import type { LedgerInput } from '../../../src/organs/ledger/validator.ts';
import { type NodeOptions, type Outgoing, TestValidator } from './bank/node.ts';
import {
  FIRST,
  gold,
  legOf,
  payment,
  SEATS,
  shell,
  signed,
  signerOf,
  silver,
  transfer,
  verify,
} from './bank/people.ts';

export const EVERYBODY = [0, 1, 2, 3] as const;
type Seats = readonly number[];

/** Four validators and a network that does as it is told: what they say to everybody waits until it is delivered. */
export class Stage {
  readonly nodes: TestValidator[];
  now = 1_000;
  #letters: { from: number; input: LedgerInput }[] = [];

  constructor(options: NodeOptions & { readonly names?: readonly string[] } = {}) {
    this.nodes = (options.names ?? SEATS).map((name) => new TestValidator(name, { wire: true, ...options }));
  }

  node(seat: number): TestValidator {
    return this.nodes[seat] as TestValidator;
  }

  tell(seat: number, input: LedgerInput): Outgoing {
    const outgoing = this.node(seat).tell(input, this.now) as Outgoing;
    this.#letters.push(...outgoing.all.map((message) => ({ from: seat, input: message })));
    return outgoing;
  }

  /** Everything that was said to everybody arrives, in order, at these. */
  deliver(to: Seats = EVERYBODY, from: Seats = EVERYBODY): void {
    for (let turns = 0; this.#letters.length > 0; turns++) {
      if (turns > 1_000) throw new Error('there is no end of letters');
      const letters = this.#letters;
      this.#letters = [];
      for (const { from: sender, input } of letters) {
        if (from.includes(sender)) for (const seat of to) this.tell(seat, input);
      }
    }
  }

  /** What has been said to everybody and not delivered. */
  get letters(): readonly LedgerInput[] {
    return this.#letters.map(({ input }) => input);
  }

  /** Loses what has not been delivered. */
  lose(): void {
    this.#letters = [];
  }

  ask(order: Signed<Order>, seats: Seats = EVERYBODY): Outgoing['answer'][] {
    return seats.map((seat) => this.tell(seat, { kind: 'order', signed: order }).answer);
  }

  /** The certificate that these make with their votes. */
  certify(order: Signed<Order>, seats: Seats = [0, 1, 2]): Certificate {
    const stamps = saidBy(this.ask(order, seats)).map(({ stamp }) => stamp);
    return this.#gathered<Certificate>('vote', order, stamps);
  }

  acknowledge(certificate: Certificate, order: Signed, seats: Seats = [0, 1, 2]): Outgoing['answer'][] {
    return seats.map((seat) => this.tell(seat, { kind: 'certificate', certificate, signed: order }).answer);
  }

  /** Settled by these, applied by nobody. */
  settle(order: Signed<Order>, seats: Seats = [0, 1, 2]): DecidedRow {
    const certificate = this.certify(order, seats);
    const stamps = saidBy(this.acknowledge(certificate, order, seats)).map(({ stamp }) => stamp);
    const settlement = this.#gathered<Settlement>('ack', order, stamps);
    return { signed: order, evidence: { by: 'settlement', settlement } };
  }

  /** What more than f liars can do: settle what nobody has voted for. */
  force(order: Signed, seats: Seats = [0, 1, 2]): DecidedRow {
    const home = homeOf(order.body);
    const choice = { ballot: 9, value: digestOf(order.body) };
    const { ledger, number } = this.node(0).committee;
    const stamps = seats.flatMap((seat) =>
      stampAll([acknowledgementOf(home, choice)], { ledger, committee: number, seat }, (bytes) =>
        signerOf(this.node(seat).name).sign('ledger-batch', bytes),
      ),
    );
    const settlement = gather<Settlement>('ack', home, choice, stamps, this.node(0).committee, verify) as Settlement;
    return { signed: order, evidence: { by: 'settlement', settlement } };
  }

  bring(decided: DecidedRow, seats: Seats = this.nodes.map((_, seat) => seat)): Outgoing[] {
    return seats.map((seat) => this.tell(seat, { kind: 'decided', ...decided }));
  }

  /** Settled and applied everywhere. */
  pass(order: Signed<Order>): DecidedRow {
    const decided = this.settle(order);
    for (const { answer } of this.bring(decided)) expect(answer).toEqual({ answer: 'noted' });
    return decided;
  }

  /** The mint gives everybody 1,000 of gold and of silver. */
  fund(...names: string[]): DecidedRow[] {
    return [gold, silver].map((asset) => {
      const entries = names.map((name) => payment(`start-${name}`, shell(name, asset), 1_000));
      return this.pass(signed(transfer(legOf('mint', FIRST, entries, { asset, defines: true }))));
    });
  }

  /** The next slot of a line, as this node sees it. */
  next(line: string, seat = 0): Place {
    const tip = tipOf(this.node(seat).disk, line) ?? { sequence: 0, head: FIRST.previous };
    return { line, sequence: tip.sequence + 1, previous: tip.head };
  }

  shell(name: string, asset = gold, seat = 0): Shell {
    return shellOf(this.node(seat).disk, shell(name, asset));
  }

  roots(): Set<string> {
    return new Set(this.nodes.map(({ facts }) => rootOf(facts.sum)));
  }

  /** A payment of gold in the next slot. */
  pay(name: string, id: string, to: string, amount: number | bigint | string, seat = 0): Signed<Order> {
    return signed(transfer(legOf(name, this.next(shell(name), seat), [payment(id, shell(to), amount)])));
  }

  /** These wish the seats replaced, and everybody hears of it. */
  change(drop: readonly number[], by: Seats, to: Seats = EVERYBODY): void {
    const wishes = saidBy(by.map((seat) => this.tell(seat, { kind: 'wish', drop }).answer)) as Said<Wish>[];
    for (const seat of to) this.tell(seat, { kind: 'change', request: { drop, wishes } });
  }

  timeout(seats: Seats, slot: { line: string; sequence: number }, ballot: number): void {
    const { line, sequence } = slot;
    for (const seat of seats) this.tell(seat, { kind: 'timeout', slot: { line, sequence }, ballot });
  }

  #gathered<Q extends Certificate | Settlement>(of: Q['of'], order: Signed, stamps: Said['stamp'][]): Q {
    const choice = { ballot: 0, value: digestOf(order.body) };
    const made = gather<Q>(of, homeOf(order.body), choice, stamps, this.node(0).committee, verify);
    if (made === undefined) throw new Error(`no quorum of ${of}`);
    return made;
  }
}

/** What was said, of answers that say something. */
export function saidBy(answers: readonly Outgoing['answer'][]): Said[] {
  return answers.flatMap((answer) => (answer?.answer === 'said' ? [answer.said] : []));
}

export function refusalOf(answer: Outgoing['answer']): Refusal | undefined {
  return answer?.answer === 'refused' ? answer.refusal : undefined;
}

export function codeOf(answer: Outgoing['answer']): string {
  if (answer === undefined) return 'nothing';
  if (answer.answer === 'refused') return answer.refusal.code;
  return answer.answer === 'said' ? answer.said.statement.kind : answer.answer;
}

export const codesOf = (answers: readonly Outgoing['answer'][]): string[] => answers.map(codeOf);
