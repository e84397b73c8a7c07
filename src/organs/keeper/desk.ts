import { Fault } from '../../contract/errors.ts';
import type { Entropy } from '../../contract/ports.ts';
import type { Register } from '../../contract/services.ts';
import { organOf } from './address.ts';
import type { KeeperContext } from './context.ts';
import type { Craft, Desk } from './craft.ts';

/** The registers as this node has them: `fresh` past whatever stays in memory, for those who asked the leader first. */
export function deskOf(context: KeeperContext, ids: Ids, fresh: boolean): Desk {
  const { registers, almanac, ports } = context;
  const now = ports.clock.now();
  return {
    now,
    get: (key) => (fresh ? undefined : context.residents.get(key, now)) ?? context.registers.peek(key),
    list: (options) => registers.list(options),
    count: (prefix) => almanac.count(prefix),
    newId: () => ids.next(now),
  };
}

/** The organ that keeps a register, as far as the genome has it. */
export function craftOf({ crafts }: KeeperContext, { key }: Pick<Register, 'key'>): Craft | undefined {
  const organ = organOf(key);
  return organ === undefined ? undefined : crafts.get(organ);
}

/** @throws Fault `no-actor` */
export function craftNamed({ crafts }: KeeperContext, organ: string): Craft {
  const craft = crafts.get(organ);
  if (craft === undefined) throw new Fault('no-actor', `this cell has no organ '${organ}' that could be asked`);
  return craft;
}

const TIME_DIGITS = 9;
const CHANCE_DIGITS = 7;
const CHANCE_BYTES = 5;

/** Ids that ascend with time; two at one moment, or after the clock was put back, ascend all the same. */
export class Ids {
  readonly #entropy: Entropy;
  #last = 0;

  constructor(entropy: Entropy) {
    this.#entropy = entropy;
  }

  next(now: number): string {
    this.#last = Math.max(this.#last + 1, Math.floor(now));
    const chance = this.#entropy.bytes(CHANCE_BYTES).reduce((sum, byte) => sum * 256 + byte, 0);
    return padded(this.#last, TIME_DIGITS) + padded(chance, CHANCE_DIGITS).slice(-CHANCE_DIGITS);
  }
}

const padded = (number: number, digits: number): string => number.toString(36).padStart(digits, '0');
