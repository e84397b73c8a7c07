import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { TreeMap, View } from '../../../src/contract/words.ts';
import type { Cell } from '../../../src/runtime/node/cells.ts';
import { Failures, type Mishap } from '../../../src/runtime/node/failures.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';
import { Stage } from '../actors/stage.ts';

const SELF = nodeName(1);
const whole = makeView([SELF, nodeName(2)], { trees: { a: [SELF, nodeName(2)], b: [SELF, nodeName(2)] } });

/** A node with two cells, whose log answers as it is told to. */
class Clinic {
  readonly stage = new Stage();
  readonly mishaps: Mishap[] = [];
  /** What happened, in order. */
  readonly story: string[] = [];
  answer: Outcome = { ok: true, body: null };
  view = whole;
  viewAfter = (tree: string): View => ({ ...whole, trees: { ...whole.trees, [tree]: without(tree) } });
  handOver: (signal: AbortSignal) => Promise<void> = async () => void this.story.push('handed over');
  readonly cells = [this.#cell('a', true), this.#cell('b', false)];
  readonly failures = new Failures({
    self: SELF,
    ports: this.stage.ports,
    view: () => this.view,
    giveUp: async (tree) => {
      this.story.push(this.answer.ok ? 'gave up' : `asked: ${this.answer.code}`);
      if (this.answer.ok) this.view = this.viewAfter(tree);
      return this.answer;
    },
  });

  constructor() {
    this.failures.mishaps$.subscribe((mishap) => this.mishaps.push(mishap));
  }

  fail(index: 0 | 1, organ = 'shards'): void {
    const cell = this.cells[index] as Cell;
    this.failures.ofCell(cell, this.cells, organ, new Error('boom'));
  }

  #cell(genome: string, hasShards: boolean): Cell {
    const stop = async (): Promise<void> => void this.story.push(`stopped ${genome}`);
    const shards = { handOver: (signal: AbortSignal) => this.handOver(signal) };
    return { genome, tree: treeName(genome), system: { stop }, organs: [], ...(hasShards ? { shards } : {}) } as never;
  }
}

const without = (tree: string): TreeMap => {
  const map = whole.trees[tree] as TreeMap;
  return { ...map, slots: map.slots.filter(({ node }) => node !== SELF) };
};

describe('a cell that fails for good', () => {
  it('hands its shards on, gives up its slot, and ends, in this order', async () => {
    const clinic = new Clinic();
    clinic.fail(0);
    expect(clinic.failures.has(treeName('a'))).toBe(true);
    await clinic.stage.settle();
    expect(clinic.story).toEqual(['handed over', 'gave up', 'stopped a']);
    expect(clinic.mishaps).toEqual([
      { what: 'cell', failure: expect.objectContaining({ genome: 'a', organ: 'shards', error: 'Error: boom' }) },
      { what: 'relieved', genome: 'a' },
    ]);
  });

  it('asks until the log says so, with pauses', async () => {
    const clinic = new Clinic();
    clinic.answer = { ok: false, code: 'no-authority' };
    clinic.fail(1);
    await clinic.stage.clock.advance(10_000);
    expect(clinic.story).toEqual(Array(4).fill('asked: no-authority'));
    clinic.answer = { ok: true, body: null };
    await clinic.stage.clock.advance(60_000);
    expect(clinic.story.slice(4)).toEqual(['gave up', 'stopped b']);
  });

  it('gives its slot up all the same when nobody takes its shards in time', async () => {
    const clinic = new Clinic();
    clinic.handOver = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Fault('cancelled'))));
    clinic.fail(0);
    await clinic.stage.clock.advance(LIMITS.retreatMs - 1);
    expect(clinic.story).toEqual([]);
    await clinic.stage.clock.advance(1);
    expect(clinic.story).toEqual(['gave up', 'stopped a']);
  });

  it('does so once, however many of its organs fail, and each failure is told', async () => {
    const clinic = new Clinic();
    clinic.fail(0, 'shards');
    clinic.fail(0, 'tree');
    await clinic.stage.settle();
    expect(clinic.story.filter((what) => what === 'gave up')).toHaveLength(1);
    expect(clinic.failures.list().map(({ organ }) => organ)).toEqual(['shards', 'tree']);
  });

  it('takes the node along where it is the last one, or where nobody can take its slot', async () => {
    const last = new Clinic();
    last.fail(0);
    last.fail(1);
    await last.stage.settle();
    const end = expect.objectContaining({ what: 'node', failure: expect.objectContaining({ genome: 'b' }) });
    expect(last.mishaps).toContainEqual(end);
    const alone = new Clinic();
    // The log has done what it could: a tree keeps its last cell.
    alone.viewAfter = () => whole;
    alone.fail(1);
    await alone.stage.settle();
    expect(alone.mishaps.at(-1)).toEqual(end);
  });

  it('is let go when the node ends', async () => {
    const clinic = new Clinic();
    clinic.answer = { ok: false, code: 'no-authority' };
    clinic.fail(1);
    await clinic.stage.clock.advance(500);
    await clinic.failures.stop();
    await clinic.stage.clock.advance(600_000);
    expect(clinic.story).toEqual(['asked: no-authority']);
  });
});

describe('the failures of a node', () => {
  it('are listed up to the limit, the last ones', () => {
    const clinic = new Clinic();
    for (let count = 0; count <= LIMITS.failuresListed; count++) clinic.fail(0, `organ ${count}`);
    const organs = clinic.failures.list().map(({ organ }) => organ);
    expect(organs).toHaveLength(LIMITS.failuresListed);
    expect(organs[0]).toBe('organ 1');
  });
});
