import { createHash, randomBytes } from 'node:crypto';

const MIB = 1024 ** 2;
const PIECE = 256 * 1024;

/** Bytes that nobody has stored before, made beforehand so that making them is not measured. */
export interface RandomFile {
  readonly bytes: number;
  readonly hash: string;
  pieces(): AsyncIterable<Uint8Array>;
}

export function randomFile(mebibytes: number): RandomFile {
  const content = randomBytes(mebibytes * MIB);
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < content.length; at += PIECE) yield content.subarray(at, at + PIECE);
  }
  return { bytes: content.length, hash: createHash('sha256').update(content).digest('hex'), pieces };
}

/** MiB/s of `bytes` that took `ms`. */
export function mebibytesPerSecond(bytes: number, ms: number): number {
  return bytes / MIB / (ms / 1000);
}
