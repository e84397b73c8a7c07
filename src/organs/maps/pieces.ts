import { Fault, isFault } from '../../contract/errors.ts';
import type { Log } from '../../contract/ports.ts';

/** A small file shouldn't cost a whole shard's worth of memory. */
const FIRST_BYTES = 65_536;

export interface PiecesOptions {
  /** Bytes of a piece. */
  readonly size: number;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Cuts a stream of chunks of any sizes into pieces of exactly `size` bytes, the last one shorter. One piece is in memory
 * besides the chunk at hand. Bytes are copied, because sources may use their buffers again.
 *
 * @throws Fault `cancelled` as soon as the signal says so, even while the source says nothing; `truncated` where the
 * source itself fails
 */
export async function* pieces(
  source: AsyncIterable<Uint8Array>,
  options: PiecesOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { size } = options;
  let piece = new Uint8Array(0);
  let filled = 0;
  let least = Math.min(size, FIRST_BYTES);
  for await (const chunk of cancellable(source, options)) {
    let at = 0;
    while (at < chunk.byteLength) {
      if (filled === piece.byteLength) piece = grown(piece, Math.min(size, Math.max(least, filled * 2)));
      const part = chunk.subarray(at, at + piece.byteLength - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < size) continue;
      yield piece;
      // After a whole piece the next one is whole as well, most likely.
      least = size;
      piece = new Uint8Array(0);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

function grown(piece: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(piece);
  return larger;
}

/** The source's chunks, until the signal is aborted: a source that hangs can't hold up whoever gave up on it. */
async function* cancellable(
  source: AsyncIterable<Uint8Array>,
  { signal, log }: PiecesOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  let wake: () => void = () => undefined;
  const abort = (): void => wake();
  signal.addEventListener('abort', abort, { once: true });
  let isOver = false;
  try {
    for (;;) {
      if (signal.aborted) throw new Fault('cancelled');
      // A promise for each chunk: one that lived as long as the stream would gather a reaction for every chunk.
      const next = await new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
        wake = () => resolve(undefined);
        chunks.next().then(resolve, reject);
      });
      isOver = next?.done === true;
      if (next?.done === true) return;
      if (next !== undefined) yield next.value;
    }
  } catch (error) {
    isOver = !signal.aborted;
    throw isFault(error) ? error : new Fault('truncated', 'the source failed before its end', { cause: error });
  } finally {
    signal.removeEventListener('abort', abort);
    if (!isOver) void release(chunks, log);
  }
}

/** Lets the source close what it has open. Not waited for: one that hangs in `next` answers only after that. */
async function release(chunks: AsyncIterator<Uint8Array>, log: Log): Promise<void> {
  try {
    await chunks.return?.();
  } catch (error) {
    log.debug('file.source-not-closed', { error: String(error) });
  }
}
