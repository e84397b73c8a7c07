import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isShardHash } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { signalOf, wholeBody } from './body.ts';
import type { Services } from './gate.ts';

const ROUTE = '/shardTree/shards/:hash';

interface Hashed {
  Params: { hash: string };
}

/** Shards by the SHA-256 of their bytes. What is not what its name says is refused before it reaches the disk. */
export function shards(services: Services): FastifyPluginAsync {
  return async (scope) => {
    scope.put<Hashed>(ROUTE, (request, reply) => put(services, request, reply));
    scope.get<Hashed>(ROUTE, { exposeHeadRoute: false }, async (request, reply) => {
      const hash = hashOf(request);
      const bytes = await services().shards.get(hash, { signal: signalOf(reply) });
      return describe(reply, hash, bytes.byteLength).send(asBuffer(bytes));
    });
    scope.head<Hashed>(ROUTE, async (request, reply) => {
      const hash = hashOf(request);
      return describe(reply, hash, await services().shards.stat(hash, { signal: signalOf(reply) })).send();
    });
  };
}

async function put(services: Services, request: FastifyRequest<Hashed>, reply: FastifyReply): Promise<object> {
  const hash = hashOf(request);
  const storing = services().shards;
  const bytes = await wholeBody(request, LIMITS.shardBytesMax);
  await storing.put(bytes, { hash, signal: signalOf(reply) });
  void reply.code(201).header('location', `/shardTree/shards/${hash}`).header('etag', `"${hash}"`);
  return { hash, bytes: bytes.byteLength };
}

function hashOf({ params }: FastifyRequest<Hashed>): string {
  if (!isShardHash(params.hash)) {
    throw new Fault('malformed', 'a shard is named by its SHA-256: 64 lower-case hexadecimal characters');
  }
  return params.hash;
}

function describe(reply: FastifyReply, hash: string, bytes: number): FastifyReply {
  return reply.headers({
    etag: `"${hash}"`,
    'content-length': bytes,
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
    // A name that is a hash never stands for other bytes.
    'cache-control': 'public, max-age=31536000, immutable',
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
