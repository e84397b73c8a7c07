import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import { anything, count, shape } from '../../../src/contract/schema.ts';
import type { Message } from '../../../src/contract/wire.ts';
import { laneMessages, readMark, SKIP_KIND } from '../../../src/organs/outbox/index.ts';
import type { Origin } from '../../../src/runtime/membrane/gate.ts';
import { Quarantine } from '../../../src/runtime/node/quarantine.ts';
import { Reception } from '../../../src/runtime/node/reception.ts';
import { Vocabulary } from '../../../src/runtime/node/vocabulary.ts';
import { nodeName, treeName } from '../../stage/organism.ts';
import { hear, organOf, Stage, someWrite } from '../actors/stage.ts';

const PEER = nodeName(2);
const TREE = treeName('shardTree');
const ORIGIN: Origin = { from: PEER, spki: 'key', incarnation: 1, lane: 'ordered', sentAt: 0 };

/** Takes what it is told and does with it what its kind says. */
const clerk = organOf<readonly unknown[]>('w', [], {
  messages: {
    'w.take': shape({ n: count }),
    'w.refuse': anything,
    'w.stop': anything,
    'w.later': anything,
    'w.boom': anything,
  },
  receive: {
    'w.take': (facts, { body }: { body: { n: number } }) =>
      hear(facts, body.n, { writes: [someWrite('taken', body.n)] }),
    'w.refuse': (facts) => ({
      facts,
      effects: [{ effect: 'refuse', code: 'conflict', detail: 'no', body: { mark: 99 } }],
    }),
    'w.stop': (facts) => ({ facts, effects: [{ effect: 'refuse', code: 'stopping' }] }),
    'w.later': (facts) => ({
      facts,
      effects: [
        { effect: 'defer', token: 't' },
        { effect: 'timer', name: 'w.due', afterMs: 50 },
      ],
    }),
    'w.due': (facts) => ({
      facts,
      effects: [{ effect: 'answer', token: 't', outcome: { ok: false, code: 'not-found' } }],
    }),
    'w.boom': () => {
      throw new Error('boom');
    },
  },
});

class Desk {
  readonly stage: Stage;
  readonly reception: Reception;

  constructor(stage = new Stage(), cells = true) {
    this.stage = stage;
    const vocabulary = new Vocabulary();
    vocabulary.add([clerk, { messages: laneMessages, answers: {} }]);
    this.reception = new Reception({
      vocabulary,
      stem: stage.system([clerk]),
      cells: new Map(cells ? [[TREE, stage.system([clerk])]] : []),
      store: stage.ports.store,
      quarantine: new Quarantine(stage.ports.clock),
      answer: () => undefined,
    });
  }

  take(id: number, kind: string, body: Message['body'] = null, tree: string | null = TREE): Promise<Outcome> {
    return this.stage.until(this.reception.deliver({ id: String(id), kind, body, tree }, ORIGIN));
  }

  mark(tree: string | null = TREE) {
    const { settled, refused } = readMark(this.stage.ports.store, PEER, tree);
    return { settled, refused };
  }
}

const applied: Outcome = { ok: true, body: null };
const refusal = (code: string, mark: number) => expect.objectContaining({ ok: false, code, body: { mark } });

