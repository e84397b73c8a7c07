import type { Dispatcher } from 'undici';
import { Fault, isFault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { faultOfProblem, PROBLEM_CODE_HEADER } from '../contract/problem.ts';

/** Makes a fault of whatever a request failed with. `url` is what the sentence names. */
export function faultOfRequest(error: unknown, url: string, signal?: AbortSignal): Fault {
  if (isFault(error)) return error;
  if (signal?.aborted === true) {
    return isFault(signal.reason) ? signal.reason : new Fault('cancelled', undefined, { cause: signal.reason });
  }
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') {
    return new Fault('truncated', 'the source has another length than it was said to have', { cause: error });
  }
  if (code !== undefined && CERTIFICATE_CODES.test(code)) {
    return new Fault('wrong-key', `${url} presents a certificate that is not trusted`, { cause: error });
  }
  return new Fault('unreachable', `no answer from ${url}: ${describe(code, message)}`, { cause: error });
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|ALTNAME/;

const SENTENCES: { readonly [code: string]: string } = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  ENOTFOUND: 'the host is unknown',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take connections',
  UND_ERR_SOCKET: 'the connection broke',
};

function describe(code: string | undefined, message: string | undefined): string {
  return SENTENCES[code ?? ''] ?? message ?? 'it failed';
}

/** The fault that an answer of 400 or more stands for. */
export async function faultOfAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Fault> {
  const text = await textOf(body);
  if (text === '') return faultOfProblem(statusCode, { code: headers[PROBLEM_CODE_HEADER] });
  try {
    return faultOfProblem(statusCode, JSON.parse(text));
  } catch (cause) {
    return new Fault('internal', `the node answered with status ${statusCode} and no problem+json`, { cause });
  }
}

/** A whole answer as text, up to LIMITS.clientAnswerBytesMax. */
export async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > LIMITS.clientAnswerBytesMax) throw new Fault('too-large', 'the answer of the node is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
