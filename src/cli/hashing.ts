import { createHash } from 'node:crypto';
import { Fault } from '../contract/errors.ts';
import type { FileInfo } from '../contract/services.ts';

/** Passes bytes on and hashes them by the way. */
export class Hashing implements AsyncIterable<Uint8Array> {
  bytes = 0;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');
  readonly #onBytes: (bytes: number) => void;

  constructor(source: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void = () => undefined) {
    this.#source = source;
    this.#onBytes = onBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#hash.update(chunk);
      this.bytes += chunk.byteLength;
      this.#onBytes(this.bytes);
      yield chunk;
    }
  }

  /** Fails with `corrupt` unless what passed is what the file's etag, the SHA-256 of its bytes, says. Call it once. */
  verify({ etag, name }: Pick<FileInfo, 'etag' | 'name'>): void {
    const actual = this.#hash.digest('hex');
    if (actual !== etag) throw new Fault('corrupt', `${name}: the bytes have the SHA-256 ${actual}, not ${etag}`);
  }
}