describe('a message of the ordered lane', () => {
  it('has its effect once, together with its mark', async () => {
    const desk = new Desk();
    expect(await desk.take(1, 'w.take', { n: 5 })).toEqual(applied);
    expect(desk.stage.ports.store.get('facts', 'taken')).toBe(5);
    expect(desk.mark()).toEqual({ settled: 1, refused: {} });
    expect(await desk.take(1, 'w.take', { n: 6 })).toEqual(refusal('duplicate', 1));
    expect(await desk.take(3, 'w.take', { n: 7 })).toEqual(refusal('gap', 1));
    expect(desk.stage.ports.store.get('facts', 'taken')).toBe(5);
  });

  it.each([
    ['by its organ', 'w.refuse', null, 'conflict'],
    ['because its body is none of its kind', 'w.take', { n: 'x' }, 'malformed'],
    ['in an answer that was put off', 'w.later', null, 'not-found'],
  ])('refused %s is refused again the same way, and later ones go on', async (_why, kind, body, code) => {
    const desk = new Desk();
    expect(await desk.take(1, kind, body)).toEqual(refusal(code, 1));
    expect(desk.mark()).toEqual({ settled: 1, refused: { 1: code } });
    expect(await desk.take(1, 'w.take', { n: 1 })).toEqual(refusal(code, 1));
    expect(await desk.take(2, 'w.take', { n: 2 })).toEqual(applied);
    expect(await desk.take(1, kind, body)).toEqual(refusal(code, 2));
  });

  it('is refused for good where no cell here takes it, and where the gate does not know its kind', async () => {
    const desk = new Desk(new Stage(), false);
    expect(await desk.take(1, 'w.take', { n: 1 })).toEqual(refusal('no-actor', 1));
    const strange: Message = { id: '2', tree: TREE, kind: 'x.unheard', body: null };
    const refuse = () => desk.stage.until(desk.reception.refuse(strange, ORIGIN, 'unknown-kind'));
    expect(await refuse()).toEqual(refusal('unknown-kind', 2));
    expect(await refuse()).toEqual(refusal('unknown-kind', 2));
    expect(desk.mark()).toEqual({ settled: 2, refused: { 1: 'no-actor', 2: 'unknown-kind' } });
  });

  it('leaves no mark where its organ can’t take it just now', async () => {
    const desk = new Desk();
    expect(await desk.take(1, 'w.stop')).toMatchObject({ code: 'stopping' });
    expect(desk.mark()).toEqual({ settled: 0, refused: {} });
    expect(await desk.take(1, 'w.take', { n: 1 })).toEqual(applied);
  });

  it('waits for the next start of the node where its organ has failed for good', async () => {
    const stage = new Stage();
    const desk = new Desk(stage, false);
    for (const id of [1, 2]) {
      for (let tries = 1; tries < LIMITS.poisonTries; tries++)
        expect(await desk.take(id, 'w.boom', id, null)).toMatchObject({ code: 'busy' });
      expect(await desk.take(id, 'w.boom', id, null)).toMatchObject({ code: 'internal' });
    }
    expect(stage.escalated).toHaveLength(1);
    expect(await desk.take(3, 'w.take', { n: 1 }, null)).toEqual({ ok: false, code: 'stopping' });
    expect(desk.mark(null).settled).toBe(2);
  });

  it('is offered again where it makes its organ fail, refused after its tries, and never handed to it again', async () => {
    const stage = new Stage();
    const desk = new Desk(stage);
    const passing = { ok: false, code: 'busy', retryAfterMs: LIMITS.poisonRetryMs };
    for (let tries = 1; tries < LIMITS.poisonTries; tries++) {
      expect(await desk.take(1, 'w.boom')).toEqual(passing);
      expect(desk.mark()).toEqual({ settled: 0, refused: {} });
      // Nothing goes past it.
      expect(await desk.take(2, 'w.take', { n: 2 })).toEqual(refusal('gap', 0));
    }
    expect(await desk.take(1, 'w.boom')).toEqual(refusal('internal', 1));
    expect(desk.mark()).toEqual({ settled: 1, refused: { 1: 'internal' } });
    expect(await desk.take(1, 'w.boom')).toEqual(refusal('internal', 1));
    const failures = stage.log.lines.filter(({ event }) => event === 'actor.failed').length;
    expect(await desk.take(2, 'w.boom')).toEqual(refusal('internal', 2));
    expect(stage.log.lines.filter(({ event }) => event === 'actor.failed')).toHaveLength(failures);
    expect(await desk.take(3, 'w.take', { n: 3 })).toEqual(applied);
  });

  it('may be a skip, whose mark is all its effect', async () => {
    const desk = new Desk();
    expect(await desk.take(4, SKIP_KIND, { after: 1 })).toEqual(refusal('gap', 0));
    expect(await desk.take(4, SKIP_KIND, { after: 0 })).toEqual(applied);
    expect(await desk.take(4, SKIP_KIND, { after: 0 })).toEqual(refusal('duplicate', 4));
    expect(await desk.take(5, SKIP_KIND, { afar: 4 })).toMatchObject({ code: 'malformed' });
    expect(desk.mark()).toEqual({ settled: 4, refused: {} });
  });

  it.each([
    ['full', new Fault('disk-full'), 'disk-full'],
    ['broken', new Error('I/O error'), 'busy'],
  ])('is not refused for good while the disk is %s and can’t remember it', async (_how, error, told) => {
    let works = false;
    const stage = new Stage({
      store: (store) => ({
        get: (table, key) => store.get(table, key),
        bytes: (key) => store.bytes(key),
        has: (table, key) => store.has(table, key),
        range: (table, options) => store.range(table, options),
        commit: (writes) => (works ? store.commit(writes) : Promise.reject(error)),
        full: false,
        close: () => store.close(),
      }),
    });
    const reception = new Desk(stage, false).reception;
    const take = () => stage.until(reception.deliver({ id: '1', tree: TREE, kind: 'w.take', body: { n: 1 } }, ORIGIN));
    await expect(take()).rejects.toMatchObject({ code: told });
    works = true;
    expect(await take()).toEqual(refusal('no-actor', 1));
  });
});

describe('a message of the control lane', () => {
  const control: Origin = { ...ORIGIN, lane: 'control' };

  it('leaves no mark, whatever becomes of it', async () => {
    const desk = new Desk();
    const tell = (kind: string, body: Message['body'], tree: string | null = TREE) =>
      desk.stage.until(desk.reception.deliver({ id: 'x', tree, kind, body }, control));
    expect(await tell('w.take', { n: 1 })).toEqual(applied);
    expect(await tell('w.refuse', null)).toEqual({ ok: false, code: 'conflict', detail: 'no', body: { mark: 99 } });
    expect(await tell('w.take', 7)).toMatchObject({ code: 'malformed' });
    expect(await tell('w.take', { n: 1 }, nodeName(9))).toMatchObject({ code: 'no-actor' });
    expect([...desk.stage.ports.store.range('marks')]).toEqual([]);
  });
});
