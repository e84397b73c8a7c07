import { Fault, type FaultCode, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { CallOptions } from '../../contract/services.ts';
import type { NodeId, ShardHash } from '../../contract/words.ts';
import { isLive, type ShardContext } from './context.ts';
import type { Hints } from './hints.ts';
import { offer } from './offer.ts';
import { ranked } from './ranking.ts';
import { acksNeeded, cellsOf } from './rules.ts';
import type { Shelf } from './shelf.ts';

/** The share of a put's deadline after which a slow cell gets company. */
const HEDGE_SHARE = 4;
/** How long a cell that said `disk-full` is passed over. */
const FULL_FOR_MS = 10_000;
/** Smaller shards are cheaper to send than to ask about. */
const ASK_FIRST_BYTES = 65_536;

/** Failures of cells that are not there. All others come from live cells, which the promise of a put counts on. */
const ABSENCES: ReadonlySet<FaultCode> = new Set([
  'unreachable',
  'deadline',
  'wrong-key',
  'no-actor',
  'starting',
  'stopping',
]);

/**
 * Stores a shard at enough distinct cells; resolves when they have flushed it. A cell that can't be reached doesn't count
 * as live for this put. One whose disk is full does, so with too few others the put fails rather than to promise less.
 *
 * @throws Fault `not-enough-cells`, `disk-full`, `busy`, `cancelled`
 */
export type Spread = (hash: ShardHash, bytes: Uint8Array, options: CallOptions) => Promise<void>;

export function createSpread(context: ShardContext, shelf: Shelf, hints: Hints): Spread {
  const { tree, index, copies, opinions } = context;
  const { clock } = context.ports;
  // Cells that had one shard of a file tend to have the next one too: it is an upload done again.
  let foundLast = false;

  const isPresent = async (node: NodeId, hash: ShardHash, bytes: number, options: CallOptions): Promise<boolean> => {
    if (bytes <= ASK_FIRST_BYTES || !(foundLast || index.has(hash))) return false;
    const answer = await tree.ask(node, 'shards.have', { hashes: [hash], held: false, promise: false }, options);
    foundLast = (answer as { readonly have: readonly boolean[] }).have[0] === true;
    return foundLast;
  };

  const store = async (node: NodeId, hash: ShardHash, bytes: Uint8Array, options: CallOptions): Promise<void> => {
    if (node === tree.self) return shelf.write(hash, bytes);
    if (!(await isPresent(node, hash, bytes.byteLength, options))) await tree.pushShard(node, hash, bytes, options);
  };

  /** The best ranked cells that answer; those without room a moment ago last, since sending them anything is in vain. */
  const targets = (hash: ShardHash, absent: ReadonlySet<NodeId>): NodeId[] => {
    const full = opinions.fullAt(clock.monotonic());
    const order = ranked(tree.view(), tree.tree, hash, LIMITS.spreadCellsMax, absent);
    return [...order.filter((node) => !full.has(node)), ...order.filter((node) => full.has(node))];
  };

  const remember = (hash: ShardHash, acked: readonly NodeId[], source: NodeId): void => {
    if (acked.includes(tree.self)) for (const node of acked) if (node !== tree.self) index.confirm(hash, node);
    for (const node of ranked(tree.view(), tree.tree, hash, copies)) {
      if (!acked.includes(node)) hints.owe(node, hash, source);
    }
  };

  return async (hash, bytes, options) => {
    const cells = cellsOf(tree.view(), tree.tree);
    const absent = new Set(cells.filter((node) => !isLive(context, node)));
    const deadlineMs = options.deadlineMs ?? LIMITS.askDeadlineMs;
    const codes = new Set<FaultCode>();
    let live = cells.length - absent.size;
    const acked = await offer(
      targets(hash, absent),
      (node, signal) => store(node, hash, bytes, { signal, deadlineMs }),
      {
        clock,
        atOnce: copies,
        hedgeMs: deadlineMs / HEDGE_SHARE,
        signal: options.signal,
        needed: () => acksNeeded(copies, live, cells.length),
        failed: (node, error) => {
          if (!isFault(error)) throw error;
          codes.add(error.code);
          if (ABSENCES.has(error.code)) live -= 1;
          if (error.code === 'disk-full') opinions.markFull(node, clock.monotonic() + FULL_FOR_MS);
        },
      },
    );
    const needed = acksNeeded(copies, live, cells.length);
    const [source] = acked;
    if (source === undefined || acked.length < needed) throw shortfall(acked.length, needed, codes);
    remember(hash, acked, source);
  };
}

/** A full disk or a full queue is what the caller can do something about; else there are just too few cells. */
function shortfall(acked: number, needed: number, codes: ReadonlySet<FaultCode>): Fault {
  const cause = (['disk-full', 'busy'] as const).find((code) => codes.has(code));
  return new Fault(cause ?? 'not-enough-cells', `${acked} of the ${needed} cells needed have flushed the shard`);
}
