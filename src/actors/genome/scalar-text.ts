/**
 * Where a character of a scalar's value stands in the file. Quotes, escapes, folded lines and indentation make a value
 * differ from its source; an error in the middle of an expression is shown where its author sees it.
 */

/** How the source spells a scalar, as the yaml library calls it. */
export type ScalarStyle = 'PLAIN' | 'QUOTE_SINGLE' | 'QUOTE_DOUBLE' | 'BLOCK_LITERAL' | 'BLOCK_FOLDED' | undefined;

/**
 * The offset in `source` (the scalar's own text, from its first quote or indicator on) of the character at `index` of
 * its value.
 *
 * @example offsetWithin("'it''s'", 'QUOTE_SINGLE', "it's", 3) // 5
 */
export function offsetWithin(source: string, style: ScalarStyle, value: string, index: number): number {
  const reader = readerFor(source, style);
  for (const character of value.slice(0, index)) reader.pass(character);
  return reader.offsetOf(value.charAt(index));
}

interface Reader {
  pass(character: string): void;
  /** Of the character that comes next, behind whatever stands between. */
  offsetOf(character: string): number;
}

function readerFor(source: string, style: ScalarStyle): Reader {
  if (style === 'BLOCK_LITERAL' || style === 'BLOCK_FOLDED') return new BlockReader(source);
  return new FlowReader(source, style);
}

const ESCAPES: { readonly [letter: string]: number } = { x: 4, u: 6, U: 10 };

/** Scalars within a line or folded over several: plain, or in quotes. */
class FlowReader implements Reader {
  readonly #source: string;
  readonly #style: ScalarStyle;
  #at: number;

  constructor(source: string, style: ScalarStyle) {
    this.#source = source;
    this.#style = style;
    this.#at = style === 'QUOTE_SINGLE' || style === 'QUOTE_DOUBLE' ? 1 : 0;
  }

  offsetOf(): number {
    return this.#at;
  }

  pass(character: string): void {
    const fold = this.#fold();
    // A fold is one space of the value, or as many line breaks as it has empty lines.
    if (fold > 0 && (character === ' ' || character === '\n')) this.#at += fold;
    else if (character !== '\n' || this.#source[this.#at] === '\\') this.#at += this.#width(character);
    this.#skipEscapedBreak();
  }

  /** The white space around a line break, where the source has one here. */
  #fold(): number {
    return /^[ \t]*\r?\n\s*/.exec(this.#source.slice(this.#at))?.[0].length ?? 0;
  }

  #width(character: string): number {
    const here = this.#source.slice(this.#at, this.#at + 2);
    if (this.#style === 'QUOTE_SINGLE' && here === "''") return 2;
    if (this.#style === 'QUOTE_DOUBLE' && here.startsWith('\\')) return ESCAPES[here[1] ?? ''] ?? 2;
    return character.length;
  }

  #skipEscapedBreak(): void {
    if (this.#style !== 'QUOTE_DOUBLE') return;
    this.#at += /^\\\r?\n[ \t]*/.exec(this.#source.slice(this.#at))?.[0].length ?? 0;
  }
}

/** Scalars behind `|` or `>`: lines without their indentation. */
class BlockReader implements Reader {
  readonly #source: string;
  readonly #indent: number;
  #at: number;

  constructor(source: string) {
    this.#source = source;
    const header = source.indexOf('\n') + 1;
    const first = /^(?:[ ]*\r?\n)*([ ]*)/.exec(source.slice(header));
    this.#indent = first?.[1]?.length ?? 0;
    this.#at = header;
    this.#skipIndent();
  }

  offsetOf(character: string): number {
    // Of several breaks that are folded, one is none of the value's.
    while (this.#isBreak() && character !== '\n' && character !== ' ') this.#skipBreak();
    return this.#at;
  }

  pass(character: string): void {
    const at = this.offsetOf(character);
    if (this.#isBreak()) this.#skipBreak();
    else this.#at = at + character.length;
  }

  #isBreak(): boolean {
    return this.#source[this.#at] === '\n' || this.#source.startsWith('\r\n', this.#at);
  }

  #skipBreak(): void {
    this.#at = this.#source.indexOf('\n', this.#at) + 1;
    this.#skipIndent();
  }

  #skipIndent(): void {
    const spaces = /^[ ]*/.exec(this.#source.slice(this.#at))?.[0].length ?? 0;
    this.#at += Math.min(spaces, this.#indent);
  }
}
