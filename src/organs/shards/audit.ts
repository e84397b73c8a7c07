import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { linked } from '../../contract/linked.ts';
import type { CallOptions, ShardService } from '../../contract/services.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { isLive, type ShardContext, standpoint, tellOrgan } from './context.ts';
import { seekOrder } from './rules.ts';
import type { Shelf } from './shelf.ts';

type Audited = Awaited<ReturnType<ShardService['audit']>>[number];

/** Those that hold it by rank or by hearsay are asked; everybody else only where none of them has it. */
export async function audit(
  context: ShardContext,
  shelf: Shelf,
  hash: ShardHash,
  options: CallOptions,
): Promise<readonly Audited[]> {
  const call = linked(options.signal);
  return lookAround(context, shelf, hash, { ...options, signal: call.signal }).finally(call.unlink);
}

async function lookAround(
  context: ShardContext,
  shelf: Shelf,
  hash: ShardHash,
  options: CallOptions,
): Promise<readonly Audited[]> {
  const { tree, index } = context;
  const { likely, others } = seekOrder(standpoint(context), tree.recentViews(), hash);
  const first = [...new Set([...index.confirmed(hash), ...likely])];
  const found: Audited[] = [];
  const look = async (node: NodeId): Promise<void> => {
    const answer =
      node === tree.self ? await auditOwn(context, shelf, hash) : await auditAt(context, node, hash, options);
    if (answer.held) found.push({ node, ok: answer.ok });
  };
  await Promise.all([tree.self, ...first].map(look));
  const left = others.filter((node) => !first.includes(node));
  for (let at = 0; found.length === 0 && at < left.length; at += LIMITS.seekWindow) {
    if (options.signal?.aborted) throw new Fault('cancelled');
    await Promise.all(left.slice(at, at + LIMITS.seekWindow).map(look));
  }
  return found.sort((a, b) => (a.node < b.node ? -1 : 1));
}

export interface AuditAnswer {
  readonly held: boolean;
  readonly ok: boolean;
}

/** Reads and hashes this node's copy. A damaged one is replaced afterwards. */
export async function auditOwn(context: ShardContext, shelf: Shelf, hash: ShardHash): Promise<AuditAnswer> {
  const { state } = await shelf.read(hash);
  if (state === 'damaged') tellOrgan(context, 'shards.damaged', { hash });
  return { held: state !== 'absent', ok: state === 'good' };
}

const NOTHING: AuditAnswer = { held: false, ok: false };

/** A cell that doesn't answer is no holder that anybody could read from. */
async function auditAt(
  context: ShardContext,
  node: NodeId,
  hash: ShardHash,
  options: CallOptions,
): Promise<AuditAnswer> {
  if (!isLive(context, node)) return NOTHING;
  try {
    return (await context.tree.ask(node, 'shards.audit', { hash }, options)) as unknown as AuditAnswer;
  } catch (error) {
    if (options.signal?.aborted) throw new Fault('cancelled', undefined, { cause: error });
    if (!isFault(error)) throw error;
    context.ports.log.debug('shard.audit-failed', { node, hash, code: error.code });
    return NOTHING;
  }
}
