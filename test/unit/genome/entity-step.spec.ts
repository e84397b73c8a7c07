import { beforeAll, describe, expect, it } from 'vitest';
import {
  type EntityFacts,
  type EntityInput,
  type EntityStep,
  entityKey,
  nextTimer,
  stepEntity,
} from '../../../src/actors/genome/entity-step.ts';
import type { EntityPlan } from '../../../src/actors/genome/plan.ts';
import { parseGenome } from '../../../src/actors/genome.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { JsonObject } from '../../../src/contract/words.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

/** Compiles an entity of these parts; every event has a receptor that brings it. */
async function entity(parts: {
  context?: string;
  events: string;
  machine: string;
  organ?: string;
  organs?: string;
}): Promise<EntityPlan> {
  // Events without a key come from inside.
  const names = [...parts.events.matchAll(/(\w+): [{] id: string/g)].map(([, name = '']) => name);
  const receptors = names.map((name) => `  r${name}: { post: '/${name}/{id}', to: it.${name} }`);
  const text = `genome: trial
version: 1.0.0
organs:
  it:
    kind: entity
    key: event.id
    context: ${parts.context ?? '{ n: 0 }'}
    events: ${parts.events}
    ${parts.organ ?? 'idle: 1m'}
    machine: ${parts.machine}
  ${parts.organs ?? ''}
receptors:
${receptors.join('\n')}
`;
  const organ = (await parseGenome(text, 'trial.yaml')).organs.it;
  if (organ?.kind !== 'entity') throw new Error('not an entity');
  return organ;
}

/** An entity that is stepped, its facts carried as text from step to step, as over a crash. */
class Life {
  facts: EntityFacts | undefined;
  now = NOON;
  readonly #plan: EntityPlan;

  constructor(plan: EntityPlan) {
    this.#plan = plan;
  }

  step(input: EntityInput): EntityStep {
    const before = this.facts === undefined ? undefined : (JSON.parse(JSON.stringify(this.facts)) as EntityFacts);
    const step = stepEntity(this.#plan, before, input, 'k', this.now);
    this.facts = step.facts;
    return step;
  }

  send(event: string, body: JsonObject = {}, caller = ''): EntityStep {
    return this.step({ event, body: { id: 'k', ...body }, caller });
  }

  /** Goes to the next timer, and fires it. */
  wait(): EntityStep {
    const next = this.facts === undefined ? undefined : nextTimer(this.facts);
    if (next === undefined) throw new Error('no timer runs');
    this.now = next.at;
    return this.step({ timer: next.timer });
  }

  get state(): unknown {
    return this.facts?.state;
  }
}

const ok = (body: JsonObject = {}) => ({ ok: true, body });
const refused = (code: string) => expect.objectContaining({ ok: false, code });

describe('a transition', () => {
  let life: Life;
  beforeAll(async () => {
    const plan = await entity({
      context: '{ a: 1, b: 2, log: "" }',
      events: '{ swap: { id: string }, go: { id: string }, look: { id: string }, odd: { id: string, n: integer } }',
      machine: `
      initial: x
      on: { look: { reply: { a: context.a, b: context.b, log: context.log, state: state } } }
      states:
        x:
          exit: { assign: { log: 'context.log + "x"' } }
          on:
            swap: { assign: { a: context.b, b: context.a }, reply: { a: context.a, b: context.b } }
            go: { target: y, assign: { log: 'context.log + ">"' }, reply: { log: context.log, state: state } }
            odd:
              - { guard: event.n % 2 == 1, assign: { a: event.n }, reply: { took: '"odd"' } }
              - { guard: event.n == 0, refuse: malformed }
              - { reply: { took: '"even"' } }
        y:
          entry: { assign: { log: 'context.log + "y"' } }
          on: { go: { target: x, reply: { log: context.log, state: state } } }`,
    });
    life = new Life(plan);
  });

  it('assigns first, every field from the old values; the reply sees the new ones', () => {
    expect(life.send('swap').outcome).toEqual(ok({ a: 2, b: 1 }));
    expect(life.send('swap').outcome).toEqual(ok({ a: 1, b: 2 }));
  });

  it('leaves, acts and enters, in this order, and answers what is then', () => {
    expect(life.send('go').outcome).toEqual(ok({ log: 'x>y', state: 'y' }));
    expect(life.send('swap').outcome).toEqual(refused('not-taken'));
    expect(life.send('go').outcome).toEqual(ok({ log: 'x>y', state: 'x' }));
    expect(life.state).toBe('x');
  });

  it('is the first whose guard holds; a refusal changes nothing', () => {
    expect(life.send('odd', { n: 3 }).outcome).toEqual(ok({ took: 'odd' }));
    expect(life.send('odd', { n: 4 }).outcome).toEqual(ok({ took: 'even' }));
    const before = life.facts;
    const step = life.send('odd', { n: 0 });
    expect(step.outcome).toEqual(refused('malformed'));
    expect([step.changed, step.facts]).toEqual([false, before]);
  });

  it('that only answers stores nothing, and makes no entity', async () => {
    expect(life.send('look').changed).toBe(false);
    const plan = await entity({
      events: '{ look: { id: string }, set: { id: string } }',
      machine:
        '{ initial: a, states: { a: { on: { look: { reply: { n: context.n } }, set: { assign: { n: 1 } } } } } }',
    });
    const other = new Life(plan);
    expect(other.send('look')).toMatchObject({ facts: undefined, changed: false, outcome: ok({ n: 0 }) });
    expect(other.send('set')).toMatchObject({ changed: true, facts: { context: { n: 1 } } });
  });

  it('never changes the facts that it is given', async () => {
    const plan = await entity({
      context: '{ list: { type: list, items: integer, default: [] } }',
      events: '{ add: { id: string, n: integer } }',
      machine: '{ initial: a, states: { a: { on: { add: { assign: { list: "context.list + [event.n]" } } } } } }',
    });
    const first = stepEntity(plan, undefined, { event: 'add', body: { id: 'k', n: 1 } }, 'k', NOON).facts;
    const copy = JSON.stringify(first);
    const again = () => stepEntity(plan, deeplyFrozen(first), { event: 'add', body: { id: 'k', n: 2 } }, 'k', NOON);
    expect(again().facts?.context).toEqual({ list: [1, 2] });
    expect(again()).toEqual(again());
    expect(JSON.stringify(first)).toBe(copy);
  });
});

function deeplyFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) deeplyFrozen(part);
  return Object.freeze(value);
}

