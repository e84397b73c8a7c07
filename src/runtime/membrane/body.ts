import type { IncomingMessage } from 'node:http';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';

/**
 * A request's whole body; undefined, without reading on, where it is larger than `bytesMax` or declares to be.
 *
 * @throws Fault `truncated` where it ends early, `deadline` where it takes longer than `LIMITS.bodyTimeoutMs`
 */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array | undefined> {
  const { 'content-length': length } = request.headers;
  const declared = length === undefined ? undefined : Number(length);
  if (declared !== undefined && declared > bytesMax) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const body = new Gathered(declared);
    const timer = setTimeout(() => fail('deadline', 'the body came too slowly'), LIMITS.bodyTimeoutMs);
    const stop = (): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      request.pause();
    };
    const fail = (code: 'deadline' | 'truncated', detail: string): void => {
      stop();
      reject(new Fault(code, detail));
    };
    const onBroken = (): void => fail('truncated', `the connection broke after ${body.bytes} bytes`);
    const onData = (chunk: Buffer): void => {
      body.add(chunk);
      if (body.bytes <= bytesMax) return;
      stop();
      resolve(undefined);
    };
    const onEnd = (): void => {
      stop();
      if (declared === undefined || body.bytes === declared) resolve(body.whole());
      else reject(new Fault('truncated', `${body.bytes} of ${declared} bytes`));
    };
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

/**
 * Chunks put together. Each is copied as it comes where the length is known, so that the socket's buffers, four times as
 * large as what they bring, are free again at once.
 */
class Gathered {
  bytes = 0;
  readonly #target: Buffer | undefined;
  readonly #chunks: Buffer[] = [];

  constructor(declared: number | undefined) {
    this.#target = declared === undefined ? undefined : Buffer.allocUnsafeSlow(declared);
  }

  add(chunk: Buffer): void {
    if (this.#target === undefined) this.#chunks.push(chunk);
    // No more than was declared: HTTP ends a body there.
    else chunk.copy(this.#target, this.bytes);
    this.bytes += chunk.length;
  }

  /** Never a view of a socket's buffer. */
  whole(): Uint8Array {
    return this.#target ?? Buffer.concat(this.#chunks, this.bytes);
  }
}
