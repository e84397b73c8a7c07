import { createSecureContext, type TLSSocket } from 'node:tls';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { ExchangeOptions, PeerAddress, PeerRequest, PeerResponse } from '../../contract/ports.ts';
import { identityOf } from './peer-identity.ts';
import { type Credentials, tlsOptions } from './tls.ts';

/** Each purpose has sockets of its own, so that a probe never waits behind a shard. */
type Purpose = 'control' | 'ordered' | 'shard';

const CONNECTIONS: Readonly<Record<Purpose, number>> = {
  // Prompt and patient frames each have their own bound.
  control: 2 * LIMITS.controlFramesMax,
  ordered: 1,
  shard: LIMITS.shardConnectionsMax,
};

interface PeerPool {
  readonly pool: Pool;
  /** The key that its connections have shown. */
  spki: string | undefined;
}

export interface PeerPoolsOptions extends Credentials {
  /** More options for every pool, such as other timeouts. */
  readonly agentOptions?: Pool.Options;
}

/** The client side: keep-alive connections to pinned peers, grouped by peer and purpose. */
export class PeerPools {
  readonly #options: PeerPoolsOptions;
  /** Least recently used first. */
  readonly #pools = new Map<string, PeerPool>();
  readonly #connect: buildConnector.connector;
  #isClosed = false;

  constructor(options: PeerPoolsOptions) {
    this.#options = options;
    this.#connect = buildConnector({
      // One context for all: parsing the key anew costs every connection a millisecond.
      secureContext: createSecureContext(tlsOptions(options)),
      // Certificates are self-signed; what is checked is the key, below. With this, Node never calls
      // checkServerIdentity, so that would be the wrong place.
      rejectUnauthorized: false,
      // A resumed session has no peer certificate: the right peer would be refused on its second connection.
      maxCachedSessions: 0,
      timeout: LIMITS.connectTimeoutMs,
    });
  }

  /** See `Membrane.exchange`. */
  async exchange(to: PeerAddress, request: PeerRequest, options: ExchangeOptions): Promise<PeerResponse> {
    if (options.signal?.aborted) throw new Fault('cancelled');
    const ending = new AbortController();
    const end = (): void => ending.abort(new Fault('cancelled'));
    const timer = setTimeout(() => ending.abort(new Fault('deadline')), options.deadlineMs);
    options.signal?.addEventListener('abort', end, { once: true });
    try {
      return await this.#request(to, request, ending.signal);
    } catch (error) {
      throw faultOf(error, to);
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', end);
    }
  }

  /** Lets requests in flight finish within `graceMs`, then closes every socket. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const pools = [...this.#pools.values()].map(({ pool }) => pool);
    this.#pools.clear();
    const timer = setTimeout(() => {
      for (const pool of pools) void pool.destroy(closed());
    }, graceMs);
    await Promise.allSettled(pools.map((pool) => pool.close()));
    clearTimeout(timer);
  }

  async #request(to: PeerAddress, request: PeerRequest, signal: AbortSignal): Promise<PeerResponse> {
    try {
      return await this.#requestOnce(to, request, signal);
    } catch (error) {
      // The peer may have closed an idle connection just as the request went out. The same bytes may come twice:
      // frames are recognised by their number, shards by their hash.
      if (!isBroken(error) || signal.aborted) throw error;
      return await this.#requestOnce(to, request, signal);
    }
  }

  async #requestOnce(to: PeerAddress, request: PeerRequest, signal: AbortSignal): Promise<PeerResponse> {
    const peer = this.#peer(to, request.route === 'frame' ? request.lane : 'shard');
    const { statusCode, headers, body } = await peer.pool.request({ ...httpOf(request), signal });
    const bytes = new Uint8Array(await body.arrayBuffer());
    const signature = headers['peertree-signature'];
    return {
      status: statusCode,
      bytes,
      ...(typeof signature === 'string' ? { signature } : {}),
      ...(peer.spki === undefined ? {} : { spki: peer.spki }),
    };
  }

  #peer(to: PeerAddress, purpose: Purpose): PeerPool {
    if (this.#isClosed) throw closed();
    const key = `${purpose} ${to.node} ${to.url}`;
    const known = this.#pools.get(key);
    this.#pools.delete(key);
    const peer = known ?? this.#open(to, purpose);
    this.#pools.set(key, peer);
    if (this.#pools.size > LIMITS.connectionPoolsMax) this.#closeOldest();
    return peer;
  }

  #open(to: PeerAddress, purpose: Purpose): PeerPool {
    const connect: buildConnector.connector = (options, callback) => {
      this.#connect(options, (error, socket) => {
        if (error !== null) return callback(error, null);
        const identity = identityOf(socket);
        if (identity?.node === to.node) {
          peer.spki = identity.spki;
          return callback(null, socket as TLSSocket);
        }
        socket.destroy();
        callback(
          new Fault('wrong-key', `${to.url} presents the key of ${identity?.node ?? 'no node'}, not of ${to.node}`),
          null,
        );
      });
    };
    const pool = new Pool(originOf(to), {
      connect,
      connections: CONNECTIONS[purpose],
      // An answer may take long, and HTTP/1.1 answers in order: a second request would wait for the first.
      pipelining: 1,
      keepAliveTimeout: LIMITS.socketIdleMs,
      keepAliveMaxTimeout: LIMITS.socketIdleMs,
      // The deadline of each exchange bounds it as a whole.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: purpose === 'shard' ? LIMITS.shardBytesMax : LIMITS.replyBytesMax,
      ...this.#options.agentOptions,
    });
    const peer: PeerPool = { pool, spki: undefined };
    return peer;
  }

  #closeOldest(): void {
    for (const [key, { pool }] of this.#pools) {
      this.#pools.delete(key);
      void pool.close();
      return;
    }
  }
}

type HttpRequest = Pick<Dispatcher.RequestOptions, 'path' | 'method' | 'headers' | 'body'>;

function httpOf(request: PeerRequest): HttpRequest {
  if (request.route === 'frame') {
    const headers = {
      'content-type': 'application/json',
      'peertree-lane': request.lane,
      'peertree-signature': request.signature,
    };
    return { path: '/peertree/frames', method: 'POST', headers, body: request.bytes };
  }
  const path = `/peertree/shards/${request.tree}/${request.hash}`;
  if (request.route === 'shard.get') return { path, method: 'GET' };
  return { path, method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: request.bytes };
}

function originOf({ url }: PeerAddress): string {
  if (!URL.canParse(url) || !url.startsWith('https://')) throw new Fault('unreachable', `${url} is no https address`);
  return new URL(url).origin;
}

const BROKEN: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

function isBroken(error: unknown): boolean {
  return BROKEN.has(codeOf(error));
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function faultOf(error: unknown, { url }: PeerAddress): Fault {
  if (isFault(error)) return error;
  const code = codeOf(error);
  const says = error instanceof Error ? error.message : String(error);
  return new Fault('unreachable', `${url}: ${says}${typeof code === 'string' ? ` (${code})` : ''}`, { cause: error });
}

function closed(): Fault {
  return new Fault('unreachable', 'this membrane is closed');
}
