import type { Effect } from '../contract/organ.ts';
import type { Write } from '../contract/ports.ts';
import type { AnyOrgan } from './any-organ.ts';
import { answerOf } from './ask.ts';
import type { Outlet } from './outlet.ts';
import type { Turn } from './turn.ts';

const NONE: readonly never[] = [];

/**
 * Adds to a turn's writes what is committed together with them: the outbox rows of its durable messages, and what the
 * asker wants written alongside.
 *
 * @throws Fault `outbox-full`, or Error for an effect that names what the organ doesn't have; then nothing is kept
 */
export function equip(turn: Turn, organ: AnyOrgan, outlet: Outlet): void {
  const { effects } = turn;
  if (effects.length > 0) {
    for (const effect of effects) checkEffect(organ, effect);
    turn.rows = enqueue(effects, outlet, turn.letter?.ask === undefined ? 'bury' : 'refuse');
  }
  const marks = turn.letter?.ask?.alongside(answerOf(effects)) ?? NONE;
  if (turn.rows.length + marks.length > 0) turn.writes = [...turn.writes, ...turn.rows, ...marks];
}

function enqueue(effects: readonly Effect[], outlet: Outlet, onFull: 'refuse' | 'bury'): readonly Write[] {
  let rows: Write[] | undefined;
  try {
    for (const effect of effects) {
      if (effect.effect !== 'queue') continue;
      rows ??= [];
      const { to, tree, kind, body } = effect;
      rows.push(...outlet.enqueue(to, { tree, kind, body }, onFull));
    }
  } catch (error) {
    if (rows !== undefined && rows.length > 0) outlet.abandoned(rows);
    throw error;
  }
  return rows ?? NONE;
}

function checkEffect(organ: AnyOrgan, effect: Effect): void {
  if (effect.effect === 'timer') mustReceive(organ, effect.name, 'timer');
  else if (effect.effect === 'ask') mustReceive(organ, effect.onAnswer, 'answer');
  else if (effect.effect === 'run' && !Object.hasOwn(organ.effects, effect.name)) {
    throw new Error(`organ '${organ.id}' has no effect '${effect.name}'`);
  }
}

function mustReceive(organ: AnyOrgan, kind: string, what: string): void {
  if (Object.hasOwn(organ.receive, kind)) return;
  throw new Error(`organ '${organ.id}' receives no '${kind}', the ${what} it asks for`);
}
