import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Effect, EffectScope, Organ } from '../../../src/contract/organ.ts';
import { organOf, Stage, someWrite } from './stage.ts';

const run = (name: string): Effect => ({ effect: 'run', name, params: 0 });

/** An organ that starts an effect when it is told to, and fails when it is told to. */
const worker = (work: (scope: EffectScope, stage: Stage) => Promise<void>, stage: Stage): Organ<number> =>
  organOf('w', 0, {
    receive: {
      'w.work': (facts) => ({ facts, effects: [run('work')] }),
      'w.boom': () => {
        throw new Error('boom');
      },
    },
    effects: { work: (_params, scope) => work(scope, stage) },
  });

function started(work: (scope: EffectScope, stage: Stage) => Promise<void>) {
  const stage = new Stage({ flushMs: 50 });
  const cell = stage.system([worker(work, stage)]);
  cell.tell({ kind: 'w.work', body: 0 });
  const events = (): string[] => stage.log.lines.map(({ event }) => event);
  return { stage, cell, events };
}

/** Goes on for a while whatever it is asked, then writes. */
const stubborn = async ({ ports }: EffectScope, stage: Stage): Promise<void> => {
  await new Promise<void>((resolve) => void stage.clock.schedule(1_000, resolve));
  await ports.store.commit([someWrite('late', 1)]);
};

describe('an effect under way when its organ stops', () => {
  it('comes to its end before the system has stopped, so that the disk can be closed after it', async () => {
    const { stage, cell, events } = started(stubborn);
    await stage.clock.advance(100);
    await stage.until(cell.stop());
    expect([stage.clock.monotonic(), stage.ports.store.get('facts', 'late')]).toEqual([1_050, 1]);
    await stage.until(stage.ports.store.close());
    expect(events()).toEqual([]);
    expect(stage.clock.pending).toBe(0);
  });

  it('is asked to give up at once, and what it then fails with is no news', async () => {
    const { stage, cell, events } = started(
      ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Fault('cancelled')))),
    );
    await stage.clock.advance(100);
    await stage.until(cell.stop());
    expect([stage.clock.monotonic(), events()]).toEqual([100, ['actor.effect-given-up']]);
  });

  it('that never ends is waited for as long as the limit says, and not longer, and that is said', async () => {
    const { stage, cell, events } = started(() => new Promise(() => undefined));
    await stage.clock.advance(100);
    let stopped = false;
    const stopping = cell.stop().then(() => {
      stopped = true;
    });
    await stage.clock.advance(LIMITS.effectDrainMs - 1);
    expect(stopped).toBe(false);
    await stage.clock.advance(1);
    await stopping;
    expect(events()).toEqual(['actor.effects-left']);
  });

  it('is waited for as well where the organ is down already, for a restart that will not come', async () => {
    const { stage, cell } = started(stubborn);
    await stage.settle();
    cell.tell({ kind: 'w.boom', body: 0 });
    await stage.clock.advance(10);
    await stage.until(cell.stop());
    expect(stage.clock.monotonic()).toBe(1_050);
    expect(stage.ports.store.get('facts', 'late')).toBe(1);
  });

  it('is forgotten by a kill, as by a crash', async () => {
    const { stage, cell, events } = started(stubborn);
    await stage.clock.advance(100);
    const stopping = cell.stop();
    cell.kill();
    await stopping;
    expect(stage.clock.monotonic()).toBe(100);
    await stage.clock.advance(LIMITS.effectDrainMs * 2);
    expect(events()).toEqual([]);
  });
});
