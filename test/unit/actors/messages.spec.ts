import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Bus, type BusEvent } from '../../../src/actors/bus.ts';
import { DeadLetters } from '../../../src/actors/dead-letters.ts';
import { Scheduler } from '../../../src/actors/scheduler.ts';
import { Fault, isFault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import { type Heard, hear, organOf, Stage, someWrite } from './stage.ts';

const ear = (id: string, extra: Parameters<typeof organOf<Heard>>[2] = {}) =>
  organOf<Heard>(id, [], {
    ...extra,
    receive: {
      [`${id}.say`]: (facts, { body }) => hear(facts, body),
      [`${id}.echo`]: (facts, { body }) => hear(facts, body, { effects: [{ effect: 'reply', body }] }),
      [`${id}.bad`]: () => {
        throw new Fault('malformed', 'not that');
      },
      tick: (facts) => hear(facts, 'tick'),
      ...extra.receive,
    },
  });

describe('messages', () => {
  it('are handled in the order of sending, asked or told', async () => {
    const stage = new Stage();
    const cell = stage.system([ear('a')]);
    cell.tell({ kind: 'a.say', body: 1 });
    const answer = cell.deliver({ kind: 'a.echo', body: 2 });
    cell.tell({ kind: 'a.say', body: 3 });
    expect(cell.facts('a')).toEqual([]);
    await stage.settle();
    expect(cell.facts('a')).toEqual([1, 2, 3]);
    expect(await answer).toEqual({ ok: true, body: 2 });
  });

  it('reach an organ of another system in turn: none starves the others', async () => {
    const stage = new Stage();
    const scheduler = new Scheduler(stage.clock);
    const order: string[] = [];
    const noter = (id: string) =>
      organOf(id, 0, {
        receive: {
          [`${id}.go`]: (facts) => {
            if (order.at(-1) !== id) order.push(id);
            return { facts };
          },
        },
      });
    const first = stage.system([noter('a'), noter('b')], { scheduler });
    const second = stage.system([noter('c')], { scheduler });
    for (let i = 0; i < 2 * LIMITS.schedulerBatch; i++) first.tell({ kind: 'a.go', body: i });
    first.tell({ kind: 'b.go', body: 0 });
    second.tell({ kind: 'c.go', body: 0 });
    await stage.settle();
    expect(order).toEqual(['a', 'b', 'c', 'a']);
  });

  it('are answered null where the handler says nothing, once that is durable', async () => {
    const stage = new Stage({ flushMs: 5 });
    const cell = stage.system([
      organOf('a', 0, { receive: { 'a.note': (facts) => ({ facts, writes: [someWrite()] }) } }),
    ]);
    const answer = stage.until(cell.deliver({ kind: 'a.note', body: 1 }));
    expect([await answer, stage.clock.monotonic()]).toEqual([{ ok: true, body: null }, 5]);
  });

  it('are refused with the code of a Fault that the handler throws, which is no failure of the organ', async () => {
    const stage = new Stage();
    const cell = stage.system([ear('a')]);
    cell.tell({ kind: 'a.say', body: 1 });
    const answer = cell.deliver({ kind: 'a.bad', body: 0 });
    cell.tell({ kind: 'a.bad', body: 2 });
    await stage.settle();
    expect(await answer).toEqual({ ok: false, code: 'malformed', detail: 'not that' });
    expect(cell.facts('a')).toEqual([1]);
    expect(cell.deadLetters.list()).toMatchObject([{ code: 'malformed', input: { body: 2 } }]);
    expect(stage.log.lines.some(({ event }) => event === 'actor.failed')).toBe(false);
  });

  it('fit into a mailbox up to its limit; one more is answered busy or fails with mailbox-full', async () => {
    const stage = new Stage();
    const cell = stage.system([ear('a')], { mailboxMax: 2 });
    cell.tell({ kind: 'a.say', body: 1 });
    const fits = cell.deliver({ kind: 'a.echo', body: 2 });
    const busy = cell.deliver({ kind: 'a.echo', body: 3 });
    let thrown: unknown;
    try {
      cell.tell({ kind: 'a.say', body: 4 });
    } catch (error) {
      thrown = error;
    }
    expect(isFault(thrown, 'mailbox-full')).toBe(true);
    expect(await busy).toEqual({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
    await stage.settle();
    expect(await fits).toEqual({ ok: true, body: 2 });
    expect([cell.facts('a'), stage.clock.pending]).toEqual([[1, 2], 0]);
  });

  it('wait no longer than their deadline, though what they led to stays', async () => {
    const stage = new Stage({ flushMs: 100 });
    const write = ear('a', { receive: { 'a.write': (facts) => hear(facts, 'w', { writes: [someWrite()] }) } });
    const cell = stage.system([write]);
    cell.tell({ kind: 'a.write', body: 0 });
    // Handled at once, but its answer is held by the flush before it.
    const held = cell.deliver({ kind: 'a.echo', body: 1 }, { deadlineMs: 99 });
    expect([await stage.until(held), stage.clock.monotonic()]).toEqual([{ ok: false, code: 'deadline' }, 99]);
    await stage.clock.advance(1);
    expect(cell.facts('a')).toEqual(['w', 1]);
  });

  it('whose deadline passed in the mailbox are not handled any more', async () => {
    const stage = new Stage();
    const boom = () => {
      throw new Error('boom');
    };
    const cell = stage.system([ear('a', { receive: { 'a.boom': boom } })]);
    cell.tell({ kind: 'a.boom', body: 0 });
    const late = cell.deliver({ kind: 'a.echo', body: 1 }, { deadlineMs: 10 });
    cell.tell({ kind: 'a.say', body: 2 });
    expect(await stage.until(late)).toEqual({ ok: false, code: 'deadline' });
    await stage.clock.advance(1_000);
    expect(cell.facts('a')).toEqual([2]);
  });

  it('are asked with the common deadline where none is given', async () => {
    const stage = new Stage({ flushMs: 60_000 });
    const cell = stage.system([
      organOf('a', 0, { receive: { 'a.note': (facts) => ({ facts, writes: [someWrite()] }) } }),
    ]);
    expect(await stage.until(cell.deliver({ kind: 'a.note', body: 0 }))).toEqual({ ok: false, code: 'deadline' });
    expect(stage.clock.monotonic()).toBe(LIMITS.askDeadlineMs);
  });

  it('without an organ are dead letters, kept with their kind', async () => {
    const stage = new Stage();
    const cell = stage.system([ear('a')]);
    cell.tell({ kind: 'nobody.there', body: 1 });
    expect(await cell.deliver({ kind: 'nobody.there', body: 2 })).toEqual({ ok: false, code: 'no-actor' });
    expect(await cell.deliver({ kind: 'a.unknown', body: 3 })).toMatchObject({ ok: false, code: 'malformed' });
    cell.tell({ kind: 'a.unknown', body: 4 });
    expect(cell.deadLetters.list().map(({ organ, code, input }) => [organ, code, input.body])).toEqual([
      ['nobody', 'no-actor', 1],
      ['nobody', 'no-actor', 2],
      ['a', 'malformed', 4],
    ]);
  });

  it('can not reach what an organ sets going itself', async () => {
    const stage = new Stage();
    const cell = stage.system([ear('a')]);
    expect([cell.handles('a.say'), cell.handles('tick'), cell.handles('a'), cell.handles('constructor')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(await cell.deliver({ kind: 'tick', body: 0 })).toMatchObject({ ok: false, code: 'no-actor' });
  });

  it('are refused before the start and after the stop', async () => {
    const stage = new Stage();
    const cell = stage.system([ear('a')]);
    await cell.stop();
    expect(await cell.deliver({ kind: 'a.echo', body: 0 })).toEqual({ ok: false, code: 'stopping' });
    cell.tell({ kind: 'a.say', body: 1 });
    expect(cell.deadLetters.list()).toMatchObject([{ code: 'stopping' }]);
  });
});

describe('facts and modes', () => {
  it('of an organ that was never here are a failure', () => {
    const cell = new Stage().system([ear('a')]);
    expect(() => cell.facts('b')).toThrow(Fault);
    expect(() => cell.mode('b')).toThrow("There is no organ 'b'");
  });
});

describe('a system', () => {
  it('refuses two organs of one name, a name that is none, and a peer message without a handler', () => {
    const stage = new Stage();
    expect(() => stage.system([ear('a'), ear('a')])).toThrow("two organs 'a'");
    expect(() => stage.system([ear('a.b')])).toThrow("'a.b' can't be the id");
    expect(() => stage.system([ear('a', { messages: { 'a.lost': {} } })])).toThrow("takes 'a.lost' of peers");
  });

  it('starts once', () => {
    const cell = new Stage().system([ear('a')]);
    expect(() => cell.start([ear('b')])).toThrow('has started');
  });

  it('starts no organ where one can not begin, and leaves nothing behind', async () => {
    const stage = new Stage();
    const first = ear('a', { begin: () => ({ facts: [], effects: [{ effect: 'timer', name: 'tick', afterMs: 1 }] }) });
    const broken = ear('b', {
      begin: () => {
        throw new Error('no begin');
      },
    });
    expect(() => stage.system([first, broken])).toThrow('no begin');
    await stage.settle();
    expect([stage.clock.pending, stage.escalated]).toEqual([0, []]);
  });
});

describe('events of the bus', () => {
  const listener = (id: string) =>
    ear(id, {
      receive: { 'node.leaving': (facts) => hear(facts, 'leaving'), 'tree.edges': (facts) => hear(facts, 'edges') },
    });

  it('come into the mailboxes of the organs that listen, in every system of the node', async () => {
    const stage = new Stage();
    const emitter = ear('e', {
      receive: {
        'e.go': (facts) => ({
          facts,
          writes: [someWrite()],
          effects: [{ effect: 'emit', kind: 'node.leaving', body: {} }],
        }),
      },
    });
    const stem = stage.system([emitter, listener('a')]);
    const cell = stage.system([listener('b'), ear('c')]);
    stem.tell({ kind: 'e.go', body: 0 });
    await stage.settle();
    expect(stem.facts('a')).toEqual([]);
    await stage.clock.advance(5);
    expect([stem.facts('a'), cell.facts('b'), cell.facts('c')]).toEqual([['leaving'], ['leaving'], []]);
  });

  it('of one kind are told to who asked for that kind, until the bus is closed', () => {
    const { bus } = new Stage();
    const told: unknown[] = [];
    const listen = (name: string) =>
      bus.on('pulse.sovereignty').subscribe({
        next: ({ sovereign }) => told.push([name, sovereign]),
        complete: () => told.push([name, 'over']),
      });
    const first = listen('first');
    bus.emit('node.leaving', {});
    bus.emit('pulse.sovereignty', { sovereign: true });
    listen('second');
    first.unsubscribe();
    bus.emit('pulse.sovereignty', { sovereign: false });
    bus.close();
    bus.emit('pulse.sovereignty', { sovereign: true });
    listen('late');
    expect(told).toEqual([
      ['first', true],
      ['second', false],
      ['second', 'over'],
      ['late', 'over'],
    ]);
  });

  it('never reach the organ they are named after', async () => {
    const stage = new Stage();
    const cell = stage.system([listener('tree')]);
    stage.bus.emit('tree.edges', { tree: 't', parent: null, children: [] });
    stage.bus.emit('node.leaving', {});
    await stage.settle();
    expect(cell.facts('tree')).toEqual(['leaving']);
  });

  it('that find a full mailbox are dead letters', async () => {
    const stage = new Stage();
    const cell = stage.system([listener('a')], { mailboxMax: 1 });
    for (let i = 0; i < 2; i++) stage.bus.emit('node.leaving', {});
    await stage.settle();
    expect(cell.facts('a')).toEqual(['leaving']);
    expect(cell.deadLetters.list()).toMatchObject([
      { organ: 'a', code: 'mailbox-full', input: { kind: 'node.leaving' } },
    ]);
  });

  it('are heard by nobody any more once the system has stopped', async () => {
    const stage = new Stage();
    const events$ = stage.bus.events$;
    let listening = 0;
    const counted = new Observable<BusEvent>((subscriber) => {
      listening++;
      const subscription = events$.subscribe(subscriber);
      return () => {
        listening--;
        subscription.unsubscribe();
      };
    });
    const cell = stage.system([listener('a')], { bus: Object.assign(stage.bus, { events$: counted }) });
    expect(listening).toBe(1);
    await cell.stop();
    expect(listening).toBe(0);
    stage.bus.emit('node.leaving', {});
    await stage.settle();
    expect([cell.facts('a'), cell.deadLetters.size]).toEqual([[], 0]);
  });

  it('reach all listeners in one order, though a listener emits while it listens', () => {
    const bus = new Bus();
    const heard: string[] = [];
    bus.on('node.leaving').subscribe(() => bus.emit('pulse.condemned', { nodes: ['x'] }));
    bus.events$.subscribe(({ kind }) => heard.push(kind));
    bus.on('pulse.condemned').subscribe(({ nodes }) => heard.push(...nodes));
    bus.emit('node.leaving', {});
    expect(heard).toEqual(['node.leaving', 'pulse.condemned', 'x']);
    bus.close();
    bus.emit('node.leaving', {});
    expect(heard).toHaveLength(3);
  });

  it('end with a failure where listeners answer each with two more', () => {
    const bus = new Bus();
    let emitted = 0;
    let failure: unknown;
    bus.on('node.leaving').subscribe(() => {
      try {
        for (let i = 0; i < 2; i++) bus.emit('node.leaving', {});
        emitted += 2;
      } catch (error) {
        failure ??= error;
        bus.close();
      }
    });
    bus.emit('node.leaving', {});
    expect(isFault(failure, 'mailbox-full')).toBe(true);
    expect(emitted).toBeGreaterThanOrEqual(LIMITS.busBacklogMax);
  });
});

describe('dead letters', () => {
  it('keep the newest up to the limit, and count what had to make room', () => {
    const letters = new DeadLetters(2);
    for (const body of [1, 2, 3])
      letters.add({ at: 0, system: 's', organ: 'o', input: { kind: 'o.x', body }, code: 'busy' });
    expect([letters.size, letters.dropped]).toEqual([2, 1]);
    expect(letters.list().map(({ input }) => input.body)).toEqual([2, 3]);
  });
});
