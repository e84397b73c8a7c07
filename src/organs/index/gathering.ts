import { isFault } from '../../contract/errors.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { holders } from './assignment.ts';
import { type IndexContext, mapOf } from './context.ts';
import type { Answered, Asked } from './messages.ts';

/** A question to all parts: what one cell answers for some of them, and how answers are put together. */
export interface Wave<T> {
  readonly kind: string;
  /** What is asked besides the parts. */
  readonly body: { readonly [field: string]: unknown };
  own(parts: readonly number[]): T;
  add(answers: readonly T[]): T;
}

export type Shares = ReadonlyMap<NodeId, readonly number[]>;

/** Of a cell's time, what it leaves to those below it. */
const BELOW_SHARE = 0.7;

/**
 * Asks the cells of these shares, those of one's own at once and the others down a tree whose root is here: each cell asks
 * no more than a fan-out of others, who ask further and merge what comes back. Never rejects for what others don't answer:
 * their parts are missing.
 */
export async function gather<T>(
  context: IndexContext,
  wave: Wave<T>,
  shares: Shares,
  deadlineMs: number,
): Promise<Answered<T>> {
  const { tree, memory } = context;
  const own = shares.get(tree.self) ?? [];
  const whole = own.filter((part) => memory.isWhole(part));
  const others = [...shares].filter(([node]) => node !== tree.self).map(([node, parts]) => ({ node, parts }));
  const answers = await Promise.all(
    grouped(others, fanoutOf(context)).map((group) => delegate(context, wave, group, deadlineMs)),
  );
  const missing = [...own.filter((part) => !whole.includes(part)), ...answers.flatMap((answer) => answer.missing)];
  const found = answers.flatMap((answer) => answer.found);
  return { missing, found: wave.add([wave.own(whole), ...found]) };
}

const fanoutOf = (context: IndexContext): number => mapOf(context)?.fanout ?? 1;

type Group = Asked['below'];

/** As many groups as the fan-out, of about the same size; the first of each asks the others. */
function grouped(others: Group, fanout: number): Group[] {
  const groups = Array.from({ length: Math.min(fanout, others.length) }, (): Group[number][] => []);
  for (const [i, other] of others.entries()) groups[i % groups.length]?.push(other);
  return groups;
}

async function delegate<T>(
  { tree, ports }: IndexContext,
  { kind, body }: Wave<T>,
  [first, ...below]: Group,
  deadlineMs: number,
): Promise<{ missing: readonly number[]; found: readonly T[] }> {
  if (first === undefined) return { missing: [], found: [] };
  const asked: Asked = { parts: first.parts, below, deadlineMs: Math.floor(deadlineMs * BELOW_SHARE) };
  try {
    const answer = await tree.ask(first.node, kind, { ...body, ...asked } as unknown as Json, { deadlineMs });
    const { missing, found } = answer as unknown as Answered<T>;
    return { missing, found: [found] };
  } catch (error) {
    if (!isFault(error)) throw error;
    ports.log.debug('memory.unanswered', { node: first.node, code: error.code });
    return { missing: [first, ...below].flatMap(({ parts }) => parts), found: [] };
  }
}

/** Who answers for which of these parts: this cell where it can, else the first live holder that was not asked in vain. */
export function sharesOf(
  context: IndexContext,
  parts: readonly number[],
  inVain: ReadonlyMap<number, ReadonlySet<NodeId>>,
): { shares: Shares; nobody: number[] } {
  const { tree, memory } = context;
  const map = mapOf(context);
  const shares = new Map<NodeId, number[]>();
  const nobody: number[] = [];
  for (const part of parts) {
    const able = (map === undefined ? [] : holders(map, part)).filter(
      (node) => tree.alive(node) && inVain.get(part)?.has(node) !== true,
    );
    const node = able.includes(tree.self) && memory.isWhole(part) ? tree.self : able.find((one) => one !== tree.self);
    if (node === undefined) nobody.push(part);
    else shares.set(node, [...(shares.get(node) ?? []), part]);
  }
  return { shares, nobody };
}

/** How many holders of a part are tried. */
const ROUNDS = 3;

/** Asks all these parts, those that don't answer at their next holder, as long as there is time. */
export async function gatherAll<T>(
  context: IndexContext,
  wave: Wave<T>,
  parts: readonly number[],
  deadlineMs: number,
): Promise<Answered<T>> {
  const { clock } = context.ports;
  const until = clock.monotonic() + deadlineMs;
  const inVain = new Map<number, Set<NodeId>>();
  const found: T[] = [];
  let open: readonly number[] = parts;
  const lost: number[] = [];
  for (let round = 0; round < ROUNDS && open.length > 0; round++) {
    const left = until - clock.monotonic();
    const { shares, nobody } = sharesOf(context, open, inVain);
    lost.push(...nobody);
    if (left <= 0 || shares.size === 0) break;
    // A cell that says nothing must leave time to ask another one.
    const answer = await gather(context, wave, shares, Math.max(1, Math.floor(left / (ROUNDS - round))));
    found.push(answer.found);
    for (const [node, asked] of shares) {
      for (const part of asked)
        if (answer.missing.includes(part)) inVain.set(part, (inVain.get(part) ?? new Set()).add(node));
    }
    open = answer.missing;
  }
  return { missing: [...new Set([...lost, ...open])], found: wave.add(found) };
}
