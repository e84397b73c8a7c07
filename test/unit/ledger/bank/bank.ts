import type { RowWrite } from '../../../../src/organs/ledger/book.ts';
import { brokenOf } from '../../../../src/organs/ledger/invariants.ts';
import { digestOf, homeOf, type Order, type Signed, type Slot } from '../../../../src/organs/ledger/order.ts';
import { type DecidedRow, decidedOf, outcomeOf } from '../../../../src/organs/ledger/records.ts';
import { rootOf, sumOfBook } from '../../../../src/organs/ledger/root.ts';
import { quorumOf } from '../../../../src/organs/ledger/rules.ts';
import type { Said, Wish } from '../../../../src/organs/ledger/statement.ts';
import type { LedgerInput } from '../../../../src/organs/ledger/validator.ts';
import { type SeededEntropy, seededEntropy } from '../../../../src/runtime/entropy/seeded.ts';
import { Board } from './board.ts';
import { Errand } from './errand.ts';
import { Liar } from './liar.ts';
import { type Crash, type Outgoing, TestValidator } from './node.ts';
import { unlockOf } from './people.ts';
import { Witness } from './witness.ts';

/** Committee 1, and those who may come after. */
const NODES = ['v0', 'v1', 'v2', 'v3', 's0', 's1'] as const;

/** Under way between two parties; the network delivers it whenever it likes, twice, or never. */
type Letter =
  | { readonly to: number; readonly from: Party; readonly input: LedgerInput; readonly errand?: Errand }
  | { readonly to: Errand; readonly from: number; readonly answer: Outgoing['answer'] };
type Party = number | 'client';

export interface Faults {
  /** How likely each is, at each event. */
  readonly drop?: number;
  readonly twice?: number;
  readonly crash?: number;
  readonly jump?: number;
}

export interface BankOptions {
  readonly seed: number | string;
  /** Nodes that lie. @default [] */
  readonly liars?: readonly number[];
  /** @default none */
  readonly faults?: Faults;
  /** Everything crosses the wire. @default false */
  readonly wire?: boolean;
  /** The witness takes liars for honest: it must find them out. @default false */
  readonly trusted?: boolean;
  /** What everybody has applied before the first event. @default nothing */
  readonly rows?: readonly RowWrite[];
}

/** Validators, clients, and a network and clocks that are against them. One seed decides everything. */
export class Bank {
  readonly random: SeededEntropy;
  readonly nodes: (TestValidator | Liar)[];
  readonly board: Board;
  readonly witness: Witness;
  readonly errands: Errand[] = [];
  now = 1_000_000;
  /** Letters that have arrived. */
  delivered = 0;
  #active: Errand[] = [];
  #faults: Required<Faults>;
  #request: LedgerInput | undefined;
  readonly #trusted: boolean;
  #known = 0;
  readonly #letters: Letter[] = [];
  readonly #told = new Set<Errand>();
  /** Pairs of parties between which nothing gets through. */
  readonly #cut = new Set<string>();
  readonly #skew = NODES.map(() => 0);

  constructor({ seed, liars = [], faults = {}, wire = false, trusted = false, rows = [] }: BankOptions) {
    this.random = seededEntropy(seed);
    this.nodes = NODES.map((name, at) =>
      liars.includes(at) ? new Liar(name, this.random.fork(name), { rows }) : new TestValidator(name, { wire, rows }),
    );
    this.board = new Board({ rows });
    this.witness = new Witness(quorumOf(1), trusted ? 0 : liars.length);
    this.#trusted = trusted;
    this.#faults = { drop: 0, twice: 0, crash: 0, jump: 0, ...faults };
  }

  get honest(): TestValidator[] {
    return this.nodes.filter((one) => one instanceof TestValidator);
  }

  get committee(): number {
    return this.board.observer.committee.number;
  }

  /** Errands that have not come to their end. */
  get active(): Errand[] {
    this.#active = this.#active.filter((errand) => !errand.isDone);
    return this.#active;
  }

  get isIdle(): boolean {
    return this.#letters.length === 0;
  }

  // ---- What clients do ---------------------------------------------------------------------------------------------

  /** A client sets out with an order. */
  begin(name: string, signed: Signed<Order>): Errand {
    const errand = new Errand(name, signed, this.board.observer.committee);
    this.witness.know(errand.value, signed);
    this.errands.push(errand);
    this.#active.push(errand);
    this.pursue(errand);
    return errand;
  }

  /** Asks again whoever has not answered, and brings what validators lack. */
  pursue(errand: Errand, nodes: readonly number[] = this.#all()): void {
    errand.ticks += 1;
    for (const node of nodes) {
      if (errand.lacking.has(node)) this.#bring(errand, node);
      const input = errand.inputFor(node);
      if (input !== undefined) this.#letters.push({ to: node, from: 'client', input, errand });
    }
  }

