import { describe, expect, it } from 'vitest';
import type { ActorSystem, FateChange } from '../../../src/actors/actor-system.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Organ } from '../../../src/contract/organ.ts';
import { type Heard, hear, organOf, Stage, someWrite } from './stage.ts';

/** Remembers on disk what it wrote, and fails when it is told to. */
function fragile(id: string, parts: Partial<Organ<Heard>> = {}): Organ<Heard> {
  return organOf<Heard>(id, [], {
    begin: (store) => ({ facts: [...store.range('facts', { prefix: `${id}/` })].map(([, value]) => value) }),
    ...parts,
    receive: {
      [`${id}.say`]: (facts, { body }) => hear(facts, body),
      [`${id}.keep`]: (facts, { body }: { body: string }) =>
        hear(facts, body, { writes: [someWrite(`${id}/${body}`, body)] }),
      [`${id}.boom`]: () => {
        throw new Error('boom');
      },
      tick: (facts) => hear(facts, 'tick', { effects: [{ effect: 'timer', name: 'tick', afterMs: 1_000 }] }),
      ...parts.receive,
    },
  });
}

function fatesOf(system: ActorSystem, ...organs: string[]): string[] {
  const fates: string[] = [];
  for (const id of organs) system.watch(id, ({ organ, fate }) => fates.push(`${organ} ${fate}`));
  return fates;
}

describe('an organ that throws', () => {
  it('restarts after a pause with the facts of the disk, and goes on with its mailbox', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([fragile('a')]);
    const fates = fatesOf(cell, 'a');
    cell.tell({ kind: 'a.say', body: 'forgotten' });
    cell.tell({ kind: 'a.keep', body: 'kept' });
    const poison = cell.deliver({ kind: 'a.boom', body: 0 });
    cell.tell({ kind: 'a.say', body: 'later' });
    // What was handled before the failure still becomes durable, and is answered in its order.
    expect([await stage.until(poison), stage.clock.monotonic()]).toEqual([{ ok: false, code: 'internal' }, 5]);
    await stage.clock.advance(LIMITS.restartBackoffMinMs - 1);
    expect([cell.facts('a'), fates]).toEqual([['forgotten', 'kept'], ['a failed']]);
    await stage.clock.advance(LIMITS.restartBackoffMinMs);
    expect([cell.facts('a'), fates]).toEqual([
      ['kept', 'later'],
      ['a failed', 'a restarted'],
    ]);
  });

  it('is not given the poison again, which is a dead letter with its error', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a')]);
    cell.tell({ kind: 'a.boom', body: 'poison' });
    await stage.clock.advance(10_000);
    const letters = cell.deadLetters.list();
    expect(letters).toMatchObject([{ organ: 'a', code: 'internal', input: { kind: 'a.boom', body: 'poison' } }]);
    expect(letters[0]?.error).toEqual(new Error('boom'));
    expect(stage.log.lines.filter(({ event }) => event === 'actor.failed')).toHaveLength(1);
  });

  it('takes messages while it is down, and no more than fit', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a')], { mailboxMax: 2 });
    cell.tell({ kind: 'a.boom', body: 0 });
    await stage.settle();
    for (const body of [1, 2]) cell.tell({ kind: 'a.say', body });
    expect(await cell.deliver({ kind: 'a.say', body: 3 })).toMatchObject({ code: 'busy' });
    await stage.clock.advance(400);
    expect(cell.facts('a')).toEqual([1, 2]);
  });

  it('fails the same way in an action, for an unknown event of its machine, and for a name it does not have', async () => {
    const effects = [
      [{ effect: 'timer', name: 'tock', afterMs: 1 }],
      [{ effect: 'run', name: 'missing', params: 0 }],
      [{ effect: 'ask', to: 'p', tree: null, kind: 'a.x', body: 0, deadlineMs: 1, onAnswer: 'missing' }],
    ] as const;
    for (const wrong of [...effects.map((list) => ({ effects: list })), { signals: [{ type: 'unknown' }] }]) {
      const stage = new Stage();
      const cell = stage.system([fragile('a', { receive: { 'a.wrong': (facts) => ({ facts, ...wrong }) } })]);
      expect(await stage.until(cell.deliver({ kind: 'a.wrong', body: 0 }))).toEqual({ ok: false, code: 'internal' });
      expect(cell.deadLetters.size).toBe(1);
    }
  });

  it('more often than the intensity allows is gone, and the failure climbs', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a'), fragile('b')]);
    const fates = fatesOf(cell, 'a', 'b');
    for (let i = 0; i < LIMITS.restartIntensity; i++) {
      expect((await stage.until(cell.deliver({ kind: 'a.boom', body: i }, { deadlineMs: 60_000 }))).ok).toBe(false);
      expect(stage.escalated).toEqual([]);
    }
    cell.tell({ kind: 'a.boom', body: 'last' });
    const waiting = cell.deliver({ kind: 'a.say', body: 'waiting' }, { deadlineMs: 60_000 });
    expect(await stage.until(waiting)).toEqual({ ok: false, code: 'no-actor' });
    expect(stage.escalated).toEqual([{ organ: 'a', error: new Error('boom') }]);
    expect(fates.slice(-2)).toEqual(['a failed', 'a stopped']);
    expect(await cell.deliver({ kind: 'a.say', body: 'too late' })).toEqual({ ok: false, code: 'no-actor' });
    expect(await stage.until(cell.deliver({ kind: 'b.say', body: 1 }))).toEqual({ ok: true, body: null });
    await stage.until(cell.stop());
    expect(fates.slice(-2)).toEqual(['a stopped', 'b stopped']);
  });

  it('now and then never climbs', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a')]);
    for (let i = 0; i < 3 * LIMITS.restartIntensity; i++) {
      cell.tell({ kind: 'a.boom', body: i });
      await stage.clock.advance(LIMITS.restartPeriodMs / 2);
    }
    expect(stage.escalated).toEqual([]);
    expect(stage.log.lines.filter(({ event }) => event === 'actor.restarted')).toHaveLength(
      3 * LIMITS.restartIntensity,
    );
  });

  it('again while it begins pauses longer each time, until the failure climbs', async () => {
    const stage = new Stage();
    let fails = false;
    const at: number[] = [];
    const begin: Organ<Heard>['begin'] = () => {
      at.push(stage.clock.monotonic());
      if (fails) throw new Error('begin');
      return { facts: [] };
    };
    const cell = stage.system([fragile('a', { begin })]);
    fails = true;
    cell.tell({ kind: 'a.boom', body: 0 });
    await stage.clock.advance(60_000);
    expect(at).toHaveLength(1 + LIMITS.restartIntensity);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(LIMITS.restartBackoffMinMs * 2 ** index);
      expect(pause).toBeLessThanOrEqual(1.5 * LIMITS.restartBackoffMinMs * 2 ** index);
    }
    expect(stage.escalated).toEqual([{ organ: 'a', error: new Error('begin') }]);
  });
});

