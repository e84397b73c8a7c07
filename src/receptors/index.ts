import type { FastifyPluginAsync } from 'fastify';
import type { Log } from '../contract/ports.ts';
import type { NodeServices } from '../contract/services.ts';
import { dropRestOfBody } from './body.ts';
import { files } from './files.ts';
import { admission, whenStarted } from './gate.ts';
import { type CatalogueReceptors, genomes } from './genomes.ts';
import { health } from './health.ts';
import { ledger } from './ledger.ts';
import { letters } from './letters.ts';
import { loopbackOnly } from './loopback.ts';
import { memory } from './memory.ts';
import { organism } from './organism.ts';
import { answerErrors } from './problem.ts';
import { shards } from './shards.ts';

export type { CatalogueReceptors } from './genomes.ts';
export { answerErrors, answerUnknownRoute } from './problem.ts';
export { serverOptions } from './server-options.ts';

/**
 * Every receptor of a node as one Fastify plugin. While `services` gives undefined, the node is starting: `/health/live`
 * answers 200 and everything else 503 `starting`. Register it on a server made with `serverOptions`. No route has a
 * schema: Fastify's validator turns '5' into 5 and drops what a schema doesn't name, and a compiler costs every node
 * memory for two small shapes. The handler of unknown routes is the server's to set, since it is one for all plugins.
 *
 * With `catalogue`, the receptors of genomes are there as well, each open to those whom its genome names.
 *
 * @example
 * const server = fastify({ ...serverOptions, https: { key, cert } });
 * server.setNotFoundHandler(answerUnknownRoute);
 * await server.register(receptors(() => node?.services));
 */
export function receptors(
  services: () => NodeServices | undefined,
  log?: Log,
  catalogue?: CatalogueReceptors,
): FastifyPluginAsync {
  return async (scope) => {
    if (catalogue !== undefined) await scope.register(genomes(whenStarted(services), catalogue, log));
    await scope.register(operators(services, log));
  };
}

/** What only this machine may ask. */
function operators(services: () => NodeServices | undefined, log?: Log): FastifyPluginAsync {
  return async (scope) => {
    scope.setErrorHandler(answerErrors(log));
    scope.addHook('onRequest', loopbackOnly);
    scope.addHook('onSend', dropRestOfBody);
    // A body of whatever type is a raw stream, never parsed and never buffered.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

    await scope.register(health(services));
    await scope.register(async (inner) => {
      const started = whenStarted(services);
      inner.addHook('onRequest', admission());
      await inner.register(files(started));
      await inner.register(shards(started));
      await inner.register(organism(started));
      await inner.register(letters(started));
      await inner.register(memory(started));
      await inner.register(ledger(started));
    });
  };
}
