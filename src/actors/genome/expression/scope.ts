import type { Json } from '../../../contract/words.ts';
import type { Meter } from './meter.ts';
import type { Type } from './type.ts';

/** What an expression is computed with: the values of its names by slot, and the count of its work. */
export interface Frame {
  readonly slots: Json[];
  readonly meter: Meter;
}

export type Run = (frame: Frame) => Json;

/** An expression, or a part of one, with its type. `literal` is its value where the text says it. */
export interface Typed {
  readonly type: Type;
  readonly run: Run;
  readonly literal?: Json;
}

export interface Variable {
  readonly slot: number;
  readonly type: Type;
}

/** The names that an expression may use. Those of a comprehension hide those around it. */
export class Scope {
  readonly #variables: ReadonlyMap<string, Variable>;
  /** How many comprehensions are around. */
  readonly nesting: number;
  readonly #slots: number;

  private constructor(variables: ReadonlyMap<string, Variable>, slots: number, nesting: number) {
    this.#variables = variables;
    this.#slots = slots;
    this.nesting = nesting;
  }

  /**
   * The outermost scope: values are given to the evaluation in this order.
   *
   * @example Scope.of({ context: objectOf({ votes: INTEGER }), now: INTEGER })
   */
  static of(types: { readonly [name: string]: Type }): Scope {
    const variables = Object.entries(types).map(([name, type], slot) => [name, { slot, type }] as const);
    return new Scope(new Map(variables), variables.length, 0);
  }

  find(name: string): Variable | undefined {
    return this.#variables.get(name);
  }

  names(): Iterable<string> {
    return this.#variables.keys();
  }

  /** With one name more, as in the body of a comprehension. */
  inside(name: string, type: Type, deeper: boolean): { readonly scope: Scope; readonly slot: number } {
    const slot = this.#slots;
    const variables = new Map(this.#variables).set(name, { slot, type });
    return { scope: new Scope(variables, slot + 1, this.nesting + (deeper ? 1 : 0)), slot };
  }
}
