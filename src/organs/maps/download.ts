import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { CallOptions } from '../../contract/services.ts';
import type { ShardHash } from '../../contract/words.ts';
import type { MapContext } from './context.ts';
import type { Head } from './head.ts';
import { pieceBytes } from './layout.ts';
import { shardsOf } from './walk.ts';

/**
 * A file's bytes, piece by piece, each verified by the shards' organ before it gets here. LIMITS.getWindow pieces are read
 * ahead; whoever stops reading takes them back.
 *
 * @throws Fault `not-found`, `maybe-elsewhere`, `corrupt`, `cancelled`
 */
export async function* download(
  { shards }: MapContext,
  head: Head,
  options: CallOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const call = linked(options.signal);
  const limits = { ...options, signal: call.signal };
  const ahead = new ReadAhead(
    shardsOf(head, (page) => shards.get(page, limits)),
    (hash) => shards.get(hash, limits),
  );
  try {
    for (let index = 0; ; index++) {
      const piece = await ahead.next();
      if (options.signal?.aborted) throw new Fault('cancelled');
      if (piece === undefined) return;
      if (piece.byteLength !== pieceBytes(index, head.bytes, head.shardBytes)) {
        throw new Fault('corrupt', `piece ${index} of the file does not have the size that its map says`);
      }
      yield piece;
    }
  } finally {
    call.abort();
    call.unlink();
  }
}

/** Starts to read pieces before they are wanted, and hands them over in their order. */
class ReadAhead {
  readonly #hashes: AsyncIterator<ShardHash>;
  readonly #read: (hash: ShardHash) => Promise<Uint8Array>;
  readonly #pieces: Promise<Uint8Array>[] = [];
  #isOver = false;

  constructor(hashes: AsyncIterator<ShardHash>, read: (hash: ShardHash) => Promise<Uint8Array>) {
    this.#hashes = hashes;
    this.#read = read;
  }

  async next(): Promise<Uint8Array | undefined> {
    while (!this.#isOver && this.#pieces.length < LIMITS.getWindow) {
      const { done, value } = await this.#hashes.next();
      if (done === true) this.#isOver = true;
      else this.#start(value);
    }
    return this.#pieces.shift();
  }

  #start(hash: ShardHash): void {
    const piece = this.#read(hash);
    // Its failure is the reader's once it gets there; until then nobody may take it for an unhandled one.
    piece.catch(() => undefined);
    this.#pieces.push(piece);
  }
}
