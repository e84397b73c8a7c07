import { quorum } from '../../../../src/organs/ledger/committee.ts';
import { brokenOf } from '../../../../src/organs/ledger/invariants.ts';
import { digestOf, homeOf, type Order, type Signed, type Slot } from '../../../../src/organs/ledger/order.ts';
import { type DecidedRow, outcomeOf } from '../../../../src/organs/ledger/records.ts';
import { rootOf, sumOfBook } from '../../../../src/organs/ledger/root.ts';
import type { LedgerInput } from '../../../../src/organs/ledger/validator.ts';
import { type SeededEntropy, seededEntropy } from '../../../../src/runtime/entropy/seeded.ts';
import { Board } from './board.ts';
import { Errand } from './errand.ts';
import { Liar } from './liar.ts';
import { type Crash, type Outgoing, TestValidator } from './node.ts';
import { SEATS, unlockOf } from './people.ts';
import { Witness } from './witness.ts';

/** Under way between two parties; the network delivers it whenever it likes, twice, or never. */
type Letter =
  | { readonly to: number; readonly from: number | 'client'; readonly input: LedgerInput; readonly errand?: Errand }
  | { readonly to: Errand; readonly from: number; readonly answer: Outgoing['answer'] };

export interface BankOptions {
  readonly seed: number | string;
  /** Seats that lie. @default [] */
  readonly liars?: readonly number[];
  /** How likely things go wrong at each event. @default none of it */
  readonly faults?: {
    readonly drop?: number;
    readonly twice?: number;
    readonly crash?: number;
    readonly jump?: number;
  };
}

/** Four validators, clients, and a network and clocks that are against them. One seed decides everything. */
export class Bank {
  readonly random: SeededEntropy;
  readonly validators: (TestValidator | Liar)[];
  readonly board = new Board();
  readonly witness: Witness;
  readonly errands: Errand[] = [];
  now = 1_000_000;
  steps = 0;
  /** Letters that have arrived. */
  delivered = 0;
  #active: Errand[] = [];
  readonly #letters: Letter[] = [];
  readonly #faults: Required<NonNullable<BankOptions['faults']>>;
  /** Pairs of seats, and of a seat and the clients, between which nothing gets through. */
  readonly #cut = new Set<string>();
  readonly #skew: number[];

  constructor({ seed, liars = [], faults = {} }: BankOptions) {
    this.random = seededEntropy(seed);
    this.validators = SEATS.map((name, seat) =>
      liars.includes(seat) ? new Liar(name, this.random.fork(name)) : new TestValidator(name),
    );
    this.witness = new Witness(quorum({ f: 1 } as never), liars.length);
    this.#faults = { drop: 0, twice: 0, crash: 0, jump: 0, ...faults };
    this.#skew = SEATS.map(() => 0);
  }

  get honest(): TestValidator[] {
    return this.validators.filter((one) => one instanceof TestValidator);
  }

  /** Those that have not come to their end. */
  get active(): Errand[] {
    this.#active = this.#active.filter((errand) => !errand.isDone);
    return this.#active;
  }

  get isIdle(): boolean {
    return this.#letters.length === 0;
  }

  /** A client sets out with an order. */
  begin(name: string, signed: Signed<Order>): Errand {
    const errand = new Errand(name, signed, (this.honest[0] as TestValidator).committee);
    this.witness.know(errand.value, signed);
    this.errands.push(errand);
    this.#active.push(errand);
    this.pursue(errand);
    return errand;
  }

  /** Asks again whoever has not answered, and brings what validators lack. */
  pursue(errand: Errand, seats: readonly number[] = SEATS.map((_, seat) => seat)): void {
    errand.ticks += 1;
    for (const seat of seats) {
      if (errand.lacking.has(seat)) this.#bring(errand, seat);
      const input = errand.inputFor(seat);
      if (input !== undefined) this.#letters.push({ to: seat, from: 'client', input, errand });
    }
  }

