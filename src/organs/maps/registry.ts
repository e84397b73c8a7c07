import { isId } from '../../contract/encoding.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { CallOptions, Register } from '../../contract/services.ts';
import type { FileId } from '../../contract/words.ts';
import type { MapContext } from './context.ts';
import { type Head, openHead } from './head.ts';
import { assertName } from './name.ts';

/** How fresh a look must be. */
export type Freshness = 'linear' | 'best';

/** What a name stands for: its register, and the head that it leads to. Either may be missing. */
export interface Entry {
  readonly name: Register | undefined;
  readonly id: FileId | undefined;
  readonly head: Register | undefined;
}

export function nameKey(name: string): string {
  return `name:${name}`;
}

export function headKey(id: FileId): string {
  return `head:${id}`;
}

/** The file's id in the register of a name. */
export function idIn(register: Register | undefined): FileId | undefined {
  const id = (register?.value as { readonly id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' && isId(id) ? id : undefined;
}

export async function lookUpName(
  { registers }: MapContext,
  name: string,
  freshness: Freshness,
  options: CallOptions,
): Promise<Entry> {
  const register = await registers.read(nameKey(name), freshness, options);
  const id = idIn(register);
  // The copy that was read is at least as new for the head: both are entries of one log.
  const head = id === undefined ? undefined : await registers.read(headKey(id), 'any', options);
  return { name: register, id, head };
}

/** By id or by name. @throws Fault `bad-name` */
export async function lookUp(
  context: MapContext,
  idOrName: string,
  freshness: Freshness,
  options: CallOptions,
): Promise<Entry> {
  if (!isId(idOrName)) {
    assertName(idOrName);
    const named = await lookUpName(context, idOrName, freshness, options);
    return named.id === undefined ? (kept(context, idOrName) ?? named) : named;
  }
  const head = await context.registers.read(headKey(idOrName), freshness, options);
  return { name: undefined, id: idOrName, head };
}

/** A head that another generation had, by the register that keeps it: `conflict:GENERATION-VERSION:head:ID`. */
function kept({ registers }: MapContext, name: string): Entry | undefined {
  const id = /^conflict:[0-9]+-[0-9]+:head:([a-z2-7]+)$/.exec(name)?.[1];
  if (id === undefined || !isId(id)) return undefined;
  const head = registers.list({ prefix: name, limit: 1 }).find(({ key }) => key === name);
  return head === undefined ? undefined : { name: undefined, id, head };
}

/**
 * The verified head of a file.
 *
 * @throws Fault `not-found`; `maybe-elsewhere` where no leader could be asked; `corrupt`, `bad-name`
 */
export async function findHead(context: MapContext, idOrName: string, options: CallOptions): Promise<Head> {
  const { ports } = context;
  const seen = await lookUp(context, idOrName, 'best', options);
  const { id, head } = isThere(seen) ? seen : await lookAgain(context, idOrName, options);
  if (id === undefined || head === undefined) throw new Fault('not-found', 'there is no such file');
  return openHead(head.value, id, ports.signer);
}

const isThere = ({ id, head }: Entry): boolean => id !== undefined && head !== undefined;

/** Only the leader can say that there is nothing: this node's own copy may be behind. */
async function lookAgain(context: MapContext, idOrName: string, options: CallOptions): Promise<Entry> {
  if (!context.tree.sovereign())
    throw new Fault('maybe-elsewhere', 'no leader is within reach, and this copy has no such file');
  return lookUp(context, idOrName, 'linear', options);
}

/**
 * Failures after which a SET may or may not have taken place, or might the next time. `disk-full` is not one of them:
 * neither the leader's disk nor this node's has room again within these attempts, which are over in seconds, and only
 * who is told so at once can make room or go to another node.
 */
const UNDECIDED = new Set(['conflict', 'deadline', 'unreachable', 'busy']);

const RETRY_MIN_MS = 10;
const RETRY_MAX_MS = 500;

/**
 * Changes registers by compare-and-set until it succeeds: each attempt looks first, freshly after the first one.
 *
 * @param attempt looks, decides and sets; it must notice where an earlier attempt took place after all
 * @throws Fault `conflict` after LIMITS.fileAttemptsMax attempts, or whatever else the attempt throws
 */
export async function untilSet<T>(
  { ports }: MapContext,
  attempt: (freshness: Freshness) => Promise<T>,
  { signal }: CallOptions,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt(failures === 0 ? 'best' : 'linear');
    } catch (error) {
      const mayTryAgain = isFault(error) && UNDECIDED.has(error.code) && failures + 1 < LIMITS.fileAttemptsMax;
      if (!mayTryAgain) throw error;
      const delayMs = Math.min(RETRY_MIN_MS * 2 ** failures, RETRY_MAX_MS);
      await pause(ports.clock, delayMs * (0.5 + ports.entropy.float() / 2), signal);
    }
  }
}
