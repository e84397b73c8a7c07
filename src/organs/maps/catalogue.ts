import { isId } from '../../contract/encoding.ts';
import type { FileCatalogue, FileInfo, Register } from '../../contract/services.ts';
import type { MapContext } from './context.ts';
import { infoOf, readHead } from './head.ts';
import { findHead, headKey } from './registry.ts';

/** The heads of the tree as a list of files, for those that keep something about them. */
export function createCatalogue(context: MapContext): FileCatalogue {
  const { registers, tree } = context;
  return {
    tree: tree.tree,
    page: ({ after, limit }) =>
      registers
        .list({ prefix: PREFIX, limit, ...(after === undefined ? {} : { after: headKey(after) }) })
        .flatMap((register) => fileIn(register) ?? []),
    find: (id) => {
      const [register] = registers.list({ prefix: headKey(id), limit: 1 });
      return register === undefined ? undefined : fileIn(register);
    },
    look: async (idOrName, options = {}) => infoOf(await findHead(context, idOrName, options)),
    changedBy: (writes) =>
      writes.flatMap(({ key }) =>
        key.startsWith(PREFIX) && isId(key.slice(PREFIX.length)) ? [key.slice(PREFIX.length)] : [],
      ),
  };
}

const PREFIX = headKey('');

function fileIn({ value }: Register): FileInfo | undefined {
  const head = readHead(value);
  return head === undefined ? undefined : infoOf(head);
}
