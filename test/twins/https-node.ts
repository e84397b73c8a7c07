import { X509Certificate } from 'node:crypto';
import fastify from 'fastify';
import { generate } from 'selfsigned';
import { nodeIdOf } from '../../src/contract/encoding.ts';
import type { NodeServices } from '../../src/contract/services.ts';
import { answerUnknownRoute, receptors, serverOptions } from '../../src/receptors/index.ts';
import { type MemoryNode, memoryNode } from './memory-node.ts';

export interface HttpsNode {
  readonly id: string;
  readonly url: string;
  readonly port: number;
  readonly cert: string;
  readonly memory: MemoryNode;
  close(): Promise<void>;
}

/** The receptors of a memory node over real HTTPS, with a key of its own, as a real node serves them. */
export async function httpsNode(
  options: { readonly services?: (memory: MemoryNode) => NodeServices | undefined } = {},
): Promise<HttpsNode> {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', curve: 'P-256' });
  const spki = new X509Certificate(pem.cert).publicKey.export({ type: 'spki', format: 'der' });
  const memory = memoryNode(nodeIdOf(spki));
  const server = fastify({
    ...serverOptions,
    https: { key: pem.private, cert: pem.cert },
    forceCloseConnections: true,
  });
  server.setNotFoundHandler(answerUnknownRoute);
  await server.register(receptors(() => (options.services === undefined ? memory : options.services(memory))));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { id: memory.id, url, port, cert: pem.cert, memory, close: () => server.close() };
}
