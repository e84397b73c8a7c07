import { LIMITS } from '../../../contract/limits.ts';
import { DURATION_PATTERN, SIZE_PATTERN } from '../../../contract/units.ts';
import type { NamesRule, RefRule, Rule, TextRule, UnionRule } from '../rule.ts';

/** Rules that many fields of the language share. */

const NAME_PATTERN = '[a-z][A-Za-z0-9]{0,39}';

/** Names that an author chooses. */
export const NAME: TextRule = { rule: 'text', title: 'a name', pattern: `^${NAME_PATTERN}$`, examples: ['tickets'] };

/** `organ.verb` of the same genome, or `genome.receptor` of another one. */
export const TARGET: TextRule = {
  rule: 'text',
  title: 'organ.verb',
  pattern: '^[A-Za-z0-9]{1,40}[.][A-Za-z0-9]{1,40}$',
  examples: ['tickets.vote'],
};

export const DURATION: TextRule = {
  rule: 'text',
  title: 'a duration',
  pattern: `^${DURATION_PATTERN}$`,
  examples: ['30s', '5m'],
};

export const SIZE: TextRule = {
  rule: 'text',
  title: 'a size',
  pattern: `^${SIZE_PATTERN}$`,
  examples: ['64KiB', '4MiB'],
};

export const RATE: TextRule = {
  rule: 'text',
  title: 'requests per time',
  pattern: '^[1-9][0-9]{0,5}/([1-9][0-9]{0,8})?(ms|s|m|h|d)$',
  examples: ['100/s', '5/10m'],
};

export const SUMMARY: TextRule = {
  rule: 'text',
  maxLength: LIMITS.genomeTextMax,
  description: 'What it is for, in a sentence.',
  default: '',
  examples: ['One ticket, its title and its votes.'],
};

/** An expression in CEL; a number, true or false stands for itself. */
export const EXPRESSION: UnionRule = {
  rule: 'union',
  of: [
    { rule: 'text', title: 'an expression', maxLength: LIMITS.expressionTextMax },
    { rule: 'number' },
    { rule: 'flag' },
  ],
};

/** An expression, or a map of them by the names of the fields that they give. */
export const VALUES: UnionRule = {
  rule: 'union',
  of: [
    ...EXPRESSION.of,
    { rule: 'names', names: { ...NAME, examples: ['votes'] }, each: EXPRESSION, max: LIMITS.shapeFieldsMax },
  ],
};

export const SHAPE: RefRule = { rule: 'ref', to: 'shape' };

/** Fields by name, each with its type. */
export const FIELDS: NamesRule = {
  rule: 'names',
  names: { ...NAME, examples: ['title'] },
  each: SHAPE,
  max: LIMITS.shapeFieldsMax,
};

/** What may be written alone instead of in a list of one. */
export function oneOrMore(each: Rule, max: number): UnionRule {
  const alone = each.rule === 'union' ? each.of : [each];
  return { rule: 'union', of: [...alone, { rule: 'list', each, max }] };
}

/** The same rule with what an editor shows beside the field. */
export function described<R extends Rule>(rule: R, shown: Pick<Rule, 'description' | 'default' | 'examples'>): R {
  return { ...rule, ...shown };
}
