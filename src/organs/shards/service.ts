import { Fault } from '../../contract/errors.ts';
import type { CallOptions, ShardService, Storage } from '../../contract/services.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { audit } from './audit.ts';
import { assertNamed, hasView, misnamed, type ShardContext, standpoint, tellOrgan } from './context.ts';
import { ranked } from './ranking.ts';
import { type Counted, countStorage, type Standpoint } from './rules.ts';
import { type SeekOptions, seek } from './seek.ts';
import type { Shelf } from './shelf.ts';
import type { Spread } from './spread.ts';

/** Shard bytes from and to the peers, beside the mailbox. */
export interface ShardInbound {
  /**
   * Takes a copy; resolves once it is flushed.
   *
   * @throws Fault `wrong-hash`, `too-large`, `disk-full`, `busy`, `stopping`
   */
  put(hash: ShardHash, bytes: Uint8Array, from: NodeId): Promise<void>;
  /** This node's own copy, verified; undefined where it has none. It asks nobody else. */
  get(hash: ShardHash, from: NodeId): Promise<Uint8Array | undefined>;
}

export interface ShardBytes extends ShardInbound {
  /** A verified copy of another cell. Throws as `ShardService.get` does. */
  fetch(hash: ShardHash, options: SeekOptions): Promise<Uint8Array>;
}

export function createBytes(context: ShardContext, shelf: Shelf): ShardBytes {
  const { tree, index, opinions, shardBytesMax } = context;

  const pull = async (node: NodeId, hash: ShardHash, options: CallOptions): Promise<Uint8Array | undefined> => {
    const bytes = await tree.pullShard(node, hash, options);
    if (bytes !== undefined) await assertNamed(context, hash, bytes);
    return bytes;
  };

  return {
    put: async (hash, bytes) => {
      if (opinions.leaving) throw new Fault('stopping');
      if (bytes.byteLength > shardBytesMax) throw new Fault('too-large', `a shard has at most ${shardBytesMax} bytes`);
      if (index.has(hash)) return;
      await assertNamed(context, hash, bytes);
      await shelf.write(hash, bytes);
    },

    get: async (hash) => {
      const found = await shelf.read(hash);
      if (found.state === 'damaged') tellOrgan(context, 'shards.damaged', { hash });
      return found.state === 'good' ? found.bytes : undefined;
    },

    fetch: (hash, options) => seek(context, hash, (node, call) => pull(node, hash, call), options),
  };
}

const NOTHING_STORED: Storage = { shards: 0, bytes: 0, underReplicated: 0 };

export function createService(context: ShardContext, shelf: Shelf, bytes: ShardBytes, spread: Spread): ShardService {
  const { tree, index, hasher, shardBytesMax } = context;

  const put: ShardService['put'] = async (content, { hash, ...options } = {}) => {
    if (content.byteLength > shardBytesMax) throw new Fault('too-large', `a shard has at most ${shardBytesMax} bytes`);
    const name = await hasher(content);
    if (hash !== undefined && hash !== name) throw misnamed(name, hash);
    await spread(name, content, options);
    return name;
  };

  const get: ShardService['get'] = async (hash, options = {}) => {
    const found = await shelf.read(hash);
    if (found.state === 'good') return found.bytes;
    const damaged = found.state === 'damaged';
    const content = await bytes.fetch(hash, { ...options, damaged });
    // A ranked cell that had to ask others lacks its copy: better now than at the next reconciliation.
    if (damaged || isMissed(hash)) keep(hash, content);
    return content;
  };

  const isMissed = (hash: ShardHash): boolean =>
    !context.opinions.leaving && ranked(tree.view(), tree.tree, hash, context.copies).includes(tree.self);

  const keep = (hash: ShardHash, content: Uint8Array): void => {
    shelf.write(hash, content).catch((error: unknown) => {
      context.ports.log.warn('shard.not-kept', { hash, error: String(error) });
    });
  };

  const stat: ShardService['stat'] = async (hash, options = {}) => {
    const own = index.bytesOf(hash);
    if (own !== undefined) return own;
    return seek(
      context,
      hash,
      async (node, call) => {
        const answer = await tree.ask(node, 'shards.stat', { hash }, call);
        return (answer as { readonly bytes: number | null }).bytes ?? undefined;
      },
      options,
    );
  };

  return {
    put,
    get,
    stat,
    storage: () => (hasView(context) ? countStorage(standpoint(context), counted(context)) : NOTHING_STORED),
    audit: (hash, options = {}) => audit(context, shelf, hash, options),
  };
}

/**
 * This node's shards for the count. Of one that came in a moment ago the other holders are not known yet: the cells that
 * should have it are taken for granted until they were asked.
 */
function* counted(context: ShardContext): Generator<Counted> {
  const { index } = context;
  const at = standpoint(context);
  for (const hash of index.hashes()) {
    const confirmed = index.confirmed(hash);
    const holders = index.isFresh(hash) ? assumed(at, hash, confirmed) : confirmed;
    yield { hash, bytes: index.bytesOf(hash) ?? 0, holders };
  }
}

function assumed(at: Standpoint, hash: ShardHash, confirmed: readonly NodeId[]): NodeId[] {
  const cells = ranked(at.view, at.tree, hash, at.copies, at.without);
  return [...new Set([...confirmed, ...cells])].filter((node) => node !== at.self);
}
