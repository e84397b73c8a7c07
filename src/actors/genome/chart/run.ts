import type { FaultCode } from '../../../contract/errors.ts';
import type { Json, JsonObject } from '../../../contract/words.ts';
import { conform, outward } from '../conform.ts';
import type { Expression } from '../expression/expression.ts';
import { Meter } from '../expression/meter.ts';
import type { ObjectShape } from '../shape.ts';
import type { Target, TransitionPlan, ValuesPlan } from './plan.ts';

/** What leaves an entity, in the order in which its chart says it. */
export interface Sending {
  readonly to: Target;
  readonly body: Json;
  /** Of a call: which events bring the answer or its failure, and by when. */
  readonly call: { readonly answer: string; readonly failure: string; readonly deadlineMs: number } | undefined;
}

/** What a step is told besides the facts. */
export interface Occasion {
  readonly key: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The key id of whoever asked; empty for what comes from inside, and where nobody signed. */
  readonly caller: string;
  /** Null where a timer set it off. */
  readonly event: JsonObject | null;
}

/** One step of one entity while it is made: what its expressions see, and what they have led to. */
export class Run {
  readonly meter = new Meter();
  readonly occasion: Occasion;
  readonly sendings: Sending[] = [];
  /** Timers by id: when they fire, or undefined where they are cleared. */
  readonly timers = new Map<string, number | undefined>();
  /** The transitions that were taken, in their order. */
  readonly taken: TransitionPlan[] = [];
  refusal: FaultCode | undefined;
  failure: unknown;
  /** Where the entity is, as expressions see it. */
  state: string;

  constructor(occasion: Occasion, state: string) {
    this.occasion = occasion;
    this.state = state;
  }

  /** The value of an expression for what the entity remembers at this point. */
  evaluate(expression: Expression, context: JsonObject): Json {
    const { key, now, caller, event } = this.occasion;
    // In the order of the scope that it was compiled for; without an event, nothing names it.
    return expression.evaluate([context, key, now, this.state, caller, event], this.meter);
  }

  /** The values that a plan gives, of the shape that their taker asks for. */
  values(plan: ValuesPlan, context: JsonObject, taker: ObjectShape | undefined): Json {
    const given = plan.whole === undefined ? this.#fields(plan, context) : this.evaluate(plan.whole, context);
    return taker === undefined ? outward(given, this.meter) : conform(taker, given, undefined, this.meter);
  }

  #fields({ fields }: ValuesPlan, context: JsonObject): JsonObject {
    return Object.fromEntries([...fields].map(([name, expression]) => [name, this.evaluate(expression, context)]));
  }
}
