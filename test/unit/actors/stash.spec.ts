import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { Inbox } from '../../../src/actors/inbox.ts';
import { Letter } from '../../../src/actors/letter.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Organ } from '../../../src/contract/organ.ts';
import { type Heard, hear, organOf, Stage } from './stage.ts';

const machine = (meta?: { stash: string[] }) =>
  setup({}).createMachine({
    id: 'a',
    initial: 'open',
    states: {
      open: { on: { close: 'moving' } },
      moving: { tags: ['stashing'], ...(meta === undefined ? {} : { meta }), on: { open: 'open', again: 'settling' } },
      settling: { tags: ['stashing'], on: { open: 'open' } },
    },
  });

const organ = (meta?: { stash: string[] }): Organ<Heard> =>
  organOf<Heard>('a', [], {
    machine: machine(meta),
    receive: {
      'a.say': (facts, { body }) => hear(facts, body),
      'a.other': (facts, { body }) => hear(facts, body),
      'a.go': (facts, { body }: { body: string }) => hear(facts, body, { signals: [{ type: body }] }),
      'node.leaving': (facts) => hear(facts, 'event'),
      'a.later': (facts, { body }: { body: string }) => ({
        facts,
        effects: [{ effect: 'timer', name: 'tick', afterMs: 1, body }],
      }),
      tick: (facts, { body }: { body: string }) => hear(facts, `tick ${body}`, { signals: [{ type: body }] }),
    },
  });

describe('an inbox', () => {
  it('gives what was held before what came later, also when it is held a second time', () => {
    const inbox = new Inbox(10);
    const letter = (body: number) => new Letter({ kind: 'a.say', body }, 'request');
    const [one, two, three] = [letter(1), letter(2), letter(3)];
    inbox.hold(one);
    inbox.hold(two);
    inbox.offer(three);
    inbox.replay();
    expect(inbox.next()).toBe(one);
    inbox.hold(one);
    inbox.replay();
    expect([inbox.length, inbox.next(), inbox.next(), inbox.next(), inbox.next()]).toEqual([
      3,
      one,
      two,
      three,
      undefined,
    ]);
  });
});

describe('a stashing mode', () => {
  it('holds back every request, lets timers and events through, and replays in order on leaving', async () => {
    const stage = new Stage();
    const cell = stage.system([organ()]);
    cell.tell({ kind: 'a.later', body: 'open' });
    cell.tell({ kind: 'a.go', body: 'close' });
    const asked = cell.deliver({ kind: 'a.say', body: 1 });
    cell.tell({ kind: 'a.other', body: 2 });
    stage.bus.emit('node.leaving', {});
    await stage.settle();
    expect(cell.facts('a')).toEqual(['close', 'event']);
    await stage.clock.advance(1);
    expect(cell.facts('a')).toEqual(['close', 'event', 'tick open', 1, 2]);
    expect(await asked).toEqual({ ok: true, body: null });
  });

  it('holds back only the kinds that its meta lists, events too', async () => {
    const stage = new Stage();
    const cell = stage.system([organ({ stash: ['a.say', 'node.leaving'] })]);
    cell.tell({ kind: 'a.go', body: 'close' });
    cell.tell({ kind: 'a.say', body: 1 });
    stage.bus.emit('node.leaving', {});
    cell.tell({ kind: 'a.other', body: 2 });
    cell.tell({ kind: 'a.go', body: 'open' });
    cell.tell({ kind: 'a.say', body: 3 });
    await stage.settle();
    expect(cell.facts('a')).toEqual(['close', 2, 'open', 1, 'event', 3]);
  });

  it('followed by another one goes on holding back in the same order', async () => {
    const stage = new Stage();
    const cell = stage.system([organ({ stash: ['a.say'] })]);
    for (const body of ['close', 1, 'again', 2]) {
      cell.tell({ kind: typeof body === 'string' ? 'a.go' : 'a.say', body });
    }
    cell.tell({ kind: 'a.other', body: 3 });
    await stage.settle();
    expect([cell.facts('a'), cell.mode('a')]).toEqual([['close', 'again'], 'settling']);
    await cell.stop();
    expect(cell.deadLetters.list().map(({ input }) => input.body)).toEqual([1, 2, 3]);
  });

  it('ends with a restart, which replays what was held', async () => {
    const stage = new Stage();
    const boom = {
      tick: () => {
        throw new Error('boom');
      },
    };
    const cell = stage.system([{ ...organ(), receive: { ...organ().receive, ...boom } }]);
    cell.tell({ kind: 'a.later', body: 'x' });
    cell.tell({ kind: 'a.go', body: 'close' });
    for (const body of [1, 2]) cell.tell({ kind: 'a.say', body });
    await stage.clock.advance(400);
    expect([cell.facts('a'), cell.mode('a')]).toEqual([[1, 2], 'open']);
  });

  it('holds so many, and answers the next one busy', async () => {
    const stage = new Stage();
    const cell = stage.system([organ()]);
    cell.tell({ kind: 'a.go', body: 'close' });
    const asks = Array.from({ length: LIMITS.stashMax + 1 }, (_, body) => cell.deliver({ kind: 'a.say', body }));
    cell.tell({ kind: 'a.say', body: 'told' });
    await stage.settle();
    expect(await asks.at(-1)).toEqual({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
    expect(cell.deadLetters.list()).toMatchObject([{ code: 'busy', input: { body: 'told' } }]);
    await cell.stop();
    expect(await asks[LIMITS.stashMax - 1]).toEqual({ ok: false, code: 'stopping' });
  });
});
