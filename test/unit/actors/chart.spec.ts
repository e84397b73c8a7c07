import { describe, expect, it } from 'vitest';
import { and, assign, createMachine, emit, enqueueActions, fromPromise, not, raise, sendTo, setup } from 'xstate';
import { Chart, chartOf } from '../../../src/actors/chart.ts';
import { organOf } from './stage.ts';

const chart = (config: Parameters<typeof createMachine>[0], implementations = {}): Chart =>
  new Chart(createMachine(config, implementations));

describe('a machine is refused', () => {
  const on = (transition: object) => ({ id: 'm', initial: 'a', states: { a: { on: { go: transition } }, b: {} } });

  it.each([
    ['an unknown guard', on({ target: 'b', guard: 'missing' }), "unknown guard 'missing'"],
    ['an unknown guard inside and()', on({ target: 'b', guard: and(['missing']) }), "unknown guard 'missing'"],
    ['an unknown guard inside not()', on({ target: 'b', guard: not('missing') }), "unknown guard 'missing'"],
    ['an inline action', on({ actions: () => undefined }), 'inline action'],
    ['an inline entry action', { id: 'm', entry: () => undefined }, 'inline action'],
    ['params of an action', on({ actions: { type: 'act', params: { x: 1 } } }), "params to the action 'act'"],
    ['sendTo', on({ actions: sendTo('other', { type: 'x' }) }), 'xstate.sendTo'],
    ['emit', on({ actions: emit({ type: 'x' }) }), 'xstate.emit'],
    ['enqueueActions', on({ actions: enqueueActions(() => undefined) }), 'xstate.enqueueActions'],
    ['a delayed raise', on({ actions: raise({ type: 'go' }, { delay: 10 }) }), 'raises with a delay'],
    ['after', { id: 'm', initial: 'a', states: { a: { after: { 10: 'b' } }, b: {} } }, "'after'"],
    ['invoke', { id: 'm', invoke: { src: fromPromise(async () => 1) } }, 'invokes an actor'],
    ['a guard of an eventless transition', { id: 'm', always: { guard: 'missing' } }, "unknown guard 'missing'"],
    [
      'something deep inside',
      { id: 'm', initial: 'a', states: { a: { initial: 'c', states: { c: { after: { 1: 'd' } }, d: {} } } } },
      "'a.c'",
    ],
  ])('with %s', (_what, config, says) => {
    expect(() => chart(config as Parameters<typeof createMachine>[0])).toThrow(says);
  });

  it('with an action that its organ lacks, wherever the name stands', () => {
    const named = (config: object) => organOf('m', 0, { machine: createMachine(config as never) });
    expect(() => chartOf(named({ id: 'm', entry: 'onEntry' }))).toThrow("organ 'm' has no action 'onEntry'");
    expect(() => chartOf(named({ id: 'm', exit: 'onExit' }))).toThrow("no action 'onExit'");
    expect(() => chartOf(named(on({ actions: ['onGo'] })))).toThrow("no action 'onGo'");
    expect(() => chartOf(named({ id: 'm', always: { actions: 'always', guard: () => false } }))).toThrow("'always'");
    expect(() =>
      chartOf(named({ id: 'm', initial: { target: 'a', actions: 'initially' }, states: { a: {} } })),
    ).toThrow("'initially'");
  });

  it('for each organ anew, though the machine is checked once', () => {
    const machine = createMachine(on({ actions: 'act' }) as never);
    const whole = organOf('whole', 0, { machine, actions: { act: (facts) => ({ facts }) } });
    expect(chartOf(whole)).toBe(chartOf(whole));
    expect(() => chartOf(organOf('part', 0, { machine }))).toThrow("organ 'part' has no action 'act'");
  });
});

describe('a machine is taken', () => {
  it('with guards, assign and raise, and stubs that only give an action its type', () => {
    const machine = setup({
      types: { context: {} as { n: number } },
      guards: { few: ({ context }) => context.n < 2 },
      actions: { stub: () => undefined, count: assign({ n: ({ context }) => context.n + 1 }) },
    }).createMachine({
      id: 'm',
      context: { n: 0 },
      initial: 'a',
      states: {
        a: {
          on: {
            go: { guard: and(['few', not(() => false)]), actions: ['count', 'stub', raise({ type: 'on' })] },
            on: 'b',
          },
        },
        b: { entry: 'arrived' as never },
      },
    });
    const it = new Chart(machine);
    expect(it.actions).toEqual(['stub', 'arrived']);
    const ran: string[] = [];
    expect(it.step(it.initial, { type: 'go' }, ran).name).toBe('b');
    expect(ran).toEqual(['stub', 'arrived']);
  });
});

