import type { Json } from '../../../contract/words.ts';
import { ExpressionFailure } from './meter.ts';
import type { Run, Scope, Typed } from './scope.ts';
import type { ASTNode, Span } from './syntax.ts';
import { type Type, WRONG } from './type.ts';

/** What the parts of the elaboration share: the way down the tree, and the way to say what is wrong. */
export interface Elaboration {
  readonly text: string;
  /** A part whose value is used as a whole, and with it every name inside. */
  value(node: ASTNode, scope: Scope): Typed;
  /** A part of which a field may be taken: only that one is used then. */
  part(node: ASTNode, scope: Scope): Typed;
  /** A part that must be boolean. */
  condition(node: ASTNode, scope: Scope): Typed;
  /** Reports a slip; what follows takes the part for of any type, so that one mistake is told once. */
  wrong(span: Span, text: string, meant?: string): Typed;
}

export const NOWHERE: Run = () => null;
export const POISON: Typed = { type: WRONG, run: NOWHERE };

/** Every operation costs at least one step. */
export function counted(run: Run): Run {
  return (frame) => {
    frame.meter.spend(1);
    return run(frame);
  };
}

export function constant(type: Type, value: Json): Typed {
  return { type, run: counted(() => value), literal: value };
}

export function failure(text: string): never {
  throw new ExpressionFailure(text);
}
