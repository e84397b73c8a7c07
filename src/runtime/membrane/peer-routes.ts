import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../../contract/limits.ts';
import type { Log, PeerHandler, PeerIdentity, PeerResponse } from '../../contract/ports.ts';
import { PROBLEM_MEDIA_TYPE } from '../../contract/problem.ts';
import { dropRestOfBody } from '../../receptors/body.ts';
import { admission } from '../../receptors/gate.ts';
import { answerErrors } from '../../receptors/problem.ts';
import { readBody } from './body.ts';
import { identityOf } from './peer-identity.ts';

export interface PeerRoutesOptions {
  readonly handler: PeerHandler;
  readonly log: Log;
  /** Whether a body is read that only members send. The gate decides again; this spares the memory. */
  isMember(peer: PeerIdentity): boolean;
}

interface ShardPath {
  tree: string;
  hash: string;
}

/**
 * `/peertree`: how frames and shards come in. It reads bytes and knows who sent them; everything else is the handler's,
 * the refusals too, so that each is counted in one place.
 */
export function peerRoutes({ handler, log, isMember }: PeerRoutesOptions): FastifyPluginAsync {
  const read = async (request: FastifyRequest, peer: PeerIdentity | null, bytesMax: number): Promise<Uint8Array> => {
    if (peer === null) return NOTHING;
    const most = isMember(peer) ? bytesMax : LIMITS.frameStrangerBytesMax;
    return (await readBody(request.raw, most)) ?? oversize(most);
  };

  return async (scope) => {
    scope.setErrorHandler(answerErrors(log));
    scope.removeAllContentTypeParsers();
    // Raw, whatever the type says: signatures and hashes are over these bytes.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.addHook('onRequest', admission(LIMITS.requestsInFlightMax));
    scope.addHook('onSend', dropRestOfBody);

    scope.post('/peertree/frames', async (request, reply) => {
      const peer = identityOf(request.raw.socket);
      const bytes = await read(request, peer, LIMITS.frameBytesMax);
      const lane = request.headers['peertree-lane'] === 'ordered' ? 'ordered' : 'control';
      const signature = textOf(request.headers['peertree-signature']);
      return answer(reply, await handler(peer, { route: 'frame', lane, bytes, signature }));
    });

    scope.put<{ Params: ShardPath }>('/peertree/shards/:tree/:hash', async (request, reply) => {
      const peer = identityOf(request.raw.socket);
      const bytes = await read(request, peer, LIMITS.shardBytesMax);
      return answer(reply, await handler(peer, { route: 'shard.put', ...shardPath(request.params), bytes }));
    });

    scope.get<{ Params: ShardPath }>('/peertree/shards/:tree/:hash', async (request, reply) => {
      const peer = identityOf(request.raw.socket);
      return answer(reply, await handler(peer, { route: 'shard.get', ...shardPath(request.params) }));
    });
  };
}

function shardPath({ tree, hash }: ShardPath): ShardPath {
  return { tree, hash };
}

function answer(reply: FastifyReply, { status, bytes, signature }: PeerResponse): FastifyReply {
  if (signature !== undefined) void reply.header('peertree-signature', signature);
  void reply.code(status);
  if (status === 204) return reply.send();
  void reply.type(
    status >= 400 ? PROBLEM_MEDIA_TYPE : signature === undefined ? 'application/octet-stream' : 'application/json',
  );
  // Bytes, so that no serializer touches what is signed.
  return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

const NOTHING = new Uint8Array(0);
const oversized = new Map<number, Uint8Array>();

/** Stands for a body that wasn't read to its end because it is too large: one byte too many, and never looked at. */
function oversize(bytesMax: number): Uint8Array {
  let bytes = oversized.get(bytesMax);
  if (bytes === undefined) {
    bytes = new Uint8Array(bytesMax + 1);
    oversized.set(bytesMax, bytes);
  }
  return bytes;
}
