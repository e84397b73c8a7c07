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
    const chunks: Buffer[] = [];
    let bytes = 0;
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
    const onBroken = (): void => fail('truncated', `the connection broke after ${bytes} bytes`);
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= bytesMax) return;
      stop();
      resolve(undefined);
    };
    const onEnd = (): void => {
      stop();
      if (declared !== undefined && bytes !== declared) reject(new Fault('truncated', `${bytes} of ${declared} bytes`));
      // Always a copy: a chunk may be a view of the socket's buffer.
      else resolve(Buffer.concat(chunks, bytes));
    };
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}