describe('states', () => {
  it('inside each other: what the inner one does not say, the outer one may', async () => {
    const plan = await entity({
      context: '{ n: 0 }',
      events: '{ in: { id: string }, out: { id: string }, both: { id: string } }',
      machine: `
      initial: a
      states:
        a:
          initial: b
          on: { out: c, both: { assign: { n: context.n + 1 }, reply: { n: context.n } } }
          states: { b: { on: { in: d, both: { assign: { n: context.n + 10 }, reply: { n: context.n } } } }, d: {} }
        c: { on: { in: a.d } }`,
    });
    const life = new Life(plan);
    expect(life.send('both').outcome).toEqual(ok({ n: 10 }));
    life.send('in');
    expect(life.state).toEqual({ a: 'd' });
    expect(life.send('both').outcome).toEqual(ok({ n: 11 }));
    life.send('out');
    life.send('in');
    expect(life.state).toEqual({ a: 'd' });
  });

  it('beside each other: each takes the event, and its own timers run', async () => {
    const plan = await entity({
      context: '{ n: 0 }',
      events: '{ tick: { id: string }, look: { id: string } }',
      machine: `
      type: parallel
      on: { look: { reply: { state: state, n: context.n } } }
      states:
        left: { initial: a, states: { a: { on: { tick: { target: b, assign: { n: context.n + 1 } } } }, b: { after: { 1s: a } } } }
        right: { initial: a, states: { a: { on: { tick: { target: b, assign: { n: context.n + 10 } } } }, b: { after: { 2s: a } } } }`,
    });
    const life = new Life(plan);
    life.send('tick');
    expect(life.send('look').outcome).toEqual(ok({ state: 'left.b,right.b', n: 11 }));
    expect(life.facts?.timers).toEqual({ 'left.b:1s': NOON + 1_000, 'right.b:2s': NOON + 2_000 });
    life.wait();
    expect(life.send('look').outcome).toEqual(ok({ state: 'left.a,right.b', n: 11 }));
    life.wait();
    expect(life.facts?.timers).toEqual({});
  });

  it.each([
    ['shallow', { a: { p: 'x' } }],
    ['deep', { a: { p: 'y' } }],
  ])('with a %s history lead back to where they were, over a crash too', async (kind, back) => {
    const plan = await entity({
      events: '{ go: { id: string }, away: { id: string }, back: { id: string } }',
      machine: `
      initial: a
      on: { away: b }
      states:
        a:
          initial: o
          states:
            o: { on: { go: p } }
            p: { initial: x, states: { x: { on: { go: y } }, y: {} } }
            h: { type: history, history: ${kind} }
        b: { on: { back: a.h } }`,
      context: '{}',
    });
    const life = new Life(plan);
    for (const event of ['go', 'go', 'away']) life.send(event);
    expect(life.state).toBe('b');
    life.send('back');
    expect(life.state).toEqual(back);
  });

  it('that come to their end go on; the outermost end is the end of the entity', async () => {
    const plan = await entity({
      context: '{}',
      events: '{ one: { id: string }, two: { id: string }, stop: { id: string } }',
      machine: `
      initial: work
      states:
        work:
          type: parallel
          onDone: rest
          states:
            l: { initial: a, states: { a: { on: { one: f } }, f: { type: final } } }
            r: { initial: a, states: { a: { on: { two: f } }, f: { type: final } } }
        rest: { on: { stop: gone } }
        gone: { type: final }`,
    });
    const life = new Life(plan);
    life.send('one');
    expect(life.state).toEqual({ work: { l: 'f', r: 'a' } });
    life.send('two');
    expect(life.state).toBe('rest');
    expect(life.send('stop')).toMatchObject({ facts: undefined, changed: true, outcome: ok() });
    // The key is free: the next event begins anew.
    life.send('two');
    expect(life.state).toEqual({ work: { l: 'a', r: 'f' } });
  });
});

