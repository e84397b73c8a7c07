import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Answer, Effect, EffectScope, Organ } from '../../../src/contract/organ.ts';
import { type Heard, hear, organOf, Stage, someWrite } from './stage.ts';

const timer = (name: string, afterMs: number, body?: unknown): Effect => ({ effect: 'timer', name, afterMs, body });

const ask = (body: number, onAnswer = 'answered'): Effect => ({
  effect: 'ask',
  to: 'peer',
  tree: 't',
  kind: 'x.y',
  body,
  deadlineMs: 100,
  onAnswer,
  tag: body,
});

/** Does the effects that a message brings along, and remembers what it hears. */
const doer = (parts: Partial<Organ<Heard>> = {}): Organ<Heard> =>
  organOf<Heard>('d', [], {
    ...parts,
    receive: {
      'd.do': (facts, { body }: { body: readonly Effect[] }) => hear(facts, 'do', { effects: body }),
      'd.write': (facts) => hear(facts, 'write', { writes: [someWrite()] }),
      'd.boom': () => {
        throw new Error('boom');
      },
      tick: (facts, { body }) => hear(facts, body ?? 'tick'),
      tock: (facts) => hear(facts, 'tock'),
      answered: (facts, { body }: { body: Answer }) =>
        hear(facts, [body.tag, body.outcome.ok ? body.outcome.body : body.outcome.code]),
      ...parts.receive,
    },
  });

describe('timers', () => {
  it('come back by name, are set anew by the same name, and are taken back', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.do', body: [timer('tick', 10, 'first'), timer('tock', 10), timer('tick', 20, 'second')] });
    await stage.settle();
    expect(stage.clock.pending).toBe(2);
    await stage.clock.advance(19);
    expect(cell.facts('d')).toEqual(['do', 'tock']);
    cell.tell({ kind: 'd.do', body: [timer('tock', 5), { effect: 'untimer', name: 'tock' }] });
    await stage.clock.advance(100);
    expect(cell.facts('d')).toEqual(['do', 'tock', 'do', 'second']);
  });

  it('are set once the step that sets them is durable', async () => {
    const stage = new Stage({ flushMs: 50 });
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.write', body: 0 });
    cell.tell({ kind: 'd.do', body: [timer('tick', 10)] });
    await stage.clock.advance(59);
    expect(cell.facts('d')).toEqual(['write', 'do']);
    await stage.clock.advance(1);
    expect(cell.facts('d')).toEqual(['write', 'do', 'tick']);
  });

  it('that were taken back while they waited in the mailbox are not seen any more', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.do', body: [timer('tick', 10), timer('tock', 10)] });
    await stage.settle();
    // Both are due in one moment, and the message that takes one back is before them in the mailbox.
    stage.clock.schedule(9, () => undefined);
    await stage.clock.advance(9);
    cell.tell({ kind: 'd.do', body: [{ effect: 'untimer', name: 'tick' }] });
    stage.clock.step();
    stage.clock.step();
    await stage.settle();
    expect(cell.facts('d')).toEqual(['do', 'do', 'tock']);
  });

  it('die with their life: neither a restart nor a stop lets one through', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.do', body: [timer('tick', 1), timer('tock', 5_000)] });
    await stage.settle();
    cell.tell({ kind: 'd.boom', body: 0 });
    await stage.clock.advance(1_000);
    expect([cell.facts('d'), stage.clock.pending]).toEqual([[], 0]);
    cell.tell({ kind: 'd.do', body: [timer('tock', 5_000)] });
    await stage.settle();
    await stage.until(cell.stop());
    expect(stage.clock.pending).toBe(0);
  });

  it('get through a full mailbox', async () => {
    const stage = new Stage({ flushMs: 1_000 });
    const cell = stage.system([doer()], { mailboxMax: 1 });
    cell.tell({ kind: 'd.do', body: [timer('tick', 0), timer('tock', 0)] });
    await stage.settle();
    cell.tell({ kind: 'd.do', body: [timer('tick', 10), timer('tock', 10)] });
    await stage.clock.advance(9);
    cell.tell({ kind: 'd.do', body: [] });
    stage.clock.step();
    stage.clock.step();
    await stage.settle();
    expect(cell.facts('d')).toEqual(['do', 'tick', 'tock', 'do', 'do', 'tick', 'tock']);
  });
});

