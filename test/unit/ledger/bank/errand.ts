import type { Stamp } from '../../../../src/organs/ledger/batch.ts';
import type { Committee } from '../../../../src/organs/ledger/committee.ts';
import { digestOf, homeOf, type Order, type Signed } from '../../../../src/organs/ledger/order.ts';
import { type Certificate, gather, type Settlement } from '../../../../src/organs/ledger/quorum.ts';
import type { DecidedRow } from '../../../../src/organs/ledger/records.ts';
import type { LedgerInput } from '../../../../src/organs/ledger/validator.ts';
import type { Outgoing } from './node.ts';
import { verify } from './people.ts';

/** A client that brings one order to its end: votes to a certificate, the certificate to a settlement. */
export class Errand {
  readonly name: string;
  readonly signed: Signed<Order>;
  readonly value: string;
  readonly #committee: Committee;
  readonly #votes = new Map<number, Stamp>();
  readonly #acks = new Map<number, Stamp>();
  readonly #late = new Set<number>();
  certificate: Certificate | undefined;
  decided: DecidedRow | undefined;
  /** A validator has said something that only a ballot can get over. */
  isStuck = false;
  /** The order can't take effect any more: its slot has another outcome, or the committee is another. */
  isOver = false;
  ticks = 0;
  /** The committee is changing: what becomes of the order is seen afterwards. */
  isHeldUp = false;
  /** What validators lack, by node. */
  readonly lacking = new Map<number, string>();

  constructor(name: string, signed: Signed<Order>, committee: Committee) {
    this.name = name;
    this.signed = signed;
    this.value = digestOf(signed.body);
    this.#committee = committee;
  }

  get isDone(): boolean {
    return this.decided !== undefined || this.isOver;
  }

  /** What it has for that node now. */
  inputFor(node: number): LedgerInput | undefined {
    if (this.isDone) return undefined;
    if (this.certificate === undefined) {
      return this.#votes.has(node) ? undefined : { kind: 'order', signed: this.signed };
    }
    if (this.#acks.has(node)) return undefined;
    return { kind: 'certificate', certificate: this.certificate, signed: this.signed };
  }

  hear(node: number, answer: Outgoing['answer']): void {
    if (answer === undefined || this.isDone) return;
    if (answer.answer === 'said') this.#said(node, answer.said.statement.kind, answer.said.stamp);
    if (answer.answer === 'decided' && digestOf(answer.signed.body) === this.value) this.decided = answer;
    if (answer.answer === 'refused') this.#refused(node, answer.refusal.code);
  }

  #said(node: number, kind: string, stamp: Stamp): void {
    const home = homeOf(this.signed.body);
    const choice = { ballot: 0, value: this.value };
    if (kind === 'vote' && this.certificate === undefined) {
      this.#votes.set(node, stamp);
      this.certificate = gather<Certificate>('vote', home, choice, [...this.#votes.values()], this.#committee, verify);
    }
    if (kind === 'ack') {
      this.#acks.set(node, stamp);
      const stamps = [...this.#acks.values()];
      const settlement = gather<Settlement>('ack', home, choice, stamps, this.#committee, verify);
      if (settlement !== undefined) {
        this.decided = { signed: this.signed, evidence: { by: 'settlement', settlement } };
      }
    }
  }

  #refused(node: number, code: string): void {
    if (['gap', 'insufficient', 'unknown_pending', 'unknown_asset'].includes(code)) this.lacking.set(node, code);
    if (['voted', 'balloted', 'fork'].includes(code)) this.isStuck = true;
    if (code === 'handing_over') this.isHeldUp = true;
    if (code === 'too_late' || code.startsWith('pending_already')) this.#hopeless(node);
  }

  /** Two have said that it comes too late, so one that is honest has. Its owner's slot must not stay open for it. */
  #hopeless(node: number): void {
    this.#late.add(node);
    if (this.#late.size < 2 || this.certificate !== undefined) return;
    if (this.signed.body.kind !== 'resolve' || this.#votes.size > 0) this.isStuck = true;
    else this.isOver = true;
  }
}
