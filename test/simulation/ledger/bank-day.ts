import { isFault } from '../../../src/contract/errors.ts';
import type { OrderOutcome } from '../../../src/contract/ledger.ts';
import { audit } from '../../../src/organs/ledger/audit.ts';
import type { SignedGenesis } from '../../../src/organs/ledger/committee.ts';
import { type Order, type Signed, shellLegsOf } from '../../../src/organs/ledger/order.ts';
import type { DecidedRow } from '../../../src/organs/ledger/records.ts';
import { type SeededEntropy, seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import type { Guard } from '../../../src/runtime/simulation/guard.ts';
import type { World } from '../../../src/runtime/simulation/world.ts';
import { type Attempt, flawsOf, type Look } from './ledger-history.ts';
import { growLedger, Market } from './market.ts';

export interface BankDayOptions {
  readonly seed: number;
  /** @default 12 */
  readonly clients?: number;
  /** Payments that each client makes. @default 3 */
  readonly payments?: number;
}

export interface BankDay {
  readonly seed: number;
  readonly settled: number;
  readonly refused: number;
  readonly unknown: number;
  readonly looks: number;
  readonly committee: number;
}

const CLIENTS = 12;
const PAYMENTS = 3;
/** How long a client goes on with one order. */
const PATIENCE = 6;
const START = 100;

/**
 * Clients pay each other through nodes that crash, are cut off, freeze and lose messages; then all heals. Throws what no ledger
 * may do. The seed decides everything.
 */
export async function runBankDay({ seed, clients = CLIENTS, payments = PAYMENTS }: BankDayOptions): Promise<BankDay> {
  const world = await growLedger({ seed, mode: seed % 8 === 0 ? 'wire' : 'sealed' });
  const market = await Market.open(world);
  const day = new Day(world, market, seededEntropy(seed).fork('bank-day'));
  const names = Array.from({ length: clients }, (_, at) => `client-${at}`);
  await day.open(names);
  const trading = Promise.all(names.map((name) => day.business(name, names, payments)));
  await world.run(day.troubleUntil(trading));
  await day.heal();
  return day.close(seed);
}

class Day {
  readonly #world: World;
  readonly #market: Market;
  readonly #dice: SeededEntropy;
  readonly #attempts: Attempt[] = [];
  readonly #looks: Look[] = [];

  constructor(world: World, market: Market, dice: SeededEntropy) {
    this.#world = world;
    this.#market = market;
    this.#dice = dice;
  }

  async open(names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length; at += 12) {
      const some = names.slice(at, at + 12);
      const begunAt = this.#world.now;
      const outcome = await this.#market.issue(some, START);
      if (outcome.outcome !== 'settled') throw new Error(`the mint can't issue: ${JSON.stringify(outcome)}`);
      for (const { id, to } of this.#market.issued.splice(0)) {
        this.#note({ id, from: 'mint', to, amount: BigInt(START), begunAt, outcome: 'settled' });
      }
    }
  }

  /** One client's day: a payment, a look, and so on. */
  async business(name: string, names: readonly string[], payments: number): Promise<void> {
    for (let number = 0; number < payments; number++) {
      await this.#pause(this.#below(400));
      const to = names[this.#below(names.length)] as string;
      if (to !== name) await this.#pay(name, to, 1 + this.#below(60));
      if (this.#dice.float() < 0.5) await this.#look(names[this.#below(names.length)] as string);
    }
  }

  async #pay(from: string, to: string, amount: number): Promise<void> {
    const begunAt = this.#world.now;
    const id = this.#market.freshId();
    const entry = { kind: 'payment', id, to: this.#market.shell(to), amount: String(amount) } as const;
    let outcome: Attempt['outcome'] = 'unknown';
    let signed: Signed<Order> | undefined;
    for (let tries = 0; tries < PATIENCE && outcome === 'unknown'; tries++) {
      const found = await this.#try(async (at) => {
        signed ??= await this.#market.order(from, [entry], at);
        return this.#world.node(at).ledger.submit(signed as never, { deadlineMs: 3_000 });
      });
      outcome = outcomeOf(found);
      if (found?.outcome === 'stuck' && signed !== undefined) {
        const stuck = signed;
        await this.#try((at) => this.#market.unlock(from, stuck, at));
      }
    }
    this.#note({ id, from, to, amount: BigInt(amount), begunAt, outcome });
  }

  async #look(who: string): Promise<void> {
    const begunAt = this.#world.now;
    const found = await this.#try((at) =>
      this.#world.node(at).ledger.read(this.#market.shell(who), { deadlineMs: 2_000 }),
    );
    if (found === undefined) return;
    const { creditsPosted, debitsPosted } = found.row;
    const look = { who, begunAt, endedAt: this.#world.now };
    this.#looks.push({ ...look, credits: BigInt(creditsPosted), debits: BigInt(debitsPosted) });
  }

  /** At any node that runs; undefined where that did not answer. */
  async #try<T>(ask: (at: number) => Promise<T>): Promise<T | undefined> {
    const { running } = this.#world;
    const at = running[this.#below(running.length)]?.index ?? 0;
    // A process that dies takes its answers along.
    const late = this.#pause(6_000).then(() => undefined);
    try {
      return await Promise.race([ask(at), late]);
    } catch (error) {
      if (!isFault(error)) throw error;
      return undefined;
    }
  }

  #note(attempt: Omit<Attempt, 'endedAt'>): void {
    this.#attempts.push({ ...attempt, endedAt: this.#world.now });
  }

  #below(bound: number): number {
    return Math.floor(this.#dice.float() * bound);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.clock.schedule(ms, resolve));
  }

  // ---- Trouble -----------------------------------------------------------------------------------------------------

  /** One fault after the other, each for a while, until that is done. */
  async troubleUntil(business: Promise<unknown>): Promise<void> {
    let isOver = false;
    const ended = business.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await this.#pause(100 + this.#below(500));
      const end = await this.#strike();
      await this.#pause(200 + this.#below(1_500));
      await end();
    }
    await ended;
  }

  async #strike(): Promise<() => Promise<void>> {
    const node = this.#below(5);
    const lift = (guard: Guard) => async (): Promise<void> => guard[Symbol.dispose]();
    switch (this.#below(6)) {
      case 0:
        if (this.#world.at(node).running) this.#world.crash(node);
        return () => this.#restart(node);
      case 1:
        return lift(this.#world.partition([node, (node + 1) % 5]));
      case 2:
        return lift(this.#world.partition([node]));
      case 3:
        return lift(this.#world.lose(0.15));
      case 4:
        return this.#world.at(node).running ? lift(this.#world.freeze(node)) : async () => undefined;
      default:
        this.#world.jump(node, (this.#dice.float() - 0.5) * 100_000);
        return async () => undefined;
    }
  }

  async #restart(node: number): Promise<void> {
    if (!this.#world.at(node).running) await this.#world.restart(node);
  }

  // ---- The end -----------------------------------------------------------------------------------------------------

  async heal(): Promise<void> {
    this.#world.repair();
    this.#world.lose(0);
    for (const node of this.#world.nodes) await this.#restart(node.index);
    await this.#world.untilWhole(60_000);
    // Whatever is certified and was left behind is finished by whoever reads it.
    for (const who of new Set(this.#attempts.flatMap(({ from, to }) => [from, to]))) {
      await this.#world.run(this.#world.node(0).ledger.read(this.#market.shell(who), { deadlineMs: 30_000 }));
    }
    await this.#market.untilOne(60_000);
  }

  async close(seed: number): Promise<BankDay> {
    const rows = await this.#world.run(this.#market.outcomes(0));
    const { genesis, committee } = this.#market.office;
    const found = audit(genesis as unknown as SignedGenesis, rows, this.#market.signer('mint').verify);
    const effects = effectsOf(rows);
    const whose = new Map(
      ['mint', ...this.#attempts.flatMap(({ from, to }) => [from, to])].map((who) => [this.#market.shell(who), who]),
    );
    const ends = this.#world.running.map(({ index }) => this.#market.ends(index, whose));
    const caps = new Map([['mint', 1_000_000n]]);
    const history = { attempts: this.#attempts, looks: this.#looks, effects, ends, caps };
    const flaws = [...found.problems, ...flawsOf(history)];
    if (flaws.length > 0) throw new Error(`seed ${seed}: ${flaws.join('; ')}`);
    const count = (outcome: Attempt['outcome']): number =>
      this.#attempts.filter((attempt) => attempt.outcome === outcome).length;
    return {
      seed,
      settled: count('settled'),
      refused: count('refused'),
      unknown: count('unknown'),
      looks: this.#looks.length,
      committee: committee.number,
    };
  }
}

/**
 * Only what can never be any more is refused: an order whose slot something else has taken may be asked about at another node,
 * and is refused there just so.
 */
function outcomeOf(found: OrderOutcome | undefined): Attempt['outcome'] {
  if (found?.outcome === 'settled') return 'settled';
  return found?.outcome === 'refused' && ['spent', 'fork'].includes(found.refusal.code) ? 'refused' : 'unknown';
}

/** How often each id took effect. */
function effectsOf(rows: readonly DecidedRow[]): Map<string, number> {
  const effects = new Map<string, number>();
  for (const { signed } of rows) {
    for (const { entries } of shellLegsOf(signed.body)) {
      for (const { id } of entries) effects.set(id, (effects.get(id) ?? 0) + 1);
    }
  }
  return effects;
}
