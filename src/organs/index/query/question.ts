import { Fault } from '../../../contract/errors.ts';
import { LIMITS } from '../../../contract/limits.ts';
import { ABSOLUTE, RELATIVE, spanOf } from './dates.ts';
import type { Filters } from './filters.ts';

/** A query taken apart: what it is about, and what its files must be. */
export interface Question {
  readonly about: string;
  readonly filters: Filters;
  /** Words that no answer may have. */
  readonly without: readonly string[];
}

/** Kinds of files as people call them, by the ending of their names. */
const KINDS: readonly (readonly [pattern: string, types: readonly string[]])[] = [
  ['pdfs?', ['pdf']],
  ['(?:word documents?|docx?|word files?)', ['docx', 'doc']],
  ['(?:photos?|pictures?|images?|photographs?)', ['jpg', 'jpeg', 'png', 'heic', 'tif', 'tiff', 'webp', 'gif', 'avif']],
  ['(?:spreadsheets?|csvs?|tables?)', ['csv', 'tsv', 'xlsx']],
  ['(?:markdown(?: files?| notes?)?)', ['md', 'markdown']],
  ['(?:web ?pages?|html(?: files?| pages?)?)', ['html', 'htm']],
  ['json(?: files?)?', ['json']],
  ['(?:text files?|txt(?: files?)?)', ['txt']],
];

const LEAD = '^\\s*(?:(?:find|show|get|give)(?: me)? )?(?:(?:the|an?|all|any|my|that|those|every) )?';
const LINK =
  '(?=\\s+(?:about|of|from|on|with|by|that|which|named|called|where|in|before|after|since|showing)\\b|\\s*$)';
const KIND_PATTERNS = KINDS.map(
  ([pattern, types]) => [new RegExp(`${LEAD}(?:${pattern})${LINK}`, 'i'), types] as const,
);
const TYPE_FLAG = /(?:^|\s)type:([\p{L}\p{N}]{1,10})(?=\s|$)/giu;
const OWNER_FLAG = /(?:^|\s)(?:owner:([\w-]{1,64})|by ([a-z2-7]{52}))(?=\s|$)/gi;
const WITHOUT =
  /(?:^|[\s,])(?:-(?=[\p{L}"])|NOT\s+|(?:but )?not about |nothing about |except(?: for)? |excluding |without the words? )(?:the |an? |any )?(?:"([^"]{1,200})"|([\p{L}\p{M}\p{N}]+))/gu;
const STORED =
  '(?:(?:that |which )?(?:i |we )?(?:was |were )?(?:stored|saved|added|uploaded|wrote|written|put|modified|changed)\\s+)';
const RELATIVE_TIME = new RegExp(
  `(?:^|\\s)${STORED}?(?:(before|after|since|from|in|on|until|during)\\s+)?(${RELATIVE})(?=[\\s,.?!]|$)`,
  'i',
);
const STORED_TIME = new RegExp(
  `(?:^|\\s)${STORED}(?:(before|after|since|from|in|on|until|during)\\s+)?(${ABSOLUTE})(?=[\\s,.?!]|$)`,
  'i',
);
/** Without saying that it is about storing, a date of the calendar only counts at the end. */
const LAST_TIME = new RegExp(`\\s(before|after|since|from|until)\\s+(${ABSOLUTE})[\\s.?!]*$`, 'i');

/**
 * Takes the filters out of a sentence. What looks like one and may be a topic stays a topic: `image processing` is no wish
 * for pictures. Fails with `malformed` where the query is longer than LIMITS.queryCharactersMax.
 *
 * @example questionOf('the pdf about the boat from last spring', now).about // 'about the boat'
 */
export function questionOf(query: string, now: number): Question {
  if (query.length > LIMITS.queryCharactersMax) {
    throw new Fault('malformed', `a query has at most ${LIMITS.queryCharactersMax} characters`);
  }
  let rest = query.replace(/\s+/g, ' ');
  const take = (pattern: RegExp, onMatch: (match: RegExpExecArray) => void): void => {
    rest = rest.replace(pattern, (...groups: unknown[]) => {
      onMatch(groups as unknown as RegExpExecArray);
      return ' ';
    });
  };
  const types: string[] = [];
  const owners: string[] = [];
  const without: string[] = [];
  take(TYPE_FLAG, ([, type = '']) => types.push(type.toLowerCase()));
  take(OWNER_FLAG, ([, flag, named]) => owners.push(flag ?? named ?? ''));
  take(WITHOUT, ([, phrase, word]) => without.push(phrase ?? word ?? ''));
  const time = timeOf(rest, now);
  if (time !== undefined) rest = time.rest;
  for (const [pattern, kinds] of KIND_PATTERNS) take(pattern, () => types.push(...kinds));
  return {
    about: rest.trim(),
    without,
    filters: {
      ...(types.length > 0 ? { types } : {}),
      ...(owners.length > 0 ? { owners } : {}),
      ...(time === undefined ? {} : time.bounds),
    },
  };
}

function timeOf(text: string, now: number): { rest: string; bounds: Pick<Filters, 'after' | 'before'> } | undefined {
  for (const pattern of [RELATIVE_TIME, STORED_TIME, LAST_TIME]) {
    const match = pattern.exec(text);
    const span = match === null ? undefined : spanOf(match[2] as string, now);
    if (match === null || span === undefined) continue;
    const rest = `${text.slice(0, match.index)} ${text.slice(match.index + match[0].length)}`;
    return { rest, bounds: boundsOf((match[1] ?? 'in').toLowerCase(), span) };
  }
  return undefined;
}

function boundsOf(word: string, { from, to }: { from: number; to: number }): Pick<Filters, 'after' | 'before'> {
  if (word === 'before' || word === 'until') return { before: word === 'before' ? from : to };
  if (word === 'after') return { after: to };
  return word === 'since' ? { after: from } : { after: from, before: to };
}
