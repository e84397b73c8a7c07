import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { Store, Write } from '../../../src/contract/ports.ts';
import { organOf, Stage, someWrite, told, writer } from './stage.ts';

describe('what a step says', () => {
  it('leaves only after its writes are flushed', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    const outcomes: Outcome[] = [];
    void cell.deliver({ kind: 'w.write', body: 1 }).then((outcome) => outcomes.push(outcome));
    await stage.clock.advance(4);
    expect([told(stage), outcomes, stage.ports.store.get('facts', 'count')]).toEqual([[], [], undefined]);
    await stage.clock.advance(1);
    expect([told(stage), outcomes]).toEqual([['1'], [{ ok: true, body: 1 }]]);
    expect(stage.ports.store.get('facts', 'count')).toBe(1);
  });

  it('leaves at once where nothing is written and nothing is held before it', async () => {
    const stage = new Stage();
    const cell = stage.system([writer]);
    cell.tell({ kind: 'w.read', body: 1 });
    await stage.settle();
    expect(told(stage)).toEqual(['1']);
  });

  it('waits for the steps before it, though it writes nothing itself', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    cell.tell({ kind: 'w.write', body: 1 });
    const read = cell.deliver({ kind: 'w.read', body: 2 });
    await stage.clock.advance(4);
    expect(told(stage)).toEqual([]);
    await stage.clock.advance(1);
    expect(told(stage)).toEqual(['1', '2']);
    // It was handled on the facts of the step before it, without waiting for the disk.
    expect(await read).toEqual({ ok: true, body: 1 });
  });

  it('does not wait for the steps after it', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    cell.tell({ kind: 'w.write', body: 1 });
    await stage.clock.advance(1);
    cell.tell({ kind: 'w.read', body: 2 });
    cell.tell({ kind: 'w.write', body: 3 });
    await stage.clock.advance(4);
    expect(told(stage)).toEqual(['1', '2']);
    await stage.clock.advance(5);
    expect(told(stage)).toEqual(['1', '2', '3']);
  });

  it('never leaves where the process dies between handling and flush', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    const answer = cell.deliver({ kind: 'w.write', body: 1 });
    await stage.clock.advance(4);
    cell.kill();
    stage.disk.crash();
    await stage.clock.advance(100);
    expect([told(stage), await answer]).toEqual([[], { ok: false, code: 'stopping' }]);
    expect(stage.disk.open({ clock: stage.clock }).get('facts', 'count')).toBeUndefined();
    expect(stage.clock.pending).toBe(0);
  });

  it('shows in facts() and mode() only once it is durable', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    cell.tell({ kind: 'w.write', body: 1 });
    await stage.clock.advance(4);
    expect(cell.facts('w')).toEqual([]);
    await stage.clock.advance(1);
    expect(cell.facts('w')).toEqual([1]);
  });
});

describe('commits', () => {
  const counting = (): { stage: Stage; commits: number[] } => {
    const commits: number[] = [];
    const count = (store: Store): Store =>
      Object.assign(Object.create(store) as Store, {
        get: store.get.bind(store),
        commit: (writes: readonly Write[]) => {
          commits.push(writes.length);
          return store.commit(writes);
        },
      });
    return { stage: new Stage({ flushMs: 5, store: count }), commits };
  };

  it('take a batch together, then all that gathered during the flush before', async () => {
    const { stage, commits } = counting();
    const cell = stage.system([writer]);
    for (const body of [1, 2, 3]) cell.tell({ kind: 'w.write', body });
    await stage.clock.advance(1);
    for (const body of [4, 5]) cell.tell({ kind: 'w.write', body });
    await stage.clock.advance(1);
    for (const body of [6, 7]) cell.tell({ kind: 'w.write', body });
    await stage.clock.advance(20);
    expect(commits).toEqual([3, 4]);
    expect(told(stage)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });

  it('hold so many steps, and then no further message is handled until one leaves', async () => {
    const stage = new Stage({ flushMs: 5 });
    const max = LIMITS.heldStepsMax;
    let handled = 0;
    const organ = organOf('w', 0, {
      receive: {
        'w.write': (facts) => {
          handled++;
          return { facts, writes: [someWrite()] };
        },
      },
    });
    const cell = stage.system([organ], { mailboxMax: 2 * max });
    // One alone, so that the limit falls into the middle of a batch.
    cell.tell({ kind: 'w.write', body: 0 });
    await stage.settle();
    for (let i = 0; i < max; i++) cell.tell({ kind: 'w.write', body: i });
    await stage.clock.advance(4);
    expect(handled).toBe(max);
    await stage.clock.advance(1);
    expect(handled).toBe(max + 1);
  });

  it('keep what the asker wants written alongside in the same transaction', async () => {
    const { stage, commits } = counting();
    const cell = stage.system([writer]);
    const mark: Write = { table: 'marks', key: 'peer', value: 7 };
    const asked = cell.deliver({ kind: 'w.write', body: 1 }, { alongside: () => [mark] });
    await Promise.all([asked, stage.clock.advance(10)]);
    expect([commits, stage.ports.store.get('marks', 'peer')]).toEqual([[2], 7]);
  });

  it('are told by what they answer which marks they are to keep', async () => {
    const stage = new Stage();
    const cell = stage.system([writer]);
    const alongside = (key: string) => (outcome: Outcome | undefined) => {
      const value = outcome === undefined ? 'later' : outcome.ok ? 'done' : outcome.code;
      return value === 'busy' ? [] : [{ table: 'marks', key, value } as const];
    };
    const kinds = ['write', 'refuse', 'boom', 'busy', 'defer'];
    const asks = kinds.map((what) => cell.deliver({ kind: `w.${what}`, body: what }, { alongside: alongside(what) }));
    await stage.clock.advance(60_000);
    expect(await Promise.all(asks)).toEqual([
      { ok: true, body: 'write' },
      { ok: false, code: 'conflict', detail: 'd', body: 3 },
      { ok: false, code: 'internal' },
      { ok: false, code: 'busy', retryAfterMs: 7 },
      { ok: false, code: 'deadline' },
    ]);
    const kept = kinds.map((key) => stage.ports.store.get('marks', key));
    expect(kept).toEqual(['done', 'conflict', 'internal', undefined, 'later']);
  });
});

describe('durable messages', () => {
  it('are rows of the same transaction, and the outlet hears when they are on the disk', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([writer]);
    const answer = cell.deliver({ kind: 'w.queue', body: 0 });
    await stage.clock.advance(4);
    expect(stage.outlet.sent).toEqual([]);
    await stage.clock.advance(1);
    expect(await answer).toEqual({ ok: true, body: 'queued' });
    expect([...stage.ports.store.range('outbox')]).toEqual([
      ['row-1', 'row'],
      ['row-2', 'row'],
    ]);
    expect(stage.outlet.sent).toEqual(['enqueued', 'enqueued']);
  });

  it('leave nothing of their step where the outbox is full, and the organ goes on', async () => {
    const stage = new Stage();
    stage.outlet.room = 1;
    const cell = stage.system([writer]);
    const answer = cell.deliver({ kind: 'w.queue', body: 0 });
    cell.tell({ kind: 'w.queue', body: 1 });
    await stage.clock.advance(10);
    expect(await answer).toEqual({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
    expect([...stage.ports.store.range('outbox')]).toEqual([]);
    expect(stage.outlet.abandonedRows.map(({ key }) => key)).toEqual(['row-1']);
    expect(cell.deadLetters.list().map(({ code, input }) => [code, input.body])).toEqual([['outbox-full', 1]]);
    expect(stage.log.lines.map(({ event }) => event)).not.toContain('actor.failed');
  });
});
