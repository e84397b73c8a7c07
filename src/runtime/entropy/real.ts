import { randomBytes } from 'node:crypto';
import type { Entropy } from '../../contract/ports.ts';

/** The operating system's randomness. */
export function realEntropy(): Entropy {
  return {
    bytes: (length) => new Uint8Array(randomBytes(length)),
    float: () => Math.random(),
  };
}
