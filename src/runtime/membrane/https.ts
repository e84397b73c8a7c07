import type { Server } from 'node:https';
import fastify, { type FastifyInstance } from 'fastify';
import type { Pool } from 'undici';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type {
  ExchangeOptions,
  Log,
  Membrane,
  PeerAddress,
  PeerHandler,
  PeerIdentity,
  PeerRequest,
  PeerResponse,
} from '../../contract/ports.ts';
import { answerErrors, answerUnknownRoute } from '../../receptors/problem.ts';
import { serverOptions } from '../../receptors/server-options.ts';
import { Connections } from './connections.ts';
import { PeerPools } from './peer-pools.ts';
import { peerRoutes } from './peer-routes.ts';
import { type Credentials, tlsOptions } from './tls.ts';
import { Visitors } from './visitors.ts';

export interface HttpsMembraneOptions extends Credentials {
  /** Address to listen at. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** What others reach it at, where that is not `host`, such as behind `0.0.0.0`. @default host */
  readonly publicHost?: string;
  readonly log: Log;
  /** Registers the receptors on the same server. */
  readonly routes?: (app: FastifyInstance) => Promise<void>;
  /** Whether large bodies of a peer are read at all. @default every peer */
  readonly isMember?: (peer: PeerIdentity) => boolean;
  /** For the client's connections, such as other timeouts. */
  readonly agentOptions?: Pool.Options;
}

type HttpsServer = FastifyInstance<Server>;

/**
 * The membrane over HTTPS: HTTP/1.1 with keep-alive on TLS 1.3, both ends showing the certificate of their node's key.
 *
 * @example
 * const membrane = new HttpsMembrane({ keyPem, certPem, port: 4400, log })
 * const url = await membrane.listen(gate.handle)
 */
export class HttpsMembrane implements Membrane {
  readonly #options: HttpsMembraneOptions;
  readonly #pools: PeerPools;
  #server: { readonly app: HttpsServer; readonly connections: Connections; readonly visitors: Visitors } | undefined;

  constructor(options: HttpsMembraneOptions) {
    this.#options = options;
    this.#pools = new PeerPools(options);
  }

  async listen(handler: PeerHandler): Promise<string> {
    const { host = '127.0.0.1', port = 0, publicHost = host, routes } = this.#options;
    const app = this.#makeServer();
    const connections = new Connections(app.server);
    app.addHook('onRequest', async () => {
      if (connections.isDraining) throw new Fault('stopping');
    });
    const { log, isMember = () => true } = this.#options;
    await app.register(peerRoutes({ handler, log, isMember }));
    const visitors = new Visitors();
    if (routes !== undefined)
      await app.register(async (scope) => {
        scope.addHook('onRequest', visitors.hook);
        await routes(scope as unknown as FastifyInstance);
      });
    await listenAt(app, host, port);
    this.#server = { app, connections, visitors };
    const address = app.server.address();
    const taken = typeof address === 'object' && address !== null ? address.port : port;
    return `https://${publicHost.includes(':') ? `[${publicHost}]` : publicHost}:${taken}`;
  }

  exchange(to: PeerAddress, request: PeerRequest, options: ExchangeOptions): Promise<PeerResponse> {
    return this.#pools.exchange(to, request, options);
  }

  async close(graceMs: number = LIMITS.closeGraceMs): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const since = performance.now();
    // First the clients, then the doors, then what is ours: an answer that is being worked on may need a peer.
    await server?.visitors.seeOut(graceMs);
    await server?.connections.drain(Math.max(0, graceMs - (performance.now() - since)));
    await Promise.all([server?.app.close(), this.#pools.close(graceMs)]);
  }

  #makeServer(): HttpsServer {
    const app = fastify({
      ...serverOptions,
      https: {
        ...tlsOptions(this.#options),
        requestCert: true,
        // Certificates are self-signed: the key says who it is, and the gate who may do what.
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: LIMITS.headersTimeoutMs,
        headersTimeout: LIMITS.headersTimeoutMs,
        connectionsCheckingInterval: LIMITS.headersTimeoutMs / 2,
      },
      // Longer than the clients', so that it is they who close an idle connection, between two requests.
      keepAliveTimeout: 2 * LIMITS.socketIdleMs,
      // Answered by the hook below as problem+json; Fastify's own 503 is none.
      return503OnClosing: false,
    }) as HttpsServer;
    app.server.maxConnections = LIMITS.connectionsMax;
    app.setErrorHandler(answerErrors(this.#options.log));
    app.setNotFoundHandler(answerUnknownRoute);
    return app;
  }
}

async function listenAt(app: HttpsServer, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE') throw error;
    throw new Fault('port-in-use', `another process listens on port ${port} of ${host}`, { cause: error });
  }
}
