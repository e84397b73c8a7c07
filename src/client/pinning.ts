import { X509Certificate } from 'node:crypto';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import { nodeIdOf } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import type { NodeId } from '../contract/words.ts';

/** Whom to believe that it is the node: the one with this key, or whoever has a certificate that `ca` vouches for. */
export type Trust = { readonly pin: NodeId } | { readonly ca: string };

/** Connections that are used for nothing unless the other end holds the key that is meant. */
export function trustingAgent(trust: Trust): Agent {
  const connector = buildConnector({
    timeout: LIMITS.clientProbeMs,
    // A resumed session brings no certificate along, so the right node would be refused on its second connection.
    maxCachedSessions: 0,
    ...('pin' in trust ? { rejectUnauthorized: false } : { ca: trust.ca }),
  });
  return new Agent({
    connect: 'pin' in trust ? pinned(connector, trust.pin) : connector,
    // Both are off because undici counts them from the request's start, whatever moves: see Idle in idle.ts.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 4_000,
  });
}

/**
 * With `rejectUnauthorized: false` nothing else checks the peer, so the key is compared before the socket is handed out.
 */
function pinned(connector: buildConnector.connector, pin: NodeId): buildConnector.connector {
  return (options, callback) =>
    connector(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      const actual = keyOf(socket as TLSSocket);
      if (actual === pin) return callback(null, socket);
      socket.destroy();
      callback(
        new Fault('wrong-key', `expected the node ${pin}, but it presents the key of ${actual ?? 'nobody'}`),
        null,
      );
    });
}

/** The node id of the key that the other end presented. */
function keyOf(socket: TLSSocket): NodeId | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : nodeIdOfCertificate(certificate);
}

/** @throws where the text is no certificate */
export function nodeIdOfPem(pem: string): NodeId {
  return nodeIdOfCertificate(new X509Certificate(pem));
}

function nodeIdOfCertificate(certificate: X509Certificate): NodeId {
  return nodeIdOf(certificate.publicKey.export({ type: 'spki', format: 'der' }));
}

/**
 * Who answers at an address, without trusting it: what a person compares before pinning it. Fails with `unreachable`.
 */
export function presentedKey(url: string): Promise<NodeId> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host,
      port: Number(port || 443),
      rejectUnauthorized: false,
      timeout: LIMITS.clientProbeMs,
    });
    const fail = (cause?: unknown): void => {
      socket.destroy();
      reject(new Fault('unreachable', `nothing at ${url} speaks TLS`, { cause }));
    };
    socket.once('error', fail);
    socket.once('timeout', () => fail());
    socket.once('secureConnect', () => {
      const key = keyOf(socket);
      if (key === undefined) return fail();
      socket.end();
      resolve(key);
    });
  });
}
