import { createHash } from 'node:crypto';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { PutOptions } from '../../contract/services.ts';
import type { ShardHash } from '../../contract/words.ts';
import type { MapContext } from './context.ts';
import { fileBytesMax } from './layout.ts';
import { PageWriter } from './page.ts';
import { pieces } from './pieces.ts';

/** What the head will say of the content. */
export interface Uploaded {
  readonly bytes: number;
  readonly etag: string;
  readonly levels: number;
  readonly entries: readonly ShardHash[];
}

type UploadOptions = Pick<PutOptions, 'signal' | 'deadlineMs' | 'bytes' | 'onProgress'>;

/**
 * Stores a source's bytes as shards and pages. Nothing of it is visible until a head names it, and whatever was stored is
 * found again when the same bytes are put once more. At most LIMITS.putWindow pieces are in memory.
 *
 * @throws Fault `truncated`, `too-large`, `cancelled`, or what storing a shard throws
 */
export async function upload(
  context: MapContext,
  source: AsyncIterable<Uint8Array>,
  options: UploadOptions,
): Promise<Uploaded> {
  const { shards, shardBytes, ports } = context;
  assertFits(options.bytes ?? 0, options.bytes, shardBytes);
  const call = linked(options.signal);
  const { signal } = call;
  const limits = options.deadlineMs === undefined ? { signal } : { signal, deadlineMs: options.deadlineMs };
  const content = createHash('sha256');
  const writer = new PageWriter((page) => shards.put(page, limits));
  // A piece that can't be stored ends the upload even while the source says nothing.
  const flights = new Flights(LIMITS.putWindow, call.abort);
  const stored = { bytes: 0, shards: 0 };
  /** Names in the order of their pieces, each known once its piece is stored. */
  const names: Promise<ShardHash>[] = [];
  let bytes = 0;

  const store = async (piece: Uint8Array): Promise<ShardHash> => {
    const name = await shards.put(piece, limits);
    stored.bytes += piece.byteLength;
    stored.shards += 1;
    options.onProgress?.({ ...stored });
    return name;
  };

  try {
    for await (const piece of pieces(source, { size: shardBytes, signal, log: ports.log })) {
      bytes += piece.byteLength;
      assertFits(bytes, options.bytes, shardBytes);
      content.update(piece);
      const name = store(piece);
      names.push(name);
      flights.start(name);
      await flights.room();
      while (names.length > LIMITS.putWindow) await writer.add(await (names.shift() as Promise<ShardHash>));
    }
    assertWhole(bytes, options.bytes);
    for (const name of names) await writer.add(await name);
    await flights.landed();
    return { bytes, etag: content.digest('hex'), ...(await writer.finish()) };
  } catch (error) {
    if (options.signal?.aborted) throw new Fault('cancelled', undefined, { cause: error });
    throw flights.failure?.error ?? error;
  } finally {
    call.abort();
    call.unlink();
    await flights.settled();
  }
}

function assertFits(bytes: number, declared: number | undefined, shardBytes: number): void {
  if (bytes > fileBytesMax(shardBytes))
    throw new Fault('too-large', `a file has at most ${fileBytesMax(shardBytes)} bytes`);
  if (declared !== undefined && bytes > declared)
    throw new Fault('too-large', `more came than the declared ${declared} bytes`);
}

function assertWhole(bytes: number, declared: number | undefined): void {
  if (declared !== undefined && bytes < declared) {
    throw new Fault('truncated', `${bytes} of the declared ${declared} bytes came`);
  }
}

/** Pieces on their way to the cells. */
class Flights {
  readonly #width: number;
  readonly #onFailure: () => void;
  readonly #open = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(width: number, onFailure: () => void) {
    this.#width = width;
    this.#onFailure = onFailure;
  }

  /** The first one. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  start(flight: Promise<unknown>): void {
    const settled = flight.then(
      () => void this.#open.delete(settled),
      (error: unknown) => {
        this.#open.delete(settled);
        this.#failure ??= { error };
        this.#onFailure();
      },
    );
    this.#open.add(settled);
  }

  /** Resolves once one more fits; with the piece that is being filled meanwhile that makes `width`. Throws the first failure. */
  async room(): Promise<void> {
    while (this.#failure === undefined && this.#open.size >= this.#width) await Promise.race(this.#open);
    this.#check();
  }

  /** Resolves when all have landed. Throws the first failure. */
  async landed(): Promise<void> {
    await Promise.all(this.#open);
    this.#check();
  }

  /** Resolves when nothing is under way, however it ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
