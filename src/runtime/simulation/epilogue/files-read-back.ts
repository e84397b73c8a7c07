import type { Operation } from '../history.ts';
import { contentOf } from '../load.ts';
import type { Aftermath, Epilogue } from './epilogue.ts';

export const filesReadBack: Epilogue = {
  name: 'files-read-back',
  promise: 'Every file that was acknowledged is read back, bit for bit and in its last version, at every cell.',
  how: 'Every name is read at every node that runs. A put without an answer may have taken effect at any time; a put that began after another was acknowledged replaces it.',
  holds: 'always',
  run: async (aftermath) => {
    const { world, operations } = aftermath;
    for (const [name, puts] of byKey(operations, 'put')) {
      if (!puts.some(isAcknowledged)) continue;
      const may = new Set(puts.filter((put) => isCurrent(put, puts)).map(({ input }) => input));
      for (const node of world.running) {
        const etag = await tried(aftermath, contentOf(node, name), `node ${node.index} can't read ${name}`);
        if (!may.has(etag))
          aftermath.violate(`node ${node.index} reads ${name} as ${etag}, not ${[...may].join(' or ')}`);
      }
    }
    for (const [hash, puts] of byKey(operations, 'shard-put')) {
      if (!puts.some(isAcknowledged)) continue;
      for (const node of world.running)
        await tried(aftermath, node.living.shards.get(hash), `node ${node.index} can't get shard ${hash}`);
    }
  },
};

async function tried<T>({ world, violate }: Aftermath, work: Promise<T>, what: string): Promise<T> {
  try {
    return await world.run(work);
  } catch (error) {
    return violate(`${what}: ${String(error)}`);
  }
}

function byKey(operations: readonly Operation[], kind: Operation['kind']): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations)
    if (operation.kind === kind) groups.set(operation.key, [...(groups.get(operation.key) ?? []), operation]);
  return groups;
}

function isAcknowledged({ outcome }: Operation): boolean {
  return outcome?.ok === true;
}

/** Whether a name may still read as this put's content: not once a put that began after its end was acknowledged. */
function isCurrent(put: Operation, puts: readonly Operation[]): boolean {
  const { returnedAt } = put;
  if (!isAcknowledged(put) || returnedAt === null) return true;
  return !puts.some((later) => isAcknowledged(later) && later.calledAt >= returnedAt);
}
