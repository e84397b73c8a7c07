import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';
import { type ChartContext, machineOf, timerEvent } from '../../../src/actors/genome/chart/machine.ts';
import { Run } from '../../../src/actors/genome/chart/run.ts';
import { compileDocument } from '../../../src/actors/genome/compiler/compile.ts';
import { readGenomeDocument } from '../../../src/actors/genome/document.ts';
import { type EntityFacts, nextTimer, stepEntity } from '../../../src/actors/genome/entity-step.ts';
import { loadEngine } from '../../../src/actors/genome/expression/engine.ts';
import type { EntityPlan } from '../../../src/actors/genome/plan.ts';
import type { Json } from '../../../src/contract/words.ts';
import { chartTrials } from './chart-trial.ts';

beforeAll(loadEngine);

const START = Date.UTC(2026, 0, 1);

/** XState itself, going on from snapshot to snapshot: nothing of it is ever put away and made again. */
class Uninterrupted {
  readonly #machine: AnyStateMachine;
  readonly #run = new Run({ key: 'k', now: START, caller: '', event: null }, '');
  readonly timers = new Map<string, number>();
  #snapshot: AnyMachineSnapshot;

  /** An entity begins with its first event. */
  constructor(plan: EntityPlan, now: number) {
    this.#machine = machineOf(plan);
    Object.assign(this.#run.occasion, { now });
    const [snapshot, actions] = initialTransition(this.#machine, this.#run as never);
    this.#snapshot = snapshot as AnyMachineSnapshot;
    this.#act(actions);
  }

  take(type: string, now: number): void {
    Object.assign(this.#run.occasion, { now, event: { id: 'k' } });
    const [snapshot, actions] = transition(this.#machine, this.#snapshot, { type } as never);
    this.#snapshot = snapshot as AnyMachineSnapshot;
    this.#act(actions);
  }

  #act(actions: readonly { readonly exec?: unknown; readonly info: unknown }[]): void {
    for (const { exec, info } of actions) (exec as ((info: unknown) => void) | undefined)?.(info);
    for (const [timer, at] of this.#run.timers) {
      if (at === undefined) this.timers.delete(timer);
      else this.timers.set(timer, at);
    }
    this.#run.timers.clear();
    // The budget is one step's; this run is for all of them.
    this.#run.meter.spend(-this.#run.meter.spent);
  }

  get facts(): Omit<EntityFacts, 'history'> {
    const { data } = this.#snapshot.context as ChartContext;
    return { state: this.#snapshot.value as Json, context: data, timers: Object.fromEntries(this.timers) };
  }
}

function planOf(text: string): EntityPlan {
  const compilation = compileDocument(readGenomeDocument(text), 'trial.json');
  if ('problems' in compilation) throw new Error(compilation.problems.map((problem) => problem.text).join('\n'));
  const organ = compilation.genome.organs.it;
  if (organ?.kind !== 'entity') throw new Error('not an entity');
  return organ;
}

/** Facts without what they owe to the order of keys. */
const plain = (facts: Omit<EntityFacts, 'history'>) => JSON.parse(JSON.stringify(facts)) as Json;

describe('an entity', () => {
  it('that is put away and made again between any two events goes on as if it had never been', () => {
    let compared = 0;
    let fired = 0;
    const property = fc.property(chartTrials, ({ text, happenings }) => {
      const plan = planOf(text);
      let oracle: Uninterrupted | undefined;
      let facts: EntityFacts | undefined;
      let now = START;
      for (const happening of happenings) {
        const timer = happening === 'wait' && facts !== undefined ? nextTimer(facts) : undefined;
        if (happening === 'wait' && timer === undefined) continue;
        now = timer === undefined ? now + 100 : Math.max(now, timer.at);
        // What only asks makes no entity: it is as if it had never been there.
        if (facts === undefined || oracle === undefined) oracle = new Uninterrupted(plan, now);
        if (timer !== undefined) oracle.timers.delete(timer.timer);
        oracle.take(timer === undefined ? happening : timerEvent(timer.timer), now);
        const input = timer === undefined ? { event: happening, body: { id: 'k' } } : { timer: timer.timer };
        const step = stepEntity(plan, facts && (JSON.parse(JSON.stringify(facts)) as EntityFacts), input, 'k', now);
        expect(step.outcome.ok, JSON.stringify(step.outcome)).toBe(true);
        facts = step.facts ?? facts;
        if (facts === undefined) continue;
        const { history: _history, ...known } = facts;
        expect(plain(known)).toEqual(plain(oracle.facts));
        compared += 1;
        fired += timer === undefined ? 0 : 1;
      }
    });
    fc.assert(property, { numRuns: 120, seed: 11 });
    expect(compared).toBeGreaterThan(700);
    expect(fired).toBeGreaterThan(50);
  });
});
