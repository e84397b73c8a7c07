import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** A node's key and the self-signed certificate of that key, PEM. */
export interface Credentials {
  readonly keyPem: string;
  readonly certPem: string;
}

/** What both ends of a connection between nodes agree on: TLS 1.3 with the node's own key and certificate. */
export function tlsOptions({ keyPem, certPem }: Credentials): SecureContextOptions {
  return {
    key: keyPem,
    cert: certPem,
    minVersion: 'TLSv1.3',
    // A resumed session shows no certificate, so its peer would be a stranger: every session is a whole handshake.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}
