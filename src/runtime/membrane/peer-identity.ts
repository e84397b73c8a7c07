import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { base64url, nodeIdOf } from '../../contract/encoding.ts';
import type { PeerIdentity } from '../../contract/ports.ts';
import { isSpki } from '../signer/spki.ts';

const known = new WeakMap<Socket, PeerIdentity | null>();

/**
 * Who is at the other end of a TLS socket: the key of its certificate, which the handshake has proved it holds. Names,
 * dates and issuers of certificates mean nothing here. Null without a certificate, or with one of another kind of key.
 */
export function identityOf(socket: Socket): PeerIdentity | null {
  let identity = known.get(socket);
  if (identity === undefined) {
    identity = identityIn((socket as Partial<TLSSocket>).getPeerX509Certificate?.());
    known.set(socket, identity);
  }
  return identity;
}

function identityIn(certificate: X509Certificate | undefined): PeerIdentity | null {
  if (certificate === undefined) return null;
  if (certificate.publicKey.asymmetricKeyType !== 'ec') return null;
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return isSpki(spki) ? { node: nodeIdOf(spki), spki: base64url(spki) } : null;
}
