import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Organ, Signal, Step } from '../../../src/contract/organ.ts';
import { type Heard, hear, organOf, Stage } from './stage.ts';

const machine = createMachine({
  id: 'm',
  initial: 'off',
  entry: 'boot',
  states: {
    off: { entry: 'enterOff', exit: 'leaveOff', on: { start: { target: 'on', actions: 'starting' } } },
    on: { entry: 'enterOn', on: { tick: { actions: 'ticked' }, stop: 'off' } },
  },
});

type Act = (facts: Heard, signal: Signal, mode: string) => Omit<Step<Heard>, 'facts'>;

const organ = (acts: Record<string, Act> = {}, parts: Partial<Organ<Heard>> = {}): Organ<Heard> =>
  organOf<Heard>('m', [], {
    machine,
    ...parts,
    actions: Object.fromEntries(
      ['boot', 'enterOff', 'leaveOff', 'starting', 'enterOn', 'ticked'].map((name) => [
        name,
        (facts, signal, { mode }) => hear(facts, `${name} ${signal.type} ${mode}`, acts[name]?.(facts, signal, mode)),
      ]),
    ),
    receive: {
      'm.signal': (facts, { body }: { body: readonly string[] }) => ({
        facts,
        signals: body.map((type) => ({ type })),
      }),
    },
  });

describe('a turn', () => {
  it('begins with the facts of begin, the actions of the initial mode, then the signals of begin', () => {
    const begin = () => ({ facts: ['begin'], signals: [{ type: 'start' }] });
    const cell = new Stage().system([organ({}, { begin })]);
    expect(cell.facts('m')).toEqual([
      'begin',
      'boot xstate.init off',
      'enterOff xstate.init off',
      'leaveOff start on',
      'starting start on',
      'enterOn start on',
    ]);
    expect(cell.mode('m')).toBe('on');
  });

  it('runs the actions that each signal names on the facts of the one before, and their signals last', async () => {
    const stage = new Stage();
    const acts = { starting: () => ({ signals: [{ type: 'tick' }] }) };
    const cell = stage.system([organ(acts, { begin: () => ({ facts: [] }) })]);
    cell.tell({ kind: 'm.signal', body: ['start', 'stop', 'start'] });
    await stage.settle();
    expect(cell.facts<Heard>('m').slice(2)).toEqual([
      'leaveOff start on',
      'starting start on',
      'enterOn start on',
      'enterOff stop off',
      'leaveOff start on',
      'starting start on',
      'enterOn start on',
      'ticked tick on',
      'ticked tick on',
    ]);
  });

  it('adds up writes and effects in the order of the steps, into one transaction', async () => {
    const stage = new Stage();
    const acts = {
      starting: () => ({
        writes: [{ table: 'facts' as const, key: 'k', value: 'starting' }],
        effects: [{ effect: 'relay' as const, to: 'first', message: { id: '', tree: null, kind: 'x.y', body: 0 } }],
      }),
      enterOn: () => ({
        writes: [{ table: 'facts' as const, key: 'k', value: 'enterOn' }],
        effects: [{ effect: 'reply' as const, body: 'on' }],
      }),
    };
    const cell = stage.system([organ(acts)]);
    const modes: string[] = [];
    cell.modes$.subscribe({ next: ({ mode }) => modes.push(mode), complete: () => modes.push('complete') });
    const answer = cell.deliver({ kind: 'm.signal', body: ['start'] });
    await stage.clock.advance(4);
    expect([stage.outlet.sent, modes, cell.mode('m')]).toEqual([[], [], 'off']);
    expect(await stage.until(answer)).toEqual({ ok: true, body: 'on' });
    expect([stage.outlet.sent, modes, cell.mode('m')]).toEqual([['relay first'], ['on'], 'on']);
    expect(stage.ports.store.get('facts', 'k')).toBe('enterOn');
    await cell.stop();
    expect(modes).toEqual(['on', 'complete']);
  });

  it('may send so many signals; one more is a defect of which nothing is kept', async () => {
    const stage = new Stage();
    let left = 0;
    const acts = { ticked: () => (--left > 0 ? { signals: [{ type: 'tick' }] } : {}) };
    const cell = stage.system([organ(acts, { begin: () => ({ facts: [], signals: [{ type: 'start' }] }) })]);
    const ticks = (count: number) => {
      left = count;
      return stage.until(cell.deliver({ kind: 'm.signal', body: ['tick'] }));
    };
    expect(await ticks(LIMITS.signalsPerStepMax)).toEqual({ ok: true, body: null });
    expect(await ticks(LIMITS.signalsPerStepMax + 1)).toEqual({ ok: false, code: 'internal' });
    await stage.clock.advance(1_000);
    expect(cell.facts('m')).toHaveLength(5);
  });
});
