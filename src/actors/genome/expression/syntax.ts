import type { ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import { LIMITS } from '../../../contract/limits.ts';
import { engine } from './engine.ts';

/**
 * The grammar of expressions is CEL's, read by the library. Its types and its evaluator are not used: they know no
 * budget, so that an equality or a `+` inside them could hold the event loop for minutes (see elaborate.ts).
 */

export type { ASTNode };

/** A part of an expression's text, in UTF-16 units; `end` is behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is wrong in an expression, and where in its text. */
export interface Slip extends Span {
  readonly text: string;
  /** The right name, where there is one near. */
  readonly meant?: string | undefined;
}

let grammar: Environment | undefined;

function grammarOf(): Environment {
  grammar ??= new (engine().cel.Environment)({
    limits: {
      maxAstNodes: LIMITS.expressionNodesMax,
      maxDepth: LIMITS.expressionDepthMax,
      maxListElements: LIMITS.expressionNodesMax,
      maxMapEntries: LIMITS.expressionNodesMax,
      maxCallArguments: 8,
    },
  });
  return grammar;
}

/** The expression as a tree, or why it is none. */
export function parseSyntax(text: string): { readonly tree: ASTNode } | { readonly slip: Slip } {
  if (text.trim() === '') return { slip: { start: 0, end: 0, text: 'the expression is empty' } };
  if (text.length > LIMITS.expressionTextMax) {
    const says = `an expression has at most ${LIMITS.expressionTextMax} characters, this one has ${text.length}`;
    return { slip: { start: 0, end: 0, text: says } };
  }
  try {
    return { tree: grammarOf().parse(text).ast };
  } catch (error) {
    if (!(error instanceof engine().cel.ParseError)) throw error;
    const { start = 0, end = start } = error.range ?? {};
    return { slip: { start, end, text: sentence(error) } };
  }
}

/** The library's tokens as they are written. */
const SPELLINGS: { readonly [token: string]: string } = {
  EOF: 'the end',
  NUMBER: 'a number',
  STRING: 'a text',
  BOOLEAN: 'true or false',
  IDENTIFIER: 'a name',
  PLUS: "'+'",
  MINUS: "'-'",
  MULTIPLY: "'*'",
  DIVIDE: "'/'",
  MODULO: "'%'",
  EQ: "'=='",
  NE: "'!='",
  LT: "'<'",
  LE: "'<='",
  GT: "'>'",
  GE: "'>='",
  AND: "'&&'",
  OR: "'||'",
  NOT: "'!'",
  IN: "'in'",
  LPAREN: "'('",
  RPAREN: "')'",
  LBRACKET: "'['",
  RBRACKET: "']'",
  LBRACE: "'{'",
  RBRACE: "'}'",
  DOT: "'.'",
  COMMA: "','",
  COLON: "':'",
  QUESTION: "'?'",
};

function sentence({ code, summary }: ParseError): string {
  if (code === 'limit_exceeded') {
    const { expressionNodesMax, expressionDepthMax } = LIMITS;
    return `an expression has at most ${expressionNodesMax} parts, ${expressionDepthMax} levels deep`;
  }
  const said = summary.replaceAll(/\b[A-Z]{2,}\b/g, (token) => SPELLINGS[token] ?? token);
  return `not an expression: ${said.charAt(0).toLowerCase()}${said.slice(1)}`;
}
