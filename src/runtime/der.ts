/** The little of ASN.1's Distinguished Encoding Rules (X.690) that a certificate is written with. */

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** One value: its tag, the length of its contents, its contents. */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes = Buffer.from(length.toString(16).padStart(2 * Math.ceil(Math.log2(length + 1) / 8), '0'), 'hex');
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(SEQUENCE, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(SET, ...parts);
export const octets = (bytes: Uint8Array): Buffer => tagged(OCTET_STRING, bytes);
export const text = (value: string): Buffer => tagged(UTF8_STRING, Buffer.from(value));
export const yes = (): Buffer => tagged(BOOLEAN, Buffer.of(0xff));

/** A whole number above or equal to 0, big-endian. A leading bit of 1 would make it negative. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.of(0) : bytes.subarray(first);
  return tagged(INTEGER, Buffer.of(...((digits[0] as number) & 0x80 ? [0] : [])), digits);
}

/** `unused` counts the bits at the end of the last byte that mean nothing. */
export function bits(bytes: Uint8Array, unused = 0): Buffer {
  return tagged(BIT_STRING, Buffer.of(unused), bytes);
}

/** [n], either around other values or in place of a primitive one's tag. */
export function context(n: number, kind: 'explicit' | 'primitive', ...contents: readonly Uint8Array[]): Buffer {
  return tagged(CONTEXT | (kind === 'explicit' ? CONSTRUCTED : 0) | n, ...contents);
}

/** An object identifier in dots, such as `2.5.4.3`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(OBJECT_ID, Buffer.from([40 * first + second, ...rest].flatMap(base128)));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

/** To the second. X.509 wants two digits for the years to 2049 and four from then on. */
export function time(epochMs: number): Buffer {
  const digits = `${new Date(epochMs).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  return Number(digits.slice(0, 4)) < 2050
    ? tagged(UTC_TIME, Buffer.from(digits.slice(2)))
    : tagged(GENERALIZED_TIME, Buffer.from(digits));
}
