import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { httpbis, type SignatureParameters } from 'http-message-signatures';
import { fromBase64url, nodeIdOf } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import {
  contentDigest,
  DIGEST_HEADER,
  IDEMPOTENCY_HEADER,
  PASSPORT_ALGORITHM,
  PASSPORT_HEADER,
  SIGNED_PARAMETERS,
  signedFields,
} from '../contract/passport.ts';
import type { Clock } from '../contract/ports.ts';

/** Who signed requests lately, so that no signature is taken twice. */
export class Passports {
  readonly #clock: Clock;
  /** Signatures by when they came, the oldest first. */
  readonly #seen = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The key id of the passport that signed the request, whose body is `body`; undefined where there is no signature.
   *
   * @throws Fault `no-passport` for a signature that doesn't hold
   */
  async caller(request: FastifyRequest, body: Uint8Array): Promise<string | undefined> {
    const { headers, method } = request;
    if (headers.signature === undefined && headers['signature-input'] === undefined) return undefined;
    const { key, id } = passportIn(headers[PASSPORT_HEADER]);
    if (body.length > 0 && headers[DIGEST_HEADER] !== contentDigest(body))
      throw new Fault('no-passport', `${DIGEST_HEADER} is not the SHA-256 of the body`);
    const message = { method, url: `https://${headers.host ?? ''}${request.url}`, headers: textsOf(headers) };
    const config = {
      requiredParams: [...SIGNED_PARAMETERS],
      requiredFields: signedFields(body.length > 0, headers[IDEMPOTENCY_HEADER] !== undefined),
      keyLookup: async (parameters: SignatureParameters) => ({
        id,
        algs: [PASSPORT_ALGORITHM],
        verify: async (data: Buffer, signature: Buffer) => parameters.keyid === id && isSigned(key, data, signature),
      }),
    };
    const created = createdIn(String(headers['signature-input']));
    const holds = await httpbis.verifyMessage(config, message).catch((cause: unknown) => {
      throw new Fault('no-passport', `the signature can't be checked: ${String(cause)}`, { cause });
    });
    if (holds !== true) throw new Fault('no-passport', 'the signature is not that of this request');
    this.#once(String(headers.signature), created);
    return id;
  }

  /** @throws Fault `no-passport` for what is too old, or was shown before */
  #once(signature: string, created: number): void {
    const now = this.#clock.now();
    if (Math.abs(now - created) > LIMITS.passportAgeMaxMs)
      throw new Fault('no-passport', `the signature is not of the last ${LIMITS.passportAgeMaxMs / 1_000} s`);
    for (const [old, at] of this.#seen) {
      if (at + 2 * LIMITS.passportAgeMaxMs > now && this.#seen.size < LIMITS.passportNoncesMax) break;
      this.#seen.delete(old);
    }
    if (this.#seen.has(signature)) throw new Fault('no-passport', 'this signature was shown before');
    this.#seen.set(signature, now);
  }
}

/** @throws Fault `no-passport` */
function passportIn(header: string | string[] | undefined): { readonly key: KeyObject; readonly id: string } {
  const spki = typeof header === 'string' ? fromBase64url(header) : undefined;
  try {
    if (spki === undefined) throw new Error('it is not base64url');
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('it is not of EC P-256');
    return { key, id: nodeIdOf(spki) };
  } catch (cause) {
    throw new Fault('no-passport', `${PASSPORT_HEADER} must hold the public key: ${String(cause)}`, { cause });
  }
}

function isSigned(key: KeyObject, data: Buffer, signature: Buffer): boolean {
  return verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Epoch milliseconds; NaN where the signature doesn't say. */
function createdIn(input: string): number {
  return Number(/;created=([0-9]{1,12})(;|$)/.exec(input)?.[1] ?? Number.NaN) * 1_000;
}

function textsOf(headers: FastifyRequest['headers']): Record<string, string | string[]> {
  const given = Object.entries(headers).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined);
  return Object.fromEntries(given);
}
