import { createECDH } from 'node:crypto';
import { base64url, nodeIdOf, sha256 } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Signer } from '../../contract/ports.ts';
import type { SignatureDomain } from '../../contract/wire.ts';
import { spkiOf } from './spki.ts';

/**
 * A signer for simulations: the key is the seed's, a signature is a hash of (domain, key, bytes), some microseconds
 * instead of a hundred, and the same in every run. It notices every change that the real one notices, but whoever wants
 * to can forge it: a simulated adversary must keep to the rules itself.
 */
export function twinSigner(seed: string): Signer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(sha256('peertree/twin-key/1\n', seed));
  const der = spkiOf(ecdh.getPublicKey());
  const spki = base64url(der);
  return {
    node: nodeIdOf(der),
    spki,
    sign: (domain, bytes) => signatureOf(domain, spki, bytes),
    verify: (domain, bytes, signature, key) => signature === signatureOf(domain, key, bytes),
  };
}

/** 64 bytes in base64url as a real one, of which 32 hexadecimal characters say something. */
const PADDING = 'A'.repeat(50);

/**
 * A 128-bit hash that nobody has tried to break, and anybody could. Each step can be undone by who knows its word, and
 * another word always gives another state: so no change of a single word ever goes unnoticed.
 */
interface State {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

const START: State = { a: 0x243f6a88, b: 0x85a308d3, c: 0x13198a2e, d: 0x03707344 };

/** By key, then by domain: the state after the two, with which every signature of that key begins. */
const beginnings = new Map<string, { [domain: string]: State }>();

function beginningOf(domain: SignatureDomain, spki: string): State {
  let states = beginnings.get(spki);
  if (states === undefined) {
    states = {};
    // Worlds are made one after the other in one process: the keys of those that are gone must not stay for ever.
    if (beginnings.size >= LIMITS.nodesMax) beginnings.clear();
    beginnings.set(spki, states);
  }
  let state = states[domain];
  if (state === undefined) {
    state = mix(mix(START, Buffer.from(domain)), Buffer.from(spki));
    states[domain] = state;
  }
  return state;
}

function signatureOf(domain: SignatureDomain, spki: string, bytes: Uint8Array): string {
  const { a, b, c, d } = mix(beginningOf(domain, spki), bytes);
  return `twin${hex(a)}${hex(b)}${hex(c)}${hex(d)}${PADDING}`;
}

/** Eight more words after the last, so that each of them has reached every part of the state, twice around. */
const ROUNDS = 8;

/** Adds bytes, four at a time, and their number, so that no two sequences of parts read alike. */
function mix(state: State, bytes: Uint8Array): State {
  let { a, b, c, d } = state;
  const whole = bytes.length >>> 2;
  const total = whole + (bytes.length & 3) + 1 + ROUNDS;
  for (let index = 0; index < total; index++) {
    const mixed = Math.imul(
      a ^ (index < whole ? wordAt(bytes, index << 2) : endWord(bytes, index - whole)),
      0x9e3779b1,
    );
    a = (b + ((mixed << 15) | (mixed >>> 17))) | 0;
    b = Math.imul(c ^ (mixed >>> 13), 0x85ebca77);
    c = ((d << 11) | (d >>> 21)) ^ mixed;
    d = mixed;
  }
  return { a, b, c, d };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

/** What follows the whole words: up to three bytes that are left, their number, and the rounds. */
function endWord(bytes: Uint8Array, index: number): number {
  const left = bytes.length & 3;
  if (index < left) return bytes[bytes.length - left + index] as number;
  return index === left ? bytes.length : index - left - 1;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex(word: number): string {
  return `${HEX[word >>> 24]}${HEX[(word >>> 16) & 255]}${HEX[(word >>> 8) & 255]}${HEX[word & 255]}`;
}