describe('strategies', () => {
  const begun = async (strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one'): Promise<string[]> => {
    const stage = new Stage();
    const lives: string[] = [];
    const counted = (id: string) =>
      fragile(id, {
        begin: () => {
          lives.push(id);
          return { facts: [] };
        },
      });
    const cell = stage.system([counted('a'), counted('b'), counted('c')], { supervision: { strategy } });
    cell.tell({ kind: 'b.boom', body: 0 });
    await stage.clock.advance(1_000);
    return lives.slice(3);
  };

  it('restart the failed organ, all of them, or it and those started after it, in the order of their start', async () => {
    expect(await begun('one_for_one')).toEqual(['b']);
    expect(await begun('one_for_all')).toEqual(['a', 'b', 'c']);
    expect(await begun('rest_for_one')).toEqual(['b', 'c']);
  });

  it('wait with a common restart until all of them have finished what they held', async () => {
    const stage = new Stage({ flushMs: 2_000 });
    const cell = stage.system([fragile('a'), fragile('b')], { supervision: { strategy: 'one_for_all' } });
    const fates = fatesOf(cell, 'a', 'b');
    const kept = cell.deliver({ kind: 'a.keep', body: 'kept' });
    await stage.settle();
    cell.tell({ kind: 'b.boom', body: 0 });
    await stage.clock.advance(1_999);
    expect(fates).toEqual(['a failed', 'b failed']);
    expect(await stage.until(kept)).toEqual({ ok: true, body: null });
    await stage.clock.advance(400);
    expect(fates.slice(2)).toEqual(['a restarted', 'b restarted']);
    expect(cell.facts('a')).toEqual(['kept']);
  });

  it('take an organ that is down already along with a later failure, once', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a'), fragile('b')], { supervision: { strategy: 'rest_for_one' } });
    const fates = fatesOf(cell, 'a', 'b');
    cell.tell({ kind: 'b.boom', body: 0 });
    await stage.clock.advance(100);
    cell.tell({ kind: 'a.boom', body: 0 });
    await stage.clock.advance(10_000);
    expect(fates).toEqual(['b failed', 'a failed', 'a restarted', 'b restarted']);
  });

  it('end all organs that the failure concerns when it climbs', async () => {
    const stage = new Stage();
    const supervision = { strategy: 'rest_for_one', intensity: 0 } as const;
    const cell = stage.system([fragile('a'), fragile('b'), fragile('c')], { supervision });
    const fates = fatesOf(cell, 'a', 'b', 'c');
    cell.tell({ kind: 'b.boom', body: 0 });
    await stage.clock.advance(10);
    expect(fates).toEqual(['b failed', 'b stopped', 'c failed', 'c stopped']);
    expect(stage.escalated).toHaveLength(1);
  });
});

