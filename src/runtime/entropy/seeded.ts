import { sha256 } from '../../contract/encoding.ts';
import type { Entropy } from '../../contract/ports.ts';

export interface SeededEntropy extends Entropy {
  /**
   * A stream of its own for a part of the simulation, decided by the seeds and labels on the way to it and by nothing
   * else: how much others draw, and when, never changes it. The same label gives the same stream again.
   */
  fork(label: string): SeededEntropy;
}

/**
 * Randomness that a seed decides. For simulations and tests, never for keys.
 *
 * @example seededEntropy(7).fork('network').float()
 */
export function seededEntropy(seed: number | string): SeededEntropy {
  return fromPath(sha256('peertree/entropy/1\n', String(seed)));
}

function fromPath(path: Uint8Array): SeededEntropy {
  const next = xoshiro128(path);
  return {
    bytes: (length) => fill(new Uint8Array(length), next),
    // 53 bits, as many as a number below 1 can hold evenly.
    float: () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000,
    fork: (label) => fromPath(sha256(path, label)),
  };
}

function fill(bytes: Uint8Array, next: () => number): Uint8Array {
  for (let index = 0; index < bytes.length; index += 4) {
    const word = next();
    // Writes past the end of a typed array do nothing.
    bytes[index] = word;
    bytes[index + 1] = word >>> 8;
    bytes[index + 2] = word >>> 16;
    bytes[index + 3] = word >>> 24;
  }
  return bytes;
}

/** xoshiro128** of Blackman and Vigna (2018): 32 bits a call, period 2^128 - 1, any state but all zeros. */
function xoshiro128(state: Uint8Array): () => number {
  const view = new DataView(state.buffer, state.byteOffset);
  let a = view.getUint32(0, true) | 1;
  let b = view.getUint32(4, true);
  let c = view.getUint32(8, true);
  let d = view.getUint32(12, true);
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
