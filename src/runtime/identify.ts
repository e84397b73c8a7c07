import { connect } from 'node:tls';
import { nodeIdOf } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import type { NodeId } from '../contract/words.ts';

const TIMEOUT_MS = 5_000;

/**
 * Whose key is presented at a URL. Nothing is said or trusted: the caller compares it with the ids it knows.
 *
 * @throws Fault unreachable
 */
export function identify(url: string): Promise<NodeId> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => {
      socket.destroy();
      reject(new Fault('unreachable', `nothing answers at ${url}`, { cause }));
    };
    // Certificates are self-signed throughout: what counts is the key, which the caller checks.
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, timeout: TIMEOUT_MS }, () => {
      const certificate = socket.getPeerX509Certificate();
      if (certificate === undefined) return fail();
      resolve(nodeIdOf(certificate.publicKey.export({ type: 'spki', format: 'der' })));
      socket.destroy();
    });
    socket.once('error', fail);
    socket.once('timeout', () => fail());
  });
}
