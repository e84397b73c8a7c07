import type { Stamp } from '../batch.ts';
import { type Committee, quorum, type Verify } from '../committee.ts';
import type { Reply } from '../office/driving.ts';
import { digestOf, homeOf, type Order, type Signed } from '../order.ts';
import { type Certificate, gather, type Settlement } from '../quorum.ts';
import type { DecidedRow } from '../records.ts';
import type { Refusal, RefusalCode } from '../refusals.ts';
import { isSettlementOf } from '../settling.ts';
import type { LedgerInput } from '../validator.ts';

/** What passes: the validator lacks something, or is busy with something else, and may say otherwise a moment later. */
const PASSING: ReadonlySet<RefusalCode> = new Set([
  'busy',
  'gap',
  'handing_over',
  'insufficient',
  'not_in_office',
  'unknown_asset',
  'unknown_pending',
  'unknown_shell',
  'balloted',
]);

/** Of these what is said so often is believed: nobody brings what is missing. */
const LACKING: ReadonlySet<RefusalCode> = new Set([
  'gap',
  'insufficient',
  'unknown_asset',
  'unknown_pending',
  'unknown_shell',
]);
const PATIENCE = 6;

/** Whoever says these has promised the slot to something else. */
const TAKEN: ReadonlySet<RefusalCode> = new Set(['voted', 'balloted']);

/** What became of it. */
export type Ending =
  | { readonly end: 'settled'; readonly decided: DecidedRow }
  | { readonly end: 'refused' | 'stuck'; readonly refusal: Refusal };

interface Answered {
  readonly refusal: Refusal;
  /** How often in a row. */
  readonly times: number;
}

/**
 * One order on its way through a committee: votes to a certificate, the certificate to a settlement. A pure bookkeeper: who is
 * asked when is for the relay to say. Nothing that a validator says is believed without its stamp.
 */
export class Errand {
  readonly signed: Signed<Order>;
  readonly value: string;
  readonly #committee: Committee;
  readonly #verify: Verify;
  readonly #votes = new Map<number, Stamp>();
  readonly #acks = new Map<number, Stamp>();
  readonly #refusals = new Map<number, Answered>();
  #certificate: Certificate | undefined;
  #ending: Ending | undefined;

  constructor(signed: Signed<Order>, committee: Committee, verify: Verify, certificate?: Certificate) {
    this.signed = signed;
    this.value = digestOf(signed.body);
    this.#committee = committee;
    this.#verify = verify;
    this.#certificate = certificate;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** What the seat is to be asked next; undefined while it has said all that it can. */
  inputFor(seat: number): LedgerInput | undefined {
    if (this.#ending !== undefined) return undefined;
    if (this.#certificate === undefined) {
      return this.#votes.has(seat) ? undefined : { kind: 'order', signed: this.signed };
    }
    if (this.#acks.has(seat)) return undefined;
    return { kind: 'certificate', certificate: this.#certificate, signed: this.signed };
  }

  /** True where the seat lacks what somebody could bring it. */
  lacks(seat: number): boolean {
    const answered = this.#refusals.get(seat);
    return answered !== undefined && LACKING.has(answered.refusal.code);
  }

  /** Takes an answer; true where it brought the errand on. */
  hear(seat: number, reply: Reply | undefined): boolean {
    if (reply === undefined || this.#ending !== undefined) return false;
    if (reply.answer === 'said') return this.#said(seat, reply.said.statement.kind, reply.said.stamp);
    if (reply.answer === 'decided') return this.#decided(reply);
    if (reply.answer === 'refused') this.#refused(seat, reply.refusal);
    return false;
  }

  #said(seat: number, kind: string, stamp: Stamp): boolean {
    if (stamp.seat !== seat) return false;
    this.#refusals.delete(seat);
    const home = homeOf(this.signed.body);
    const choice = { ballot: 0, value: this.value };
    if (kind === 'vote' && this.#certificate === undefined) {
      this.#votes.set(seat, stamp);
      this.#certificate = this.#gather<Certificate>('vote', home, choice, this.#votes);
    } else if (kind === 'ack' && this.#certificate !== undefined) {
      const { ballot } = this.#certificate;
      this.#acks.set(seat, stamp);
      const settlement = this.#gather<Settlement>('ack', home, { ballot, value: this.value }, this.#acks);
      if (settlement !== undefined) this.#settle({ signed: this.signed, evidence: { by: 'settlement', settlement } });
    }
    return true;
  }

  #gather<Q extends Certificate | Settlement>(
    of: Q['of'],
    home: ReturnType<typeof homeOf>,
    choice: { readonly ballot: number; readonly value: string },
    stamps: Map<number, Stamp>,
  ): Q | undefined {
    if (stamps.size < quorum(this.#committee)) return undefined;
    const made = gather<Q>(of, home, choice, [...stamps.values()], this.#committee, this.#verify);
    // With a quorum of stamps and none made of them somebody's doesn't hold: all are asked again.
    if (made === undefined) stamps.clear();
    return made;
  }

  /** Somebody has brought it to its end already. */
  #decided({ signed, evidence }: DecidedRow): boolean {
    if (digestOf(signed.body) !== this.value) return false;
    if (!isSettlementOf(signed.body, evidence, this.#committee, this.#verify)) return false;
    this.#settle({ signed, evidence });
    return true;
  }

  #settle(decided: DecidedRow): void {
    this.#ending = { end: 'settled', decided };
  }

  #refused(seat: number, refusal: Refusal): void {
    const before = this.#refusals.get(seat);
    const times = before?.refusal.code === refusal.code ? before.times + 1 : 1;
    this.#refusals.set(seat, { refusal, times });
    // Certified, it may still be settled by ballots: whoever reads the shells sees to it.
    if (this.#certificate !== undefined && !this.#isOver(refusal.code)) return;
    this.#conclude();
  }

  #isOver(code: RefusalCode): boolean {
    return code === 'spent' || code === 'wrong_committee';
  }

  /** Ends it where f + 1 say the same for good, so that one honest does; or where too few are left to vote for it. */
  #conclude(): void {
    const { f, keys } = this.#committee;
    const final = [...this.#refusals.values()].filter(isFinal);
    const counts = byCode(final);
    for (const said of counts.values()) {
      const [first] = said;
      if (said.length <= f || first === undefined || TAKEN.has(first.refusal.code)) continue;
      this.#ending = { end: 'refused', refusal: first.refusal };
      return;
    }
    const taken = [...this.#refusals.values()].filter(({ refusal }) => TAKEN.has(refusal.code));
    const [first] = taken;
    if (first !== undefined && keys.length - taken.length < quorum(this.#committee)) {
      this.#ending = { end: 'stuck', refusal: first.refusal };
    }
  }
}

function isFinal({ refusal, times }: Answered): boolean {
  if (LACKING.has(refusal.code)) return times >= PATIENCE;
  return !PASSING.has(refusal.code);
}

function byCode(answers: readonly Answered[]): Map<RefusalCode, Answered[]> {
  const groups = new Map<RefusalCode, Answered[]>();
  for (const answered of answers) {
    const { code } = answered.refusal;
    groups.set(code, [...(groups.get(code) ?? []), answered]);
  }
  return groups;
}
