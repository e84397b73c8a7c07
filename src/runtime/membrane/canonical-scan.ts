/**
 * Finds the end of a canonical JSON value in one pass over its text, without building anything: what it accepts is in
 * canonical form for certain, so that nobody need write the value out again to compare. It accepts what nodes send all day
 * and gives up on the rest (escapes within strings, a key called `__proto__`): those take the long way, which decides.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const SPACE = 0x20;

/** What is returned in the place of an end. */
export const NO_END = -1;

/**
 * The index after the value that starts at `start`; `NO_END` where it isn't certain that there is a canonical one, nested
 * no deeper than `depthMax`. The text must be well-formed, as what is decoded from UTF-8 is.
 *
 * @example canonicalEnd('{"a":[1,2]},', 0, 2) // 11
 */
export function canonicalEnd(text: string, start: number, depthMax: number): number {
  switch (text.charCodeAt(start)) {
    case QUOTE:
      return stringEnd(text, start);
    case BRACE:
      return depthMax > 0 ? objectEnd(text, start, depthMax - 1) : NO_END;
    case BRACKET:
      return depthMax > 0 ? arrayEnd(text, start, depthMax - 1) : NO_END;
    case 0x6e:
      return text.startsWith('null', start) ? start + 4 : NO_END;
    case 0x74:
      return text.startsWith('true', start) ? start + 4 : NO_END;
    case 0x66:
      return text.startsWith('false', start) ? start + 5 : NO_END;
    default:
      return numberEnd(text, start);
  }
}

function stringEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index + 1;
    if (code === BACKSLASH || code < SPACE) return NO_END;
  }
  return NO_END;
}

function arrayEnd(text: string, start: number, depthLeft: number): number {
  if (text.charCodeAt(start + 1) === BRACKET_END) return start + 2;
  for (let index = start + 1; ; index++) {
    index = canonicalEnd(text, index, depthLeft);
    if (index === NO_END) return NO_END;
    const code = text.charCodeAt(index);
    if (code === BRACKET_END) return index + 1;
    if (code !== COMMA) return NO_END;
  }
}

function objectEnd(text: string, start: number, depthLeft: number): number {
  if (text.charCodeAt(start + 1) === BRACE_END) return start + 2;
  let previous = '';
  for (let index = start + 1; ; index++) {
    const keyStart = index;
    if (text.charCodeAt(keyStart) !== QUOTE) return NO_END;
    index = stringEnd(text, keyStart);
    if (index === NO_END || text.charCodeAt(index) !== COLON) return NO_END;
    const key = text.slice(keyStart + 1, index - 1);
    // The first key may be the empty one, and no other.
    if ((key <= previous && keyStart !== start + 1) || key === '__proto__') return NO_END;
    previous = key;
    index = canonicalEnd(text, index + 1, depthLeft);
    if (index === NO_END) return NO_END;
    const code = text.charCodeAt(index);
    if (code === BRACE_END) return index + 1;
    if (code !== COMMA) return NO_END;
  }
}

const NUMBER = /-?[0-9][0-9.eE+-]*/y;
/** Digits of which every number is a safe integer, whose canonical form is plain. */
const PLAIN_DIGITS_MAX = 15;

function numberEnd(text: string, start: number): number {
  let index = start;
  for (; isDigit(text.charCodeAt(index)); index++);
  const digits = index - start;
  const isPlain = digits > 0 && digits <= PLAIN_DIGITS_MAX && (digits === 1 || text.charCodeAt(start) !== 0x30);
  if (isPlain && !NUMBER_PARTS.has(text.charCodeAt(index))) return index;
  NUMBER.lastIndex = start;
  const [written] = NUMBER.exec(text) ?? [];
  return written !== undefined && String(Number(written)) === written ? start + written.length : NO_END;
}

/** What a number goes on with after its first digits: `.`, `e`, `E`, `+`, `-`. */
const NUMBER_PARTS: ReadonlySet<number> = new Set([...'.eE+-'].map((part) => part.charCodeAt(0)));

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
