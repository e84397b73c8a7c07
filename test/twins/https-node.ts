import fastify from 'fastify';
import type { NodeServices } from '../../src/contract/services.ts';
import { answerUnknownRoute, receptors, serverOptions } from '../../src/receptors/index.ts';
import { certificatePem } from '../../src/runtime/certificate.ts';
import { generateKeyPem, p256Signer } from '../../src/runtime/signer/p256.ts';
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
  const key = generateKeyPem();
  const cert = certificatePem(key, [], Date.now());
  const memory = memoryNode(p256Signer(key).node);
  const server = fastify({
    ...serverOptions,
    https: { key, cert },
    forceCloseConnections: true,
  });
  server.setNotFoundHandler(answerUnknownRoute);
  await server.register(receptors(() => (options.services === undefined ? memory : options.services(memory))));
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { id: memory.id, url, port, cert, memory, close: () => server.close() };
}
