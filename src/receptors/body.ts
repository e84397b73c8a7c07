import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler } from 'fastify';
import { Fault, isFault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';

/** Aborted as soon as the client goes away before it has its whole answer. */
export function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Fault('cancelled', 'the client went away'));
  });
  return controller.signal;
}

/** The declared length of a body; undefined where it comes in chunks. */
export function declaredBytes(request: FastifyRequest): number | undefined {
  const length = request.headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/**
 * A request's raw bytes as they come, whatever their content type. Fails with `truncated` where they end before the
 * declared length or the connection breaks, so that half a body is never taken for a whole one.
 */
export async function* bodyOf(request: FastifyRequest): AsyncGenerator<Uint8Array, void, undefined> {
  const declared = declaredBytes(request);
  let seen = 0;
  try {
    // A reader that stops early must leave the socket alone: the refusal still has to go out on it.
    for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
      seen += (chunk as Uint8Array).byteLength;
      yield chunk as Uint8Array;
    }
  } catch (error) {
    if (isFault(error)) throw error;
    throw new Fault('truncated', `the connection broke after ${seen} bytes`, { cause: error });
  }
  if (declared !== undefined && seen !== declared) {
    throw new Fault('truncated', `the body has ${seen} bytes, ${declared} were declared`);
  }
}

/** A body that fits in memory. Fails with `too-large` before or while it is read. */
export async function wholeBody(request: FastifyRequest, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = (): Fault => new Fault('too-large', `the body is larger than ${bytesMax} bytes`);
  if ((declaredBytes(request) ?? 0) > bytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(request)) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/**
 * With an early refusal the client may still be sending. Closing at once would reset the connection, and the client
 * would lose the answer; so a bounded rest is read and dropped, counted from before the answer leaves.
 */
export const dropRestOfBody: onSendAsyncHookHandler = async ({ raw }) => {
  if (raw.readableEnded || raw.destroyed) return;
  let left = LIMITS.discardBytesMax;
  raw.on('data', (chunk: Uint8Array) => {
    left -= chunk.byteLength;
    if (left < 0) raw.socket.destroy();
  });
  raw.resume();
};

/**
 * A stream of exactly `bytes` bytes for an answer. The first piece is awaited before the stream exists, so that a file
 * that can't be read at all is answered as a problem; a later failure, or another length than promised, errors the
 * stream, which destroys the socket: the client sees a broken body and never a short success.
 */
export async function streamOf(pieces: AsyncIterable<Uint8Array>, bytes: number): Promise<Readable> {
  const iterator = pieces[Symbol.asyncIterator]();
  let ahead: IteratorResult<Uint8Array> | undefined = await iterator.next();
  let left = bytes;
  const exact: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => exact,
    async next() {
      const piece = ahead ?? (await iterator.next());
      ahead = undefined;
      left -= piece.done === true ? 0 : piece.value.byteLength;
      if (left < 0 || (piece.done === true && left > 0)) {
        throw new Fault('corrupt', `the file's map promises ${bytes} bytes, its pieces have ${bytes - left}`);
      }
      return piece;
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return Readable.from(exact, { objectMode: false });
}
