import { Fault } from '../../contract/errors.ts';
import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { JsonObject } from '../../contract/words.ts';
import { keyIn, MARKS, organOf, POSTS } from './address.ts';
import type { KeeperContext, Watcher } from './context.ts';
import { craftOf } from './desk.ts';
import { markDueAt } from './marks.ts';
import { postDueAt } from './posts.ts';

/** Notes in the almanac that a register is there, and when it is due. */
export function noteRegister(context: KeeperContext, register: Register): void {
  const { almanac } = context;
  const craft = craftOf(context, register);
  if (register.key.startsWith(POSTS)) almanac.note(register.key, postDueAt(register));
  else if (register.key.startsWith(MARKS)) almanac.note(register.key, markDueAt(register));
  else if (craft !== undefined) almanac.note(register.key, craft.dueAt(register));
}

/** What the log has decided: what is known of it is brought up to date, and whoever watches is told. */
export function takeCommitted(context: KeeperContext, { records }: NodeEvents['consensus.committed']): void {
  for (const { entry, index } of records) {
    if (entry.type !== 'SET' || entry.tree !== context.tree.tree) continue;
    for (const write of entry.writes) takeWrite(context, write, index);
  }
}

function takeWrite(context: KeeperContext, { key, value }: RegisterWrite, version: number): void {
  const register: Register = { key, value, version };
  context.residents.supersede(key, version);
  if (value === null) context.almanac.forget(key);
  else noteRegister(context, register);
  const shown = craftOf(context, register)?.shown;
  if (shown === undefined || context.watchers.size === 0) return;
  const body = value === null ? null : (shown(register) ?? null);
  for (const { organ, prefix, listener } of context.watchers) {
    const about = keyIn(key);
    if (organ === organOf(key) && about.startsWith(prefix)) listener({ organ, key: about, body });
  }
}

/** What was told to all cells of the tree: for those who subscribed to the topic here. */
export function takeTold(context: KeeperContext, { tree, topic, body }: NodeEvents['broadcast.received']): void {
  if (tree !== context.tree.tree || context.crafts.get(topic)?.topic === undefined) return;
  for (const { organ, listener } of context.watchers)
    if (organ === topic) listener({ organ, key: '', body: body as JsonObject });
}

/** @throws Fault `busy` beyond LIMITS.watchersMax, `no-receptor` for an organ that can't be watched */
export function watch({ watchers, crafts }: KeeperContext, watcher: Watcher): () => void {
  const craft = crafts.get(watcher.organ);
  if (craft?.shown === undefined && craft?.topic === undefined)
    throw new Fault('no-receptor', `'${watcher.organ}' is nothing that can be watched`);
  if (watchers.size >= LIMITS.watchersMax) throw new Fault('busy', 'too many watch this cell', { retryAfterMs: 1_000 });
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}
