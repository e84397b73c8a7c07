import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { httpbis } from 'http-message-signatures';
import { base64url, nodeIdOf } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import {
  contentDigest,
  DIGEST_HEADER,
  IDEMPOTENCY_HEADER,
  PASSPORT_ALGORITHM,
  PASSPORT_HEADER,
  SIGNED_PARAMETERS,
  signedFields,
} from '../contract/passport.ts';

/** An EC key with which a client signs its requests. */
export interface Passport {
  /** Its key id, which allow lists name and entities see as `caller`: 52 characters. */
  readonly id: string;
  /** SPKI, DER, base64url. */
  readonly spki: string;
  /** The headers of a request, with those that sign it. */
  sign(request: UnsignedRequest): Promise<Record<string, string>>;
}

export interface UnsignedRequest {
  readonly method: string;
  /** As it is sent, host and query included. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/**
 * A passport of a private key in PEM, as `peertree passport new` makes it.
 *
 * @throws Fault `data-damaged` for anything else
 * @example
 * const passport = readPassport(await readFile('anna.pem', 'utf8'))
 * const headers = await passport.sign({ method: 'DELETE', url: 'https://127.0.0.1:4400/tickets/t1' })
 */
export function readPassport(pem: string): Passport {
  const key = readKey(pem);
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const [id, spki] = [nodeIdOf(der), base64url(der)];
  const signer = {
    id,
    alg: PASSPORT_ALGORITHM,
    sign: async (data: Buffer) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  };
  return {
    id,
    spki,
    sign: async ({ method, url, headers = {}, body = new Uint8Array() }) => {
      const digest = body.length > 0 ? { [DIGEST_HEADER]: contentDigest(body) } : {};
      const unsigned = { method, url, headers: { ...headers, ...digest, [PASSPORT_HEADER]: spki } };
      const config = {
        key: signer,
        fields: signedFields(body.length > 0, headers[IDEMPOTENCY_HEADER] !== undefined),
        params: [...SIGNED_PARAMETERS],
        paramValues: { nonce: base64url(randomBytes(16)) },
      };
      const message = await httpbis.signMessage(config, unsigned);
      return message.headers as Record<string, string>;
    },
  };
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch (cause) {
    throw new Fault('data-damaged', 'the passport can not be read', { cause });
  }
  throw new Fault('data-damaged', 'a passport is a private key of EC P-256');
}