  /** Has the errand's slots decided by ballots: its own first, then the home slot of what it is about. */
  unlock(errand: Errand): void {
    const { body } = errand.signed;
    const committee = (this.honest[0] as TestValidator).committee.number;
    for (const place of [...body.legs].reverse()) {
      const slot = { line: place.line, sequence: place.sequence };
      this.tellAll({ kind: 'unlock', slot, unlock: unlockOf(errand.name, place, committee) });
    }
    const { line, sequence } = homeOf(body);
    if (body.legs.length > 1)
      this.tellAll({ kind: 'unlock', slot: { line, sequence }, unlock: { by: 'trade', trade: errand.signed } });
  }

  tellAll(input: LedgerInput): void {
    for (const seat of SEATS.keys()) this.#letters.push({ to: seat, from: 'client', input });
  }

  /** Something happens: a letter arrives, or one of the things that go wrong. */
  step(): void {
    this.steps += 1;
    if (this.random.float() < this.#faults.jump) this.#jump();
    if (this.random.float() < 0.02) this.#timeouts();
    const at = Math.floor(this.random.float() * this.#letters.length);
    const letter = this.#letters[at];
    if (letter === undefined || this.#isCut(letter)) return;
    if (this.random.float() < this.#faults.drop) this.#letters.splice(at, 1);
    else {
      if (this.random.float() >= this.#faults.twice) this.#letters.splice(at, 1);
      this.#deliver(letter);
    }
  }

  /** Everything arrives, in some order, until nothing is under way. */
  deliverAll(limit = 20_000): void {
    for (let left = limit; this.#letters.length > 0 && left > 0; left--) {
      const at = Math.floor(this.random.float() * this.#letters.length);
      const [letter] = this.#letters.splice(at, 1);
      if (letter !== undefined) this.#deliver(letter);
    }
    if (this.#letters.length > 0) throw new Error('there is no end of letters');
  }

  cut(a: number | 'client', b: number | 'client'): void {
    this.#cut.add(`${a}-${b}`).add(`${b}-${a}`);
  }

  mend(): void {
    this.#cut.clear();
  }

  /** Brings the row to everybody who would not hear of it otherwise. */
  relay({ signed, evidence }: DecidedRow, seats: readonly number[] = SEATS.map((_, seat) => seat)): void {
    const bodies = signed.body.kind === 'change' ? { bodies: this.board.all.map((one) => one.signed) } : {};
    for (const seat of seats) {
      this.#letters.push({ to: seat, from: 'client', input: { kind: 'decided', signed, evidence, ...bodies } });
    }
  }

  /**
   * Nothing goes wrong any more, but that liars lie: every errand comes to an end, every slot in ballots is decided, and
   * everybody has the same state.
   */
  heal(rounds = 30): void {
    this.mend();
    for (let round = 0; round < rounds; round++) {
      this.deliverAll();
      for (const decided of this.board.all) this.relay(decided);
      this.deliverAll();
      const open = this.active;
      if (open.length === 0 && !this.hasOpenBallots()) break;
      for (const errand of open) {
        if (errand.isStuck || errand.ticks > 12) this.unlock(errand);
        this.pursue(errand);
      }
      this.deliverAll();
      if (round % 2 === 1) this.#timeouts();
    }
    for (const decided of this.board.all) this.relay(decided);
    this.deliverAll();
  }

  /** Says what is wrong at the end, undefined where all is well. */
  verdict(): string | undefined {
    const open = this.errands.find((errand) => !errand.isDone);
    if (open !== undefined) return `an errand of ${open.name} never ended`;
    const books = [...this.honest, this.board.observer];
    const broken = books.map(({ disk }) => brokenOf(disk)).find((one) => one !== undefined);
    if (broken !== undefined) return broken;
    for (const { facts, disk, name } of books) {
      if (rootOf(facts.sum) !== rootOf(sumOfBook(disk))) return `${name} lost count of its state`;
    }
    const roots = new Set(books.map(({ facts }) => rootOf(facts.sum)));
    return roots.size === 1 ? undefined : `${roots.size} different states after everything was told`;
  }

  hasOpenBallots(): boolean {
    return this.honest.some((validator) => openBallots(validator).length > 0);
  }

  crash(seat: number, when?: Crash): void {
    const validator = this.validators[seat];
    if (validator instanceof TestValidator && when === undefined) validator.restart();
  }

  #bring(errand: Errand, seat: number): void {
    errand.lacking.delete(seat);
    const lines = errand.signed.body.legs.map(({ line }) => line);
    for (const decided of new Set(lines.flatMap((line) => this.board.about(line)))) this.relay(decided, [seat]);
  }

  #deliver(letter: Letter): void {
    this.delivered += 1;
    if (typeof letter.to !== 'number') {
      letter.to.hear(letter.from as number, (letter as { answer: Outgoing['answer'] }).answer);
      this.#learn(letter.to);
      return;
    }
    const { to, input, errand } = letter as Letter & { to: number; input: LedgerInput; errand?: Errand };
    const validator = this.validators[to] as TestValidator | Liar;
    const committee = validator instanceof TestValidator ? validator.committee.number : 0;
    const outgoing = validator.tell(input, this.now + (this.#skew[to] ?? 0), this.#crashNow());
    if (outgoing === undefined) return;
    if (validator instanceof TestValidator) this.#witness(validator, committee, outgoing);
    for (const message of outgoing.all) {
      for (const seat of SEATS.keys()) this.#letters.push({ to: seat, from: to, input: message });
    }
    if (errand !== undefined) this.#letters.push({ to: errand, from: to, answer: outgoing.answer });
    this.#follow(input, outgoing.answer);
  }

  #witness(validator: TestValidator, committee: number, { said, notes }: Outgoing): void {
    this.witness.hear(committee, said);
    this.witness.see(notes);
    for (const note of notes) if (note.note === 'settled') this.board.learn(note);
    const broken = this.steps % 256 === 0 ? brokenOf(validator.disk) : undefined;
    if (broken !== undefined) throw new Error(broken);
  }

  /** Whoever is told that a slot is decided tells the others. */
  #follow(input: LedgerInput, answer: Outgoing['answer']): void {
    if (answer?.answer === 'decided') this.board.learn(answer);
    if (input.kind === 'decided') this.board.learn(input);
    this.#finish();
  }

  #learn(errand: Errand): void {
    if (errand.decided === undefined) return;
    this.board.learn(errand.decided);
    if (!this.#told.has(errand)) this.relay(errand.decided);
    this.#told.add(errand);
    this.#finish();
  }

  readonly #told = new Set<Errand>();

  #known = 0;

  /** Errands whose slots were decided, as they wanted or not. */
  #finish(): void {
    if (this.#known === this.board.all.length) return;
    this.#known = this.board.all.length;
    for (const errand of this.active) {
      errand.isOver = errand.signed.body.legs.some((place) => {
        const outcome = outcomeOf(this.board.observer.disk, place);
        return outcome !== undefined && outcome.value !== errand.value;
      });
      const home = outcomeOf(this.board.observer.disk, homeOf(errand.signed.body));
      if (home?.value === errand.value) {
        errand.decided = this.board.all.find(({ signed }) => digestOf(signed.body) === errand.value);
      }
    }
  }

  #crashNow(): Crash | undefined {
    if (this.random.float() >= this.#faults.crash) return undefined;
    return this.random.float() < 0.5 ? 'before-flush' : 'after-flush';
  }

  #timeouts(): void {
    for (const [seat, validator] of this.validators.entries()) {
      if (!(validator instanceof TestValidator)) continue;
      for (const { slot, joined } of openBallots(validator)) {
        this.#letters.push({ to: seat, from: seat, input: { kind: 'timeout', slot, ballot: joined } });
      }
    }
  }

  #jump(): void {
    const seat = Math.floor(this.random.float() * SEATS.length);
    this.#skew[seat] = Math.floor((this.random.float() - 0.5) * 200_000);
    this.now += 1_000;
  }

  #isCut(letter: Letter): boolean {
    const to = typeof letter.to === 'number' ? letter.to : 'client';
    return this.#cut.has(`${letter.from}-${to}`);
  }
}

/** Slots in which the validator has joined a ballot. */
function openBallots({ disk, committee }: TestValidator): { slot: Slot; joined: number }[] {
  const prefix = `slot/${committee.number}/`;
  return [...disk.range(prefix)].flatMap(([key, row]) => {
    const at = key.lastIndexOf('/');
    const slot = { line: key.slice(prefix.length, at), sequence: Number(key.slice(at + 1)) };
    const { joined } = row as { joined: number };
    return joined > 0 ? [{ slot, joined }] : [];
  });
}