describe('death watch', () => {
  it('tells of an organ that is not there, or stops', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a')]);
    const changes: FateChange[] = [];
    cell.watch('nobody', (change) => changes.push(change));
    expect(changes).toEqual([]);
    await stage.settle();
    const end = cell.watch('a', () => changes.push({ organ: 'ended watch', fate: 'failed' }));
    cell.watch('a', (change) => changes.push(change));
    end();
    await cell.stop();
    expect(changes).toEqual([
      { organ: 'nobody', fate: 'stopped' },
      { organ: 'a', fate: 'stopped' },
    ]);
  });

  it('is not ended by a listener that throws, nor is the restart', async () => {
    const stage = new Stage();
    const cell = stage.system([fragile('a')]);
    cell.watch('a', () => {
      throw new Error('listener');
    });
    const fates = fatesOf(cell, 'a');
    cell.tell({ kind: 'a.boom', body: 0 });
    await stage.clock.advance(400);
    expect(fates).toEqual(['a failed', 'a restarted']);
    expect(stage.log.lines.filter(({ event }) => event === 'actor.listener-failed')).toHaveLength(2);
  });
});

describe('stop', () => {
  it('finishes the commits under way and lets go what they held; the rest is answered stopping', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([fragile('a')]);
    const kept = cell.deliver({ kind: 'a.keep', body: 'kept' });
    await stage.settle();
    const waiting = cell.deliver({ kind: 'a.say', body: 'waiting' });
    cell.tell({ kind: 'a.say', body: 'told' });
    const stopped = cell.stop();
    expect(cell.stop()).toBe(stopped);
    await stage.until(stopped);
    expect([await kept, await waiting]).toEqual([
      { ok: true, body: null },
      { ok: false, code: 'stopping' },
    ]);
    expect(stage.ports.store.get('facts', 'a/kept')).toBe('kept');
    expect(cell.deadLetters.list()).toMatchObject([{ code: 'stopping', input: { body: 'told' } }]);
    expect([cell.facts('a'), stage.clock.pending]).toEqual([['kept'], 0]);
  });

  it('during a restart waits for the commits under way, then ends the organ for good', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([fragile('a')], { supervision: { intensity: 0 } });
    const kept = cell.deliver({ kind: 'a.keep', body: 'kept' });
    cell.tell({ kind: 'a.boom', body: 0 });
    await stage.settle();
    expect(stage.escalated).toHaveLength(1);
    await stage.until(cell.stop());
    expect([await kept, stage.clock.monotonic(), stage.clock.pending]).toEqual([{ ok: true, body: null }, 5, 0]);
  });

  it('ends a pause before a restart: no timer outlives the system', async () => {
    const stage = new Stage();
    const begin = () => ({ facts: [], effects: [{ effect: 'timer', name: 'tick', afterMs: 50 }] as const });
    const cell = stage.system([fragile('a', { begin }), fragile('b', { begin })]);
    cell.tell({ kind: 'a.boom', body: 0 });
    await stage.settle();
    expect(stage.clock.pending).toBe(2);
    await stage.until(cell.stop());
    expect(stage.clock.pending).toBe(0);
  });
});
