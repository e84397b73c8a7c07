import { Unextractable } from './unextractable.ts';

/** Bytes at whose look is decided whether they are text at all. */
const SAMPLE_BYTES = 65_536;
/** Control characters and half characters that a text may have before it counts as data. */
const STRANGE_SHARE = 0.02;
const STRANGE = /(?!\s)[\p{Cc}\ufffd]/gu;

/**
 * The text of bytes: UTF-8, UTF-16 where they say so, and Windows-1252 where they are no UTF-8, as which any bytes can be
 * read. Half a character at the end of a cut file is left out.
 *
 * @throws Unextractable `not-text` where most of it would be control characters
 */
export function decode(bytes: Uint8Array): string {
  const marked = byMark(bytes);
  if (marked !== undefined) return sound(marked);
  const utf8 = decodeUtf8(bytes);
  return sound(utf8 ?? new TextDecoder('windows-1252').decode(bytes));
}

function byMark(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = new TextDecoder('utf-8').decode(bytes);
  const damage = text.slice(0, SAMPLE_BYTES).match(/\ufffd/g)?.length ?? 0;
  return damage > 1 ? undefined : text.replace(/\ufffd{1,3}$/, '');
}

function sound(text: string): string {
  const sample = text.slice(0, SAMPLE_BYTES);
  const strange = sample.match(STRANGE)?.length ?? 0;
  if (strange > STRANGE_SHARE * sample.length) throw new Unextractable('not-text');
  return text;
}
