import { once } from 'node:events';
import { createServer } from 'node:net';
import { Fault } from '../../contract/errors.ts';
import type { PlannedNode } from './plan.ts';

/**
 * Looks whether the planned ports are free before anything is started. A remembered one that is not is given up for a
 * free one where `anyPort` says so, else named in the failure: `port-in-use`.
 */
export async function freePorts(plan: readonly PlannedNode[], anyPort: boolean): Promise<PlannedNode[]> {
  return Promise.all(
    plan.map(async (node) => {
      if (node.port === 0 || (await isFree(node.port))) return node;
      if (anyPort) return { ...node, port: 0 };
      throw new Fault('port-in-use', `another process listens on port ${node.port}, which ${node.name} needs`);
    }),
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
