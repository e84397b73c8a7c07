import type { Json } from '../../../contract/words.ts';
import { elaborate } from './elaborate.ts';
import type { Meter } from './meter.ts';
import type { Scope } from './scope.ts';
import { type ASTNode, parseSyntax, type Slip } from './syntax.ts';
import { fits, mismatch, type Type, WRONG } from './type.ts';

/** A checked expression: free of side effects, the same on every machine, and bounded by the meter it runs with. */
export interface Expression {
  readonly text: string;
  readonly type: Type;
  /** Its value, where it is written there and not computed. */
  readonly literal: Json | undefined;
  /**
   * `values` are those of the scope's names, in their order.
   *
   * @throws ExpressionFailure where it can't be computed of these values, OutOfSteps where that takes too long
   */
  evaluate(values: readonly Json[], meter: Meter): Json;
}

export interface Compiled {
  readonly expression: Expression;
  /** What is wrong with it; an expression with slips must not be evaluated. */
  readonly slips: readonly Slip[];
}

/**
 * Compiles the text of an expression for the names of a scope. With `wanted` its type must fit.
 *
 * @example compileExpression('context.votes + 1', Scope.of({ context: objectOf({ votes: INTEGER }) })).expression.type // INTEGER
 */
export function compileExpression(text: string, scope: Scope, wanted?: Type): Compiled {
  const parsed = parseSyntax(text);
  if ('slip' in parsed) return { expression: unusable(text), slips: [parsed.slip] };
  const { type, run, literal, slips } = elaborate(parsed.tree, text, scope);
  const expression: Expression = {
    text,
    type,
    literal,
    evaluate: (values, meter) => run({ slots: [...values], meter }),
  };
  if (wanted === undefined || fits(type, wanted)) return { expression, slips };
  return { expression, slips: [...slips, misfitOf(parsed.tree, type, wanted)] };
}

/** Where an object is written field by field, the field that is wrong is shown. */
function misfitOf(tree: ASTNode, given: Type, wanted: Type): Slip {
  const { text, meant, field } = mismatch(given, wanted);
  const entry = tree.op === 'map' ? tree.args.find(([key]) => key.op === 'value' && key.args === field) : undefined;
  const { start, end } = entry?.[0] ?? tree;
  return { start, end, text, meant };
}

function unusable(text: string): Expression {
  const evaluate = (): never => {
    throw new Error(`'${text}' is not an expression`);
  };
  return { text, type: WRONG, literal: undefined, evaluate };
}
