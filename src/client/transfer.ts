import { Fault } from '../contract/errors.ts';
import type { CallOptions, FileInfo, PutOptions, PutReceipt } from '../contract/services.ts';
import { type Exchange, parse } from './exchange.ts';
import { textOf } from './faults.ts';
import { FILES, fileAt, infoOf } from './file-address.ts';
import { Idle } from './idle.ts';

export interface Download {
  readonly info: FileInfo;
  /** The file's bytes in order. Fails with `unreachable` where they break off; it never ends short. */
  readonly body: AsyncIterable<Uint8Array>;
}

export async function put(
  exchange: Exchange,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<PutReceipt> {
  const { name, ifAbsent, bytes, onProgress, signal } = options;
  const idle = new Idle(signal);
  const counted = new CountedSource(source, (sent) => {
    idle.moved();
    onProgress?.({ bytes: sent, shards: 0 });
  });
  const headers: Record<string, string> = {
    ...(ifAbsent === true ? { 'if-none-match': '*' } : {}),
    ...(bytes === undefined ? {} : { 'content-length': String(bytes) }),
  };
  try {
    const outgoing = { body: counted, headers };
    const answer = await (name === undefined
      ? exchange.send('POST', FILES, idle, outgoing)
      : exchange.send('PUT', fileAt(name), idle, outgoing));
    const receipt = parse<Pick<PutReceipt, 'id' | 'name' | 'bytes' | 'shards'>>(await textOf(answer.body));
    return { ...infoOf(answer.headers), ...receipt, created: answer.statusCode === 201 };
  } catch (error) {
    // What the source itself failed with is not the network's fault.
    throw counted.failure ?? exchange.fault(error, idle);
  } finally {
    idle.stop();
  }
}

/** Passes a source on, counts it, and remembers whether it was the source that failed. */
class CountedSource implements AsyncIterable<Uint8Array> {
  failure: unknown;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #onBytes: (sent: number) => void;

  constructor(source: AsyncIterable<Uint8Array>, onBytes: (sent: number) => void) {
    this.#source = source;
    this.#onBytes = onBytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let sent = 0;
    try {
      for await (const chunk of this.#source) {
        yield chunk;
        sent += chunk.byteLength;
        this.#onBytes(sent);
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

export async function get(exchange: Exchange, idOrName: string, options: CallOptions = {}): Promise<Download> {
  const idle = new Idle(options.signal);
  try {
    const { headers, body } = await exchange.send('GET', fileAt(idOrName), idle);
    const info = infoOf(headers);
    return { info, body: wholeBody(exchange, body, info, idle) };
  } catch (error) {
    idle.stop();
    throw error;
  }
}

async function* wholeBody(
  exchange: Exchange,
  body: AsyncIterable<Uint8Array>,
  { bytes }: FileInfo,
  idle: Idle,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  try {
    for await (const chunk of body) {
      idle.moved();
      seen += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    if (idle.signal.aborted) throw exchange.fault(error, idle);
    throw new Fault('unreachable', `the connection broke after ${seen} of ${bytes} bytes`, { cause: error });
  } finally {
    idle.stop();
  }
  if (seen !== bytes) throw new Fault('unreachable', `the node sent ${seen} of ${bytes} bytes`);
}

export async function head(exchange: Exchange, idOrName: string, options: CallOptions = {}): Promise<FileInfo> {
  const idle = new Idle(options.signal);
  try {
    const { headers, body } = await exchange.send('HEAD', fileAt(idOrName), idle);
    await body.dump();
    return infoOf(headers);
  } finally {
    idle.stop();
  }
}