  /** Has the errand's slots decided by ballots: its own first, then the home slot of what it is about. */
  unlock(errand: Errand): void {
    const { body } = errand.signed;
    for (const place of [...body.legs].reverse()) {
      const slot = { line: place.line, sequence: place.sequence };
      this.tellAll({ kind: 'unlock', slot, unlock: unlockOf(errand.name, place, body.committee) });
    }
    const { line, sequence } = homeOf(body);
    if (body.legs.length > 1) {
      this.tellAll({ kind: 'unlock', slot: { line, sequence }, unlock: { by: 'trade', trade: errand.signed } });
    }
  }

  tellAll(input: LedgerInput): void {
    for (const node of this.#all()) this.#letters.push({ to: node, from: 'client', input });
  }

  /** Brings the row to nodes that would not hear of it otherwise. */
  relay({ signed, evidence }: DecidedRow, nodes: readonly number[] = this.#all()): void {
    const bodies = signed.body.kind === 'change' ? { bodies: this.board.all.map((one) => one.signed) } : {};
    for (const node of nodes) {
      this.#letters.push({ to: node, from: 'client', input: { kind: 'decided', signed, evidence, ...bodies } });
    }
  }

  /** Two members wish the seats' holders replaced, which is enough for the others. */
  change(drop: readonly number[]): void {
    const members = this.honest.filter(({ seat }) => seat >= 0 && !drop.includes(seat)).slice(0, 2);
    const wishes = members.flatMap((member) => {
      const answer = member.tell({ kind: 'wish', drop })?.answer;
      return answer?.answer === 'said' ? [answer.said as Said<Wish>] : [];
    });
    this.#request = { kind: 'change', request: { drop, wishes } };
    this.tellAll(this.#request);
  }

  // ---- What happens to it ------------------------------------------------------------------------------------------

  /** A letter arrives, or one of the things that go wrong. */
  step(): void {
    if (this.#float() < this.#faults.jump) this.#jump();
    if (this.#float() < 0.02) this.timeouts();
    const at = this.#pick();
    const letter = this.#letters[at];
    if (letter === undefined) return;
    const isDropped = this.#float() < this.#faults.drop;
    if (isDropped || this.#float() >= this.#faults.twice) this.#take(at);
    if (!isDropped) this.#deliver(letter);
  }

  /** Everything that can arrives, in some order, until nothing is under way. */
  deliverAll(limit = 30_000): void {
    const kept: Letter[] = [];
    for (let left = limit; this.#letters.length > 0; left--) {
      if (left === 0) throw new Error('there is no end of letters');
      const letter = this.#take(Math.floor(this.#float() * this.#letters.length));
      if (this.#isCut(letter)) kept.push(letter);
      else this.#deliver(letter);
    }
    this.#letters.push(...kept);
  }

  /** Nothing gets through between the two groups until `mend`. */
  cut(some: readonly Party[], others: readonly Party[]): void {
    for (const a of some) for (const b of others) this.#cut.add(`${a}-${b}`).add(`${b}-${a}`);
  }

  mend(): void {
    this.#cut.clear();
  }

  /** Ballots that honest validators are in have taken too long for them. */
  timeouts(): void {
    for (const [node, validator] of this.nodes.entries()) {
      if (!(validator instanceof TestValidator)) continue;
      for (const { slot, joined } of openBallots(validator)) {
        this.#letters.push({ to: node, from: node, input: { kind: 'timeout', slot, ballot: joined } });
      }
    }
  }

  /**
   * Nothing goes wrong any more, but that liars lie: every errand comes to an end, every slot in ballots is decided, and
   * everybody has the same state.
   */
  heal(rounds = 30): void {
    this.mend();
    // Clocks that differ over whether a pending has expired can keep a ballot of it waiting until they don't.
    this.#skew.fill(0);
    this.#faults = { drop: 0, twice: 0, crash: 0, jump: 0 };
    for (let round = 0; round < rounds; round++) {
      this.#tellEverything();
      const open = this.active;
      if (open.length === 0 && !this.#hasOpenBallots()) break;
      for (const errand of open) {
        if (errand.isStuck || errand.ticks > 12) this.unlock(errand);
        this.pursue(errand);
      }
      if (this.#request !== undefined) this.tellAll(this.#request);
      this.deliverAll();
      if (round % 2 === 1) this.timeouts();
    }
    this.#tellEverything();
  }

  /** Says what is wrong at the end, undefined where all is well. */
  verdict(): string | undefined {
    const [open] = this.active;
    if (open !== undefined) return `an errand of ${open.name} never ended`;
    const books = [...this.honest, this.board.observer];
    for (const { facts, disk, name } of books) {
      const broken = brokenOf(disk);
      if (broken !== undefined) return `${name}: ${broken}`;
      if (rootOf(facts.sum) !== rootOf(sumOfBook(disk))) return `${name} lost count of its state`;
      const [slots, held] = ['slot/', 'held/'].map((prefix) => [...disk.range(prefix)].length);
      const tally = (disk.get('tally') ?? { slots: 0, held: 0 }) as { slots: number; held: number };
      if (tally.slots !== slots || tally.held !== held) return `${name} lost count of what is open`;
      if (held !== 0) return `${name} waits for something although everything was told`;
    }
    const roots = new Set(books.map(({ facts }) => rootOf(facts.sum)));
    return roots.size === 1 ? undefined : `${roots.size} different states after everything was told`;
  }

  #tellEverything(): void {
    this.deliverAll();
    // Twice, because what the next committee has settled is understood only after the change.
    for (let time = 0; time < 2; time++) {
      for (const decided of this.board.all) this.relay(decided, this.#lacking(decided));
      this.deliverAll();
    }
  }

  /** Those who have not applied it; liars hear everything again. */
  #lacking({ signed }: DecidedRow): number[] {
    const value = digestOf(signed.body);
    return this.#all().filter((node) => {
      const one = this.nodes[node];
      return !(one instanceof TestValidator) || decidedOf(one.disk, value) === undefined;
    });
  }

  #hasOpenBallots(): boolean {
    return this.honest.some((validator) => openBallots(validator).length > 0);
  }

  #all(): number[] {
    return this.nodes.map((_, node) => node);
  }

  /** Which letter is next; -1 where none was found that gets through. */
  #pick(): number {
    for (let tries = 0; tries < 16; tries++) {
      const at = Math.floor(this.#float() * this.#letters.length);
      const letter = this.#letters[at];
      if (letter !== undefined && !this.#isCut(letter)) return at;
    }
    return -1;
  }

  #take(at: number): Letter {
    const letter = this.#letters[at] as Letter;
    // Order means nothing here, so the last one may take the gap.
    const last = this.#letters.pop() as Letter;
    if (at < this.#letters.length) this.#letters[at] = last;
    return letter;
  }

  #bring(errand: Errand, node: number): void {
    errand.lacking.delete(node);
    const lines = errand.signed.body.legs.map(({ line }) => line);
    for (const decided of new Set(lines.flatMap((line) => this.board.about(line)))) this.relay(decided, [node]);
  }

  #deliver(letter: Letter): void {
    this.delivered += 1;
    if ('answer' in letter) {
      letter.to.hear(letter.from, letter.answer);
      this.#learn(letter.to);
      return;
    }
    const { to, input, errand } = letter;
    const node = this.nodes[to] as TestValidator | Liar;
    const committee = node instanceof TestValidator ? node.committee.number : 0;
    const outgoing = node.tell(input, this.now + (this.#skew[to] ?? 0), this.#crashNow());
    if (outgoing === undefined) return;
    if (node instanceof TestValidator) this.#witness(node, committee, outgoing);
    else if (this.#trusted) this.witness.hear(1, outgoing.said);
    for (const message of outgoing.all) {
      for (const other of this.#all()) this.#letters.push({ to: other, from: to, input: message });
    }
    if (errand !== undefined) this.#letters.push({ to: errand, from: to, answer: outgoing.answer });
    if (outgoing.answer?.answer === 'decided') this.board.learn(outgoing.answer);
    this.#finish();
  }

  #witness(validator: TestValidator, committee: number, { said, notes }: Outgoing): void {
    this.witness.hear(committee, said);
    this.witness.see(notes);
    for (const note of notes) if (note.note === 'settled') this.board.learn(note);
    const broken = this.delivered % 256 === 0 ? brokenOf(validator.disk) : undefined;
    if (broken !== undefined) throw new Error(broken);
  }

  /** Whoever has brought an errand to its end tells everybody, once. */
  #learn(errand: Errand): void {
    if (errand.decided === undefined || this.#told.has(errand)) return;
    this.#told.add(errand);
    this.board.learn(errand.decided);
    this.relay(errand.decided);
    this.#finish();
  }

  /** Errands whose slots were decided, as they wanted or not. */
  #finish(): void {
    if (this.#known === this.board.all.length) return;
    this.#known = this.board.all.length;
    for (const errand of this.active) {
      const { body } = errand.signed;
      const outcomes = body.legs.map((place) => outcomeOf(this.board.observer.disk, place)?.value);
      if (outcomes.includes(errand.value)) {
        errand.decided = this.board.all.find(({ signed }) => digestOf(signed.body) === errand.value);
      } else if (body.committee < this.committee || outcomes.some((outcome) => outcome !== undefined)) {
        errand.isOver = true;
      }
    }
  }

  #crashNow(): Crash | undefined {
    if (this.#float() >= this.#faults.crash) return undefined;
    return this.#float() < 0.5 ? 'before-flush' : 'after-flush';
  }

  #jump(): void {
    const node = Math.floor(this.#float() * NODES.length);
    this.#skew[node] = Math.floor((this.#float() - 0.5) * 200_000);
    this.now += 1_000;
  }

  #isCut(letter: Letter): boolean {
    return this.#cut.has(`${letter.from}-${typeof letter.to === 'number' ? letter.to : 'client'}`);
  }

  #float(): number {
    return this.random.float();
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
