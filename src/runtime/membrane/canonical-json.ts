import { canonical } from '../../contract/encoding.ts';
import type { Rejection } from '../../contract/wire.ts';
import type { Json } from '../../contract/words.ts';

/** What a check made of raw bytes: a value, or why not, in a word that is counted and a sentence for people. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rejection: Rejection; readonly detail: string };

export interface JsonBounds {
  readonly bytesMax: number;
  readonly depthMax: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** `ignoreBOM` keeps a byte order mark in the text, where JSON has no place for it. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads canonical JSON from bytes that a stranger sent: size, depth, UTF-8, JSON and canonical form, cheapest first.
 * The canonical form is demanded so that one value has one spelling, one hash and one signature.
 */
export function parseCanonical(bytes: Uint8Array, bounds: JsonBounds): Parsed<Json> {
  if (bytes.length > bounds.bytesMax) {
    return { ok: false, rejection: 'too-large', detail: `${bytes.length} bytes, more than ${bounds.bytesMax}` };
  }
  if (nestsDeeper(bytes, bounds.depthMax)) return malformed(`nested deeper than ${bounds.depthMax} levels`);
  const text = decodeUtf8(bytes);
  if (text === undefined) return malformed('not UTF-8');
  const value = parse(text);
  if (value === undefined) return malformed('not JSON');
  // In canonical text this can only be a key: within a string the closing quote would follow a backslash.
  if (text.includes('"__proto__":')) return malformed('a key is called __proto__');
  if (canonical(value) !== text) return malformed('not in canonical form');
  return { ok: true, value };
}

export function malformed(detail: string): Parsed<never> {
  return { ok: false, rejection: 'malformed', detail };
}

/**
 * Whether brackets nest deeper than `max`, by one pass over the raw bytes. It runs before the parser so that ten
 * thousand brackets cost ten thousand comparisons and no stack. What is not JSON may get past it: the parser is next.
 */
export function nestsDeeper(bytes: Uint8Array, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > max) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

/** Undefined for bytes that are no well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