describe('a timer', () => {
  const plan = () =>
    entity({
      context: '{ n: 0, wait: 500 }',
      organ: 'delays: { patience: context.wait }',
      events:
        '{ again: { id: string }, leave: { id: string }, set: { id: string, wait: integer }, back: { id: string } }',
      machine: `
      initial: a
      states:
        a:
          on: { again: { target: a, reenter: true }, leave: b, set: { assign: { wait: event.wait } } }
          after:
            10s: [{ guard: context.n > 0, target: b }]
            1m: { target: b, assign: { n: context.n + 1 } }
        b: { on: { back: a }, after: { patience: a } }`,
    });

  it('runs from the entry of its state to its exit, and anew on entering again', async () => {
    const life = new Life(await plan());
    life.send('set', { wait: 700 });
    expect(life.facts?.timers).toEqual({ 'a:10s': NOON + 10_000, 'a:1m': NOON + 60_000 });
    life.now += 4_000;
    life.send('again');
    expect(life.facts?.timers).toEqual({ 'a:10s': NOON + 14_000, 'a:1m': NOON + 64_000 });
    life.send('leave');
    expect(life.facts?.timers).toEqual({ 'b:patience': life.now + 700 });
  });

  it('that leads nowhere has fired all the same', async () => {
    const life = new Life(await plan());
    life.send('again');
    const step = life.wait();
    expect(step).toMatchObject({ changed: true, outcome: ok() });
    expect(life.facts?.timers).toEqual({ 'a:1m': NOON + 60_000 });
    life.wait();
    expect(life.facts).toMatchObject({ state: 'b', context: { n: 1 } });
  });

  it('is held within its bounds, and fires once', async () => {
    const life = new Life(await plan());
    life.send('set', { wait: -5 });
    life.send('leave');
    expect(life.facts?.timers).toEqual({ 'b:patience': NOON + LIMITS.timerMinMs });
    life.send('back');
    life.send('set', { wait: Number.MAX_SAFE_INTEGER });
    life.send('leave');
    expect(life.facts?.timers).toEqual({ 'b:patience': NOON + LIMITS.timerMaxMs });
    const late = life.step({ timer: 'a:10s' });
    expect([late.changed, late.outcome]).toEqual([false, refused('conflict')]);
  });

  it('comes in the order of its time, then of its name', () => {
    const timers = { z: 5, b: 3, a: 3 };
    expect(nextTimer({ state: 'a', context: {}, history: {}, timers })).toEqual({ timer: 'a', at: 3 });
    expect(nextTimer({ state: 'a', context: {}, history: {}, timers: {} })).toBeUndefined();
  });
});