describe('the reserve of a mailbox', () => {
  const failuresOf = async (timers: number): Promise<number> => {
    const stage = new Stage();
    const names = Array.from({ length: timers }, (_, i) => `timer-${i}`);
    const receive = Object.fromEntries(names.map((name) => [name, (facts: Heard) => hear(facts, name)]));
    const cell = stage.system([doer({ receive })], { mailboxMax: 1 });
    cell.tell({ kind: 'd.do', body: names.map((name) => timer(name, 10)) });
    await stage.clock.advance(9);
    cell.tell({ kind: 'd.do', body: [] });
    // All of them fall due before the organ gets its turn.
    for (let i = 0; i < timers; i++) stage.clock.step();
    await stage.settle();
    return stage.log.lines.filter(({ event }) => event === 'actor.failed').length;
  };

  it('holds so many timers and answers; one that is lost is a failure, not a silence', async () => {
    expect(await failuresOf(LIMITS.mailboxReserve)).toBe(0);
    expect(await failuresOf(LIMITS.mailboxReserve + 1)).toBe(1);
  });
});

describe('replies that come later', () => {
  const defer = (token: string): Effect => ({ effect: 'defer', token });
  const answer = (token: string): Effect => ({ effect: 'answer', token, outcome: { ok: true, body: token } });

  it('are given by their token', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    const first = cell.deliver({ kind: 'd.do', body: [defer('one')] });
    const second = cell.deliver({ kind: 'd.do', body: [defer('two')] });
    cell.tell({ kind: 'd.do', body: [answer('two'), answer('nobody waits for this')] });
    await stage.settle();
    expect(await second).toEqual({ ok: true, body: 'two' });
    cell.tell({ kind: 'd.do', body: [answer('one')] });
    expect(await stage.until(first)).toEqual({ ok: true, body: 'one' });
    expect(stage.clock.pending).toBe(0);
  });

  it('are over with the deadline, after which the token is free again', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    const late = cell.deliver({ kind: 'd.do', body: [defer('one')] }, { deadlineMs: 10 });
    expect(await stage.until(late)).toEqual({ ok: false, code: 'deadline' });
    const again = cell.deliver({ kind: 'd.do', body: [defer('one')] });
    cell.tell({ kind: 'd.do', body: [answer('one')] });
    expect(await stage.until(again)).toEqual({ ok: true, body: 'one' });
  });

  it('are answered busy by a restart, stopping by a stop', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    const first = cell.deliver({ kind: 'd.do', body: [defer('one')] });
    cell.tell({ kind: 'd.boom', body: 0 });
    expect(await stage.until(first)).toEqual({ ok: false, code: 'busy', retryAfterMs: LIMITS.busyRetryMs });
    await stage.clock.advance(1_000);
    const second = cell.deliver({ kind: 'd.do', body: [defer('one')] });
    await stage.settle();
    await stage.until(cell.stop());
    expect(await second).toEqual({ ok: false, code: 'stopping' });
  });

  it('may be owed up to a limit; the next question is answered busy', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    const asks = Array.from({ length: LIMITS.deferredMax }, (_, i) =>
      cell.deliver({ kind: 'd.do', body: [defer(`${i}`)] }),
    );
    await stage.settle();
    expect(await stage.until(cell.deliver({ kind: 'd.do', body: [defer('more')] }))).toMatchObject({ code: 'busy' });
    cell.tell({ kind: 'd.do', body: [answer('7')] });
    expect(await stage.until(asks[7] as Promise<unknown>)).toEqual({ ok: true, body: '7' });
  });

  it('under a token that names another are a defect', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    const first = cell.deliver({ kind: 'd.do', body: [defer('one')] });
    const second = cell.deliver({ kind: 'd.do', body: [defer('one')] });
    expect(await stage.until(second)).toEqual({ ok: false, code: 'internal' });
    expect(await stage.until(first)).toMatchObject({ code: 'busy' });
  });
});

describe('questions to peers', () => {
  it('are answered as inputs that carry the tag', async () => {
    const stage = new Stage();
    stage.outlet.answers.push({ ok: true, body: 'yes' }, { ok: false, code: 'unreachable' });
    stage.outlet.answers.push(Promise.reject(new Fault('deadline')), Promise.reject(new Error('defect')));
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.do', body: [ask(1), ask(2), ask(3), ask(4)] });
    await stage.settle();
    expect(stage.outlet.sent).toEqual(Array.from({ length: 4 }, () => 'ask peer x.y'));
    expect(cell.facts<Heard>('d').slice(1)).toEqual([
      [1, 'yes'],
      [2, 'unreachable'],
      [3, 'deadline'],
      [4, 'internal'],
    ]);
  });

  it('of an earlier life are not answered to the next one', async () => {
    const stage = new Stage();
    let resolve: (outcome: { ok: true; body: string }) => void = () => undefined;
    stage.outlet.answers.push(new Promise((done) => (resolve = done)));
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.do', body: [ask(1)] });
    cell.tell({ kind: 'd.boom', body: 0 });
    await stage.clock.advance(1_000);
    resolve({ ok: true, body: 'late' });
    await stage.settle();
    expect(cell.facts('d')).toEqual([]);
  });

  it('may be under way up to a limit; the next one is answered busy at once', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    cell.tell({ kind: 'd.do', body: Array.from({ length: LIMITS.asksPendingMax + 1 }, (_, i) => ask(i)) });
    await stage.settle();
    expect(cell.facts<Heard>('d').slice(1)).toEqual([[LIMITS.asksPendingMax, 'busy']]);
  });
});

