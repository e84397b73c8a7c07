import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from './terminal.ts';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Hue = keyof typeof CODES;
/** Colours a text, or leaves it as it is. */
export type Paint = (hue: Hue, text: string) => string;

export const plain: Paint = (_hue, text) => text;

export const coloured: Paint = (hue, text) => `\u001b[${CODES[hue]}m${text}\u001b[0m`;

/** Colours only for a person who has not asked for none (no-color.org), or where FORCE_COLOR asks for them. */
export function paintFor(terminal: Terminal): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = terminal.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return plain;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return coloured;
  return terminal.outIsTty && TERM !== 'dumb' ? coloured : plain;
}

/** Columns that a text takes, colours not counted. */
export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

export function padded(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'left' ? space + text : text + space;
}