describe('what an entity sends', () => {
  const plan = () =>
    entity({
      context: '{ n: 0 }',
      events:
        '{ go: { id: string, n: integer }, heard: {}, lost: { code: string, detail: string }, late: { id: string } }',
      machine: `
      initial: a
      states:
        a:
          on:
            go:
              target: b
              assign: { n: event.n }
              reply: { n: context.n }
              emit: { to: news.publish, with: { text: key } }
              call: { to: jobs.put, with: { n: context.n }, answer: heard, failure: lost, deadline: 5s }
            late: { refuse: conflict, guard: context.n > 100 }
        b:
          entry: { emit: { to: news.publish, with: '{"text": key + "!", "count": context.n}' } }
          on: { heard: a, lost: a }`,
      organs:
        'news: { kind: topic, message: { text: string, count: { type: integer, default: 7 } } }\n  jobs: { kind: queue, job: { n: { type: integer, maximum: 5 } } }',
    });

  it('leaves in the order of the chart, with the defaults of those who take it', async () => {
    const life = new Life(await plan());
    expect(life.send('go', { n: 3 }).sendings).toEqual([
      { to: { organ: 'news', verb: 'publish' }, body: { text: 'k', count: 7 }, call: undefined },
      {
        to: { organ: 'jobs', verb: 'put' },
        body: { n: 3 },
        call: { answer: 'heard', failure: 'lost', deadlineMs: 5_000 },
      },
      { to: { organ: 'news', verb: 'publish' }, body: { text: 'k!', count: 3 }, call: undefined },
    ]);
    expect(life.send('heard').outcome).toEqual(ok());
    expect(life.state).toBe('a');
  });

  it('does not leave where its taker would refuse it, nor does anything else of that step', async () => {
    const life = new Life(await plan());
    expect(life.send('go', { n: 6 })).toMatchObject({
      facts: undefined,
      changed: false,
      outcome: { ok: false, code: 'not-computable', detail: 'n is 6, more than 5' },
      sendings: [],
    });
  });
});

describe('what can not be computed', () => {
  const plan = () =>
    entity({
      context: '{ n: { type: integer, maximum: 10, default: 0 }, t: { type: string, maxLength: 3000, default: "" } }',
      events:
        '{ div: { id: string, by: integer }, put: { id: string, t: { type: string, maxLength: 3500 } }, ask: { id: string, x: number } }',
      machine: `
      initial: a
      states:
        a:
          on:
            div: { guard: 100 / event.by > 0, assign: { n: 100 / event.by }, reply: { n: context.n } }
            put: { target: a, reenter: true, assign: { t: event.t }, reply: { size: size(context.t) } }
            ask: { reply: { x: event.x * 1e308 * 10.0 } }
          after: { 1s: { guard: 1 / context.n > 5, target: b } }
        b: {}`,
    });

  it('is refused with the reason, and changes nothing', async () => {
    const life = new Life(await plan());
    expect(life.send('div', { by: 0 }).outcome).toEqual({
      ok: false,
      code: 'not-computable',
      detail: 'division by zero',
    });
    expect(life.send('div', { by: 2 }).outcome).toMatchObject({
      code: 'not-computable',
      detail: 'context.n is 50, more than 10',
    });
    expect(life.send('ask', { x: 10 }).outcome).toMatchObject({
      code: 'not-computable',
      detail: 'x is a number, must be a finite number',
    });
    expect(life.facts).toBeUndefined();
    expect(life.send('div', { by: 20 }).outcome).toEqual(ok({ n: 5 }));
  });

  it('of a timer is the end of that timer', async () => {
    const life = new Life(await plan());
    life.send('put', { t: 'x' });
    const step = life.wait();
    expect(step).toMatchObject({ changed: true, outcome: refused('not-computable') });
    expect(life.facts).toMatchObject({ state: 'a', timers: {} });
  });

  it('is too large for its register, though every field is within its bounds', async () => {
    const life = new Life(await plan());
    expect(life.send('put', { t: 'ü'.repeat(1_500) }).outcome).toEqual(ok({ size: 1_500 }));
    expect(life.send('put', { t: 'ü'.repeat(2_000) }).outcome).toEqual(refused('too-large'));
    expect(life.facts?.context.t).toHaveLength(1_500);
  });
});

describe('the key of an entity', () => {
  it('is computed from its event', async () => {
    const plan = await entity({
      context: '{}',
      events: '{ go: { id: string } }',
      machine: '{ initial: a, states: { a: { on: { go: b } }, b: {} } }',
    });
    expect(entityKey(plan, 'go', { id: 'k' }, NOON)).toBe('k');
    expect(() => entityKey(plan, 'go', { id: '' }, NOON)).toThrow('the key has 0 characters, at least 1');
    expect(entityKey(plan, 'go', { id: 'x'.repeat(LIMITS.entityKeyMax) }, NOON)).toHaveLength(LIMITS.entityKeyMax);
    expect(() => entityKey(plan, 'go', { id: 'x'.repeat(LIMITS.entityKeyMax + 1) }, NOON)).toThrow('at most 256');
  });
});
