import { nearest } from '../../../contract/nearest.ts';
import type { Json } from '../../../contract/words.ts';
import { fieldAccess, indexAccess } from './access.ts';
import { functionCall, methodCall } from './calls.ts';
import { logical } from './comprehensions.ts';
import { constant, counted, type Elaboration, POISON } from './elaboration.ts';
import { listLiteral, literal, mapLiteral } from './literals.ts';
import { binaryOperation, unaryOperation } from './operators.ts';
import type { Scope, Typed } from './scope.ts';
import type { ASTNode, Slip, Span } from './syntax.ts';
import { BOOLEAN, describeType, join, type Type, useWhole } from './type.ts';

/**
 * Turns the tree of an expression into a closure of known type, and tells everything that is wrong with it. Each closure
 * counts its own work, so that an evaluation ends within its budget wherever it is.
 */
export function elaborate(tree: ASTNode, text: string, scope: Scope): Typed & { readonly slips: readonly Slip[] } {
  const elaborator = new Elaborator(text);
  const typed = elaborator.value(tree, scope);
  return { ...typed, slips: elaborator.slips };
}

class Elaborator implements Elaboration {
  readonly slips: Slip[] = [];
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(node: ASTNode, scope: Scope): Typed {
    const typed = this.part(node, scope);
    useWhole(typed.type);
    return typed;
  }

  condition(node: ASTNode, scope: Scope): Typed {
    const typed = this.value(node, scope);
    if (typed.type.is === 'boolean' || typed.type.is === 'wrong') return typed;
    return this.wrong(node, `this is ${describeType(typed.type)}, must be boolean`);
  }

  wrong({ start, end }: Span, text: string, meant?: string): Typed {
    this.slips.push({ start, end, text, meant });
    return POISON;
  }

  part(node: ASTNode, scope: Scope): Typed {
    switch (node.op) {
      case 'value':
        return literal(this, node);
      case 'id':
        return this.#variable(node.args, node, scope);
      case '.':
        return fieldAccess(this, node, scope);
      case '[]':
        return indexAccess(this, node, scope);
      case 'call':
        return functionCall(this, node, scope);
      case 'rcall':
        return methodCall(this, node, scope);
      case 'list':
        return listLiteral(this, node, scope);
      case 'map':
        return mapLiteral(this, node, scope);
      case '?:':
        return this.#choice(node, scope);
      case '||':
      case '&&':
        return this.#logical(node.args, node.op === '||', scope);
      case '!_':
        return this.#unary('!', node.args, node, scope);
      case '-_':
        return this.#unary('-', node.args, node, scope);
      case '.?':
      case '[?]':
        return this.wrong(node, `'${node.op}' is not part of these expressions`);
      default:
        return this.#binary(node.op, node.args, node, scope);
    }
  }

  #variable(name: string, span: Span, scope: Scope): Typed {
    const variable = scope.find(name);
    if (variable === undefined) {
      const names = [...scope.names()];
      return this.wrong(span, `unknown name '${name}', must be one of ${names.join(', ')}`, nearest(name, names));
    }
    const { slot, type } = variable;
    return { type, run: counted((frame) => frame.slots[slot] as Json) };
  }

  #choice(node: ASTNode & { op: '?:' }, scope: Scope): Typed {
    const [condition, yes, no] = node.args;
    const asked = this.condition(condition, scope).run;
    const [left, right] = [this.part(yes, scope), this.part(no, scope)];
    const type = join(left.type, right.type);
    if (type === undefined) {
      const kinds = `${describeType(left.type)} and ${describeType(right.type)}`;
      return this.wrong(node, `the two sides of '?:' have one type, these are ${kinds}`);
    }
    // What is joined of two objects is a new one: what they declare can't be told from it any more.
    if (left.type !== right.type) for (const side of [left, right]) useWhole(side.type);
    return { type, run: counted((frame) => (asked(frame) === true ? left.run(frame) : right.run(frame))) };
  }

  #logical([left, right]: readonly [ASTNode, ASTNode], decisive: boolean, scope: Scope): Typed {
    const [first, second] = [this.condition(left, scope), this.condition(right, scope)];
    return { type: BOOLEAN, run: counted(logical(first.run, second.run, decisive)) };
  }

  #unary(operator: '!' | '-', operand: ASTNode, node: ASTNode, scope: Scope): Typed {
    const { type, run, literal: known } = this.value(operand, scope);
    const operation = unaryOperation(operator, type);
    if ('wrong' in operation) return this.wrong(node, operation.wrong);
    if (known !== undefined) return constant(operation.type, operation.run(known));
    return { type: operation.type, run: counted((frame) => operation.run(run(frame))) };
  }

  #binary(operator: string, nodes: readonly [ASTNode, ASTNode], node: ASTNode, scope: Scope): Typed {
    const [left, right] = [this.value(nodes[0], scope), this.value(nodes[1], scope)];
    const operation = binaryOperation(operator, left.type, right.type);
    if ('wrong' in operation) return this.wrong(node, operation.wrong);
    if (operator === '==' || operator === '!=') this.#strangers(left.type, right.type, nodes);
    if (operator === 'in' && right.type.is === 'list') this.#strangers(left.type, right.type.items, nodes);
    const [a, b] = [left.run, right.run];
    return { type: operation.type, run: counted((frame) => operation.run(a(frame), b(frame), frame.meter)) };
  }

  /** A text that is compared with one of a few texts is one of them, or misspelt. */
  #strangers(left: Type, right: Type, [leftNode, rightNode]: readonly [ASTNode, ASTNode]): void {
    if (left.is !== 'string' || right.is !== 'string' || left.values === undefined || right.values === undefined)
      return;
    const leftIsKnown = left.values.length === 1;
    const [given, known] = leftIsKnown ? [left.values, right.values] : [right.values, left.values];
    for (const text of given.filter((value) => !known.includes(value))) {
      const says = `'${text}' is none of ${known.map((value) => `'${value}'`).join(', ')}`;
      this.wrong(leftIsKnown ? leftNode : rightNode, says, nearest(text, known));
    }
  }
}