describe('named effects', () => {
  const run = (name: string, params: unknown = 0): Effect => ({ effect: 'run', name, params });

  it('get the ports, and tell their own organ', async () => {
    const stage = new Stage();
    const cell = stage.system([
      doer({
        effects: {
          work: async (params: number, scope) => {
            scope.tell({ kind: 'tick', body: [params, scope.ports === stage.ports, scope.signal.aborted] });
          },
        },
      }),
    ]);
    cell.tell({ kind: 'd.do', body: [run('work', 5)] });
    await stage.settle();
    expect(cell.facts('d')).toEqual(['do', [5, true, false]]);
  });

  it('that fail with a Fault are logged only; any other failure is one of the organ', async () => {
    const stage = new Stage();
    const cell = stage.system([
      doer({
        effects: {
          expected: () => Promise.reject(new Fault('unreachable')),
          thrown: () => {
            throw new Fault('busy');
          },
          defect: () => Promise.reject(new Error('defect')),
        },
      }),
    ]);
    cell.tell({ kind: 'd.do', body: [run('expected'), run('thrown')] });
    await stage.clock.advance(1_000);
    const events = (): string[] => stage.log.lines.map(({ event }) => event);
    expect(events()).toEqual(['actor.effect-failed', 'actor.effect-failed']);
    cell.tell({ kind: 'd.do', body: [run('defect'), timer('tick', 10_000)] });
    await stage.clock.advance(1_000);
    expect(events().slice(2)).toEqual(['actor.effect-failed', 'actor.failed', 'actor.restarted']);
    expect([cell.facts('d'), stage.clock.pending]).toEqual([[], 0]);
  });

  it('let the other effects of their step go before the organ fails', async () => {
    const stage = new Stage();
    const effects = {
      defect: () => {
        throw new Error('defect');
      },
    };
    const cell = stage.system([doer({ effects })]);
    const tell: Effect = { effect: 'tell', to: 'peer', tree: null, kind: 'x.y', body: 1 };
    const reply: Effect = { effect: 'reply', body: 'done' };
    const answer = cell.deliver({ kind: 'd.do', body: [run('defect'), tell, reply] });
    cell.tell({ kind: 'd.do', body: [tell] });
    await stage.settle();
    expect([await answer, stage.outlet.sent.length]).toEqual([{ ok: true, body: 'done' }, 1]);
    expect(stage.log.lines.map(({ event }) => event)).toContain('actor.failed');
    await stage.clock.advance(1_000);
    expect(stage.outlet.sent).toHaveLength(2);
  });

  it('see the end of their life, and nothing they say after it is heard', async () => {
    const stage = new Stage();
    const scopes: EffectScope[] = [];
    const cell = stage.system([doer({ effects: { keep: (_params: never, scope) => void scopes.push(scope) } })]);
    cell.tell({ kind: 'd.do', body: [run('keep')] });
    cell.tell({ kind: 'd.boom', body: 0 });
    await stage.clock.advance(1_000);
    cell.tell({ kind: 'd.do', body: [run('keep')] });
    await stage.settle();
    expect(scopes.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    scopes[0]?.tell({ kind: 'tick', body: 'ghost' });
    scopes[1]?.tell({ kind: 'tick', body: 'alive' });
    await stage.settle();
    expect(cell.facts('d')).toEqual(['do', 'alive']);
    await cell.stop();
    expect(scopes[1]?.signal.aborted).toBe(true);
  });
});

describe('an outlet that breaks', () => {
  it('is a failure of the organ that uses it, unless it fails as expected', async () => {
    const stage = new Stage();
    const cell = stage.system([doer()]);
    const relay: Effect = { effect: 'relay', to: 'p', message: { id: '1', tree: null, kind: 'x.y', body: 0 } };
    for (const [error, failures] of [
      [new Fault('outbox-full'), 0],
      [new Error('defect'), 1],
    ] as const) {
      stage.outlet.relay = () => {
        throw error;
      };
      cell.tell({ kind: 'd.do', body: [relay] });
      await stage.clock.advance(1_000);
      expect(stage.log.lines.filter(({ event }) => event === 'actor.failed')).toHaveLength(failures);
    }
  });
});
