import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import { organOf, Stage, someWrite, told, writer } from './stage.ts';

describe('a disk that takes nothing', () => {
  it('fails all that was held with disk-full, and the organ starts again from the disk at once', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    await Promise.all([cell.deliver({ kind: 'w.write', body: 1 }), stage.clock.advance(5)]);
    stage.disk.failNext('disk-full');
    const answers = [2, 3].map((body) => cell.deliver({ kind: 'w.write', body }));
    await stage.clock.advance(1);
    const late = cell.deliver({ kind: 'w.read', body: 4 });
    await stage.clock.advance(4);
    for (const answer of [...answers, late]) expect(await answer).toMatchObject({ ok: false, code: 'disk-full' });
    expect(await cell.deliver({ kind: 'w.read', body: 5 })).toEqual({ ok: true, body: 1 });
    expect(cell.facts('w')).toEqual(['from disk', 5]);
    expect(told(stage)).toEqual(['1', '5']);
  });

  /** A disk that takes nothing, and an organ that wants to write every 100 ms. */
  const unstorable = (options: Parameters<Stage['system']>[1] = {}) => {
    const stage = new Stage({ flushMs: 1 });
    const cell = stage.system([writer], options);
    const lives: number[] = [];
    cell.watch('w', ({ fate }) => fate === 'restarted' && lives.push(stage.clock.monotonic()));
    stage.disk.capacityBytes = 0;
    const write = (): void => {
      cell.tell({ kind: 'w.write', body: 0 });
      stage.clock.schedule(100, write);
    };
    write();
    const logged = (event: string) => stage.log.lines.filter((line) => line.event === event);
    return { stage, cell, lives, logged };
  };

  it('lets it try again after pauses that double up to their limit, with jitter, and never counts as its failure', async () => {
    const { stage, lives, logged } = unstorable();
    await stage.clock.advance(60_000);
    const pauses = lives.slice(1).map((at, index) => at - (lives[index] ?? 0));
    for (const [index, pause] of pauses.slice(0, 4).entries()) {
      expect(pause).toBeGreaterThanOrEqual(LIMITS.restartBackoffMinMs * 2 ** index);
      expect(pause).toBeLessThanOrEqual(1.5 * LIMITS.restartBackoffMinMs * 2 ** index + 105);
    }
    for (const pause of pauses.slice(5)) expect(Math.abs(pause - LIMITS.unstoredBackoffMaxMs)).toBeLessThan(105);
    expect(lives.length).toBeLessThan(20);
    expect([stage.escalated, logged('actor.failed'), logged('actor.restarted')]).toEqual([[], [], []]);
  });

  it('is logged once in a while, and once when it takes something again, which it does by itself', async () => {
    const { stage, cell, logged } = unstorable();
    await stage.clock.advance(2.5 * LIMITS.unstoredLogMs);
    expect(logged('actor.not-stored').length).toBeGreaterThanOrEqual(2);
    expect(logged('actor.not-stored').length).toBeLessThanOrEqual(3);
    expect(logged('actor.stored-again')).toEqual([]);
    stage.disk.capacityBytes = Number.POSITIVE_INFINITY;
    await stage.clock.advance(LIMITS.unstoredBackoffMaxMs + LIMITS.storeRetryMs + 100);
    expect(logged('actor.stored-again')).toHaveLength(1);
    expect(stage.ports.store.has('facts', 'count')).toBe(true);
    const answer = stage.until(cell.deliver({ kind: 'w.write', body: 1 }));
    expect(await answer).toEqual({ ok: true, body: 1 });
  });

  it('is told at once to whoever asks while the organ pauses, and to who was waiting when it went down', async () => {
    const { stage, cell } = unstorable({ mailboxMax: 2 * LIMITS.heldStepsMax });
    let waiting: Promise<Outcome> | undefined;
    let down = false;
    await stage.clock.advance(1_000);
    cell.watch('w', ({ fate }) => {
      down = fate === 'failed';
      if (down || waiting !== undefined) return;
      // As many steps as are held at most: what comes after them stays in the mailbox.
      for (let body = 0; body < LIMITS.heldStepsMax; body++) cell.tell({ kind: 'w.write', body });
      waiting = cell.deliver({ kind: 'w.read', body: 0 });
    });
    await stage.clock.runUntil(() => waiting !== undefined && down, 10_000);
    const at = stage.clock.monotonic();
    expect(await waiting).toMatchObject({ ok: false, code: 'disk-full' });
    expect(await cell.deliver({ kind: 'w.read', body: 0 })).toMatchObject({ ok: false, code: 'disk-full' });
    expect(stage.clock.monotonic()).toBe(at);
  });

  it('is told to those who were owed an answer by a step before: to come back in a moment would be in vain', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    const owed = cell.deliver({ kind: 'w.defer', body: 'one' });
    await stage.settle();
    stage.disk.failNext('disk-full');
    cell.tell({ kind: 'w.write', body: 1 });
    await stage.clock.advance(5);
    expect(await owed).toMatchObject({ ok: false, code: 'disk-full' });
  });

  it('gives the outbox back its rows, and makes dead letters of what nobody waits for', async () => {
    const stage = new Stage();
    const cell = stage.system([writer]);
    stage.disk.failNext('disk-full');
    cell.tell({ kind: 'w.queue', body: 0 });
    await stage.clock.advance(10);
    expect(stage.outlet.abandonedRows).toHaveLength(2);
    expect(cell.deadLetters.list()).toMatchObject([{ organ: 'w', code: 'disk-full', input: { kind: 'w.queue' } }]);
    expect(stage.outlet.sent).toEqual([]);
  });

  it('makes an organ pause that can not even start on it', async () => {
    const stage = new Stage({ flushMs: 1 });
    let begun = 0;
    const organ = organOf('w', 0, {
      begin: () => {
        begun++;
        return { facts: 0, writes: [someWrite()] };
      },
    });
    stage.disk.failNext('disk-full');
    stage.system([organ]);
    const begunAt: number[] = [];
    await stage.clock.runUntil(() => begun > begunAt.length && begunAt.push(stage.clock.monotonic()) > 3, 60_000);
    const pauses = begunAt.slice(1).map((at, index) => at - (begunAt[index] ?? 0));
    expect(pauses[0]).toBe(1);
    for (const [index, pause] of pauses.slice(1).entries()) {
      expect(pause).toBeGreaterThan(LIMITS.restartBackoffMinMs * 2 ** index);
      expect(pause).toBeLessThanOrEqual(1.5 * LIMITS.restartBackoffMinMs * 2 ** index + 1);
    }
    // Once there is room again it starts for good.
    await stage.until(stage.ports.store.commit([{ table: 'facts', key: 'k', remove: true }]));
    await stage.clock.advance(60_000);
    expect(begun).toBe(5);
    expect(stage.escalated).toEqual([]);
  });

  it('is a counted failure where it is broken rather than full', async () => {
    const stage = new Stage();
    const cell = stage.system([writer]);
    stage.disk.failNext('corrupt', LIMITS.restartIntensity + 1);
    for (let i = 0; i <= LIMITS.restartIntensity; i++) {
      const answer = cell.deliver({ kind: 'w.write', body: i }, { deadlineMs: 60_000 });
      expect(await stage.until(answer)).toMatchObject({ ok: false, code: 'corrupt' });
    }
    expect(stage.escalated.map(({ organ }) => organ)).toEqual(['w']);
  });
});
