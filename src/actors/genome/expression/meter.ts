import { LIMITS } from '../../../contract/limits.ts';

/** What an expression comes to when its value can't be computed: a division by zero, a key that is not in the map. */
export class ExpressionFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ExpressionFailure';
  }
}

/** The work was more than allowed. Unlike other failures it ends the evaluation whatever `||` or `exists` would say. */
export class OutOfSteps extends ExpressionFailure {
  constructor(limit: number) {
    super(`took more than ${limit} steps`);
    this.name = 'OutOfSteps';
  }
}

/**
 * Counts the work of expressions, so that its bound holds on every machine and in every simulation alike. A step is what
 * takes about a tenth of a microsecond: one operation, or a piece of a text or list that is copied, searched or compared.
 *
 * @example const meter = new Meter(); expression.evaluate(slots, meter); meter.spent // 7
 */
export class Meter {
  readonly #limit: number;
  #left: number;

  constructor(limit: number = LIMITS.expressionStepsMax) {
    this.#limit = limit;
    this.#left = limit;
  }

  get spent(): number {
    return this.#limit - this.#left;
  }

  /** @throws OutOfSteps */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new OutOfSteps(this.#limit);
  }

  /** For a text that is read or made once. */
  spendText(length: number): void {
    this.spend(1 + Math.ceil(length / TEXT_PER_STEP));
  }

  /** For a text that is searched for another one: the engine's search is quadratic at worst. */
  spendSearch(length: number, wanted: number): void {
    this.spend(1 + Math.ceil((length * Math.max(wanted, 4)) / SEARCH_PER_STEP));
  }
}

/** UTF-16 units that are copied or compared in one step. */
const TEXT_PER_STEP = 32;
/** Pairs of UTF-16 units that are compared in one step. */
const SEARCH_PER_STEP = 128;
