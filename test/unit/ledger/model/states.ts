import type { Protocol, Scenario } from './protocol.ts';
import { type Offer, startOf, stepOn, stepsAlone, type Validator } from './validator.ts';
import { type Memo, type Open, worldOf } from './world.ts';

/** So many local states are told apart: three of their numbers fit into one of 53 bits. */
export const IDS_MAX = 2 ** 17;

/** Local states of the three honest validators, by number. */
export type Trio = readonly [number, number, number];

/** Local states and worlds by number, so that a state of the search is one number. */
export class States {
  readonly #scenario: Scenario;
  readonly #protocol: Protocol;
  readonly #ids = new Map<string, number>();
  readonly #validators: Validator[] = [];
  readonly #low: number[] = [];
  readonly #high: number[] = [];
  readonly #statements: string[] = [];
  readonly #worlds = new Map<string, number>();
  readonly #opens: Open[] = [];
  readonly #memo: Memo = new Map();
  readonly #offers: Offer[] = [];
  readonly #offerIds = new Map<string, number>();
  readonly #offersOpen: (readonly number[])[] = [];
  readonly #alone: (readonly number[] | undefined)[] = [];
  /** By local state, by offer. */
  readonly #shown: number[][] = [];

  readonly start: Trio;

  constructor(scenario: Scenario, protocol: Protocol) {
    this.#scenario = scenario;
    this.#protocol = protocol;
    const start = this.#idOf(startOf(scenario));
    this.start = [start, start, start];
  }

  get worlds(): number {
    return this.#opens.length;
  }

  validator(id: number): Validator {
    return this.#validators[id] as Validator;
  }

  open(world: number): Open {
    return this.#opens[world] as Open;
  }

  #idOf(validator: Validator): number {
    const key = JSON.stringify(validator);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#validators.push(validator) - 1;
    if (id >= IDS_MAX) throw new Error('too many local states to tell apart');
    this.#ids.set(key, id);
    const [low, high] = this.#masks(validator);
    this.#low.push(low);
    this.#high.push(high);
    this.#shown.push([]);
    return id;
  }

  /** The states that the validator may step to in the world. */
  next(id: number, world: number): readonly number[] {
    const next = [...this.#steps(id)];
    for (const offer of this.#offersOpen[world] as readonly number[]) {
      const shown = this.#shownTo(id, offer);
      if (shown !== id) next.push(shown);
    }
    return next;
  }

  /** Where the validator may go by itself. */
  #steps(id: number): readonly number[] {
    const known = this.#alone[id];
    if (known !== undefined) return known;
    const steps = [...stepsAlone(this.validator(id), this.#scenario, this.#protocol)];
    const ids = [...new Set(steps.map((step) => this.#idOf(step)))].filter((next) => next !== id);
    this.#alone[id] = ids;
    return ids;
  }

  /** Where the offer takes the validator, itself where it changes nothing. */
  #shownTo(id: number, offer: number): number {
    const memo = this.#shown[id] as number[];
    const known = memo[offer];
    if (known !== undefined) return known;
    const step = stepOn(this.validator(id), this.#offers[offer] as Offer, this.#scenario, this.#protocol);
    const next = step === undefined ? id : this.#idOf(step);
    memo[offer] = next;
    return next;
  }

  /** Worlds differ by what was said, by one or by at least two of the honest. */
  worldFor([a, b, c]: Trio): number {
    const [x, y, z] = [this.#low[a] as number, this.#low[b] as number, this.#low[c] as number];
    const [u, v, w] = [this.#high[a] as number, this.#high[b] as number, this.#high[c] as number];
    const once = [x | y | z, u | v | w] as const;
    const twice = [(x & y) | (x & z) | (y & z), (u & v) | (u & w) | (v & w)] as const;
    const key = `${once[0]},${once[1]},${twice[0]},${twice[1]}`;
    const known = this.#worlds.get(key);
    if (known !== undefined) return known;
    const counts = new Map(
      this.#statements.flatMap((statement, bit) => {
        const word = bit < 30 ? 0 : 1;
        const mask = 1 << (bit % 30);
        const count = ((once[word] & mask) === 0 ? 0 : 1) + ((twice[word] & mask) === 0 ? 0 : 1);
        return count === 0 ? [] : [[statement, count] as const];
      }),
    );
    const open = worldOf(this.#scenario, this.#protocol, counts, this.#memo);
    this.#worlds.set(key, this.#opens.length);
    this.#offersOpen.push(open.offers.map((offer) => this.#offerId(offer)));
    return this.#opens.push(open) - 1;
  }

  #offerId(offer: Offer): number {
    const key = JSON.stringify(offer);
    const known = this.#offerIds.get(key);
    if (known !== undefined) return known;
    const id = this.#offers.push(offer) - 1;
    this.#offerIds.set(key, id);
    return id;
  }

  #masks({ said }: Validator): readonly [number, number] {
    let [low, high] = [0, 0];
    for (const statement of said) {
      let bit = this.#statements.indexOf(statement);
      if (bit < 0) bit = this.#statements.push(statement) - 1;
      if (bit >= 60) throw new Error('too many statements for two words of 30 bits');
      if (bit < 30) low |= 1 << bit;
      else high |= 1 << (bit - 30);
    }
    return [low, high];
  }
}
