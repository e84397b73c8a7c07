import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';
import { didYouMean } from '../contract/nearest.ts';
import type { FileInfo, FileService, PutOptions, PutReceipt } from '../contract/services.ts';
import { bodyOf, declaredBytes, signalOf, streamOf } from './body.ts';
import type { Services } from './gate.ts';

const ROUTE = '/ftreeFileMgr/files';

type FilePage = NonNullable<Parameters<FileService['list']>[0]>;

interface Named {
  Params: { name: string };
}

/**
 * The files of the organism, identical on every node. A name is one path segment: its slashes travel as %2F. Bodies
 * stream both ways; nothing of a file is kept in memory but the pieces under way.
 */
export function files(services: Services): FastifyPluginAsync {
  return async (scope) => {
    scope.put<Named>(`${ROUTE}/:name`, (request, reply) =>
      put(services, request, reply, { name: request.params.name }),
    );
    // A file without a name is found by its id alone.
    scope.post(ROUTE, (request, reply) => put(services, request, reply, {}));
    scope.get<Named>(`${ROUTE}/:name`, { exposeHeadRoute: false }, (request, reply) => get(services, request, reply));
    scope.head<Named>(`${ROUTE}/:name`, (request, reply) => head(services, request, reply));
    scope.delete<Named>(`${ROUTE}/:name`, (request, reply) =>
      services().files.remove(request.params.name, { signal: signalOf(reply) }),
    );
    scope.get(ROUTE, { exposeHeadRoute: false }, async (request) => services().files.list(pageOf(request.query)));
    scope.post<Named>(`${ROUTE}/:name/verification`, (request, reply) =>
      services().files.verify(request.params.name, { signal: signalOf(reply) }),
    );
  };
}

async function put(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  given: PutOptions,
): Promise<object> {
  const bytes = declaredBytes(request);
  const options = { ...given, ifAbsent: onlyIfAbsent(request), ...(bytes === undefined ? {} : { bytes }) };
  const receipt = await services().files.put(bodyOf(request), { ...options, signal: signalOf(reply) });
  void reply.code(receipt.created ? 201 : 200).headers(describe(receipt));
  if (receipt.created) void reply.header('location', `${ROUTE}/${receipt.id}`);
  return shortReceipt(receipt);
}

/** Conditions that would be ignored are refused: a client that sends one relies on it. */
function onlyIfAbsent({ headers }: FastifyRequest): boolean {
  const condition = headers['if-none-match'];
  if (headers['if-match'] !== undefined || (condition !== undefined && condition !== '*')) {
    throw new Fault('malformed', 'the only condition that a put takes is `If-None-Match: *`');
  }
  return condition === '*';
}

async function get(services: Services, request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
  const signal = signalOf(reply);
  const handle = await services().files.open(request.params.name, { signal });
  if (isKnown(request, handle)) return reply.code(304).header('etag', quoted(handle)).send();
  const stream = await streamOf(handle.read({ signal }), handle.bytes);
  return reply.headers({ ...describe(handle), ...asDownload(handle) }).send(stream);
}

async function head(services: Services, request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
  const handle = await services().files.open(request.params.name, { signal: signalOf(reply) });
  if (isKnown(request, handle)) return reply.code(304).header('etag', quoted(handle)).send();
  return reply.headers({ ...describe(handle), ...asDownload(handle) }).send();
}

/** Whatever the receptor doesn't know is refused: a misspelt parameter would answer another question than was asked. */
function pageOf(query: unknown): FilePage {
  const { prefix, after, limit, ...unknown } = query as Record<string, unknown>;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) {
    throw new Fault(
      'malformed',
      `there is no parameter '${stranger}'${didYouMean(stranger, ['prefix', 'after', 'limit'])}`,
    );
  }
  return {
    ...(prefix === undefined ? {} : { prefix: textOf('prefix', prefix) }),
    ...(after === undefined ? {} : { after: textOf('after', after) }),
    ...(limit === undefined ? {} : { limit: limitOf(textOf('limit', limit)) }),
  };
}

/** A parameter given twice arrives as an array. */
function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new Fault('malformed', `${name} may be given once`);
  return value;
}

function limitOf(text: string): number {
  const limit = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit <= LIMITS.filesPageMax))
    throw new Fault('malformed', `limit is a number from 1 to ${LIMITS.filesPageMax}`);
  return limit;
}

/** What is known of a file, as headers, so that one GET brings both the bytes and all that `stat` shows. */
function describe(file: FileInfo): Record<string, string | number> {
  return {
    etag: quoted(file),
    'peertree-id': file.id,
    'peertree-name': encodeURIComponent(file.name),
    'peertree-shards': file.shards,
    'peertree-version': file.version,
    'peertree-stored-at': file.storedAt,
  };
}

function asDownload({ bytes }: FileInfo): Record<string, string | number> {
  return {
    'content-length': bytes,
    'content-type': 'application/octet-stream',
    // Stored bytes are anybody's: no browser may take them for a page of this node.
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  };
}

function shortReceipt({ id, name, bytes, shards }: PutReceipt): object {
  return { id, name, bytes, shards };
}

function quoted({ etag }: FileInfo): string {
  return `"${etag}"`;
}

function isKnown(request: FastifyRequest, file: FileInfo): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined) return false;
  return known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === quoted(file));
}