describe('a chart', () => {
  const nested = chart({
    id: 'm',
    initial: 'off',
    states: {
      off: { on: { start: 'on' } },
      on: { entry: 'enter', initial: 'low', states: { low: { on: { more: 'high' } }, high: {} }, on: { stop: 'off' } },
    },
  });

  it('names modes with dots between levels', () => {
    const ran: string[] = [];
    const low = nested.step(nested.initial, { type: 'start' }, ran);
    const high = nested.step(low, { type: 'more' }, ran);
    expect([nested.initial.name, low.name, high.name]).toEqual(['off', 'on.low', 'on.high']);
    expect(ran).toEqual(['enter']);
  });

  it('names parallel modes side by side', () => {
    const both = chart({
      id: 'm',
      type: 'parallel',
      states: { left: { initial: 'a', states: { a: {} } }, right: { initial: 'b', states: { b: {} } } },
    });
    expect(both.initial.name).toBe('left.a,right.b');
  });

  it('stays in the very mode for an event that the mode does not take, and refuses one that no mode takes', () => {
    expect(nested.step(nested.initial, { type: 'more' }, [])).toBe(nested.initial);
    expect(() => nested.step(nested.initial, { type: 'strat' }, [])).toThrow("no state takes the event 'strat'");
  });

  it('tells what a mode holds back', () => {
    const stash = (state: object) => chart({ id: 'm', initial: 'a', states: { a: state } }).initial.stash;
    expect(stash({})).toBe('none');
    expect(stash({ tags: ['stashing'] })).toBe('requests');
    expect(stash({ tags: ['stashing'], meta: { stash: ['m.x', 'm.y'] } })).toEqual(new Set(['m.x', 'm.y']));
  });

  it('gives no mode where the machine fails at once', () => {
    const fails = {
      id: 'm',
      context: () => Promise.reject,
      always: {
        guard: () => {
          throw new Error('guard');
        },
      },
    };
    expect(() => chart(fails as never)).toThrow('guard');
  });
});

describe('a machine without guards and context', () => {
  /** Counts how often XState itself is asked. */
  const counting = (config: object) => {
    const machine = createMachine(config as never);
    const asked: string[] = [];
    const transition = machine.transition.bind(machine);
    machine.transition = (snapshot, event, scope) => {
      asked.push(event.type);
      return transition(snapshot, event, scope);
    };
    return { chart: new Chart(machine), asked };
  };
  const door = {
    id: 'door',
    initial: 'shut',
    states: {
      shut: { on: { open: { target: 'ajar', actions: ['creak', 'light'] }, knock: { actions: 'ring' } } },
      ajar: { entry: 'draught', on: { close: 'shut', open: { target: 'ajar', reenter: true } } },
    },
  };
  const walk = (of: Chart, events: readonly string[]) => {
    const actions: string[] = [];
    let mode = of.initial;
    const modes = events.map((type) => {
      mode = of.step(mode, { type }, actions);
      return mode.name;
    });
    return { modes, actions, mode };
  };
  const events = ['knock', 'open', 'open', 'knock', 'close', 'close', 'open', 'close', 'knock'];

  it('is asked once for each mode and event, and says the same ever after', () => {
    const { chart: table, asked } = counting(door);
    const first = walk(table, events);
    expect(first.modes).toEqual(['shut', 'ajar', 'ajar', 'ajar', 'shut', 'shut', 'ajar', 'shut', 'shut']);
    expect(first.actions).toEqual([
      'ring',
      ...['creak', 'light', 'draught'],
      'draught',
      ...['creak', 'light', 'draught'],
      'ring',
    ]);
    const asks = asked.length;
    expect(walk(table, events)).toEqual(first);
    expect(asked).toHaveLength(asks);
    // A mode is one object, so that who compares modes sees whether anything changed.
    expect(walk(table, ['open', 'close']).mode).toBe(table.initial);
  });

  it('differs from one that has them, which is asked each time', () => {
    const guarded = createMachine({
      id: 'm',
      context: { n: 0 },
      initial: 'a',
      states: { a: { on: { go: { actions: assign({ n: ({ context }) => context.n + 1 }) } } } },
    });
    const of = new Chart(guarded);
    const twice = of.step(of.step(of.initial, { type: 'go' }, []), { type: 'go' }, []);
    expect(twice.snapshot.context).toEqual({ n: 2 });
  });

  it('is no table where a state remembers which of its own it left last', () => {
    const config = {
      id: 'm',
      initial: 'day',
      states: {
        day: {
          initial: 'work',
          states: { work: { on: { tire: 'rest' } }, rest: {}, last: { type: 'history' } },
          on: { sleep: 'night' },
        },
        night: { on: { wake: 'day.last' } },
      },
    };
    const of = new Chart(createMachine(config as never));
    expect(walk(of, ['sleep', 'wake']).modes.at(-1)).toBe('day.work');
    expect(walk(of, ['tire', 'sleep', 'wake']).modes.at(-1)).toBe('day.rest');
  });
});
