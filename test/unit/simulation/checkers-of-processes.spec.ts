import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../../src/runtime/simulation/checkers/catalogue.ts';
import { nothingThrows } from '../../../src/runtime/simulation/checkers/nothing-throws.ts';
import { promisesComeDue } from '../../../src/runtime/simulation/checkers/promises-come-due.ts';
import { theLivingStay } from '../../../src/runtime/simulation/checkers/the-living-stay.ts';
import { timersEndWithActors } from '../../../src/runtime/simulation/checkers/timers-end-with-actors.ts';
import type { Strike } from '../../../src/runtime/simulation/strike.ts';
import { DUE } from '../../../src/runtime/simulation/witness.ts';
import { itCatches, itLets, type Stage, TREE } from './stage.ts';

describe('timers', () => {
  const stop = (stage: Stage, timers: number): void =>
    stage.see({ what: 'stopped', node: stage.node(1), how: 'close', timers });

  itCatches(timersEndWithActors, 'a timer that outlives its node', /node 1 has stopped and left 2 timers/, (stage) =>
    stop(stage, 2),
  );
  itLets(timersEndWithActors, 'a stop in good order, and one in the middle of a call', (stage) => {
    stop(stage, 0);
    stage.call({ node: 1, kind: 'put', key: 'x', input: null });
    stop(stage, 3);
  });
});

describe('promises', () => {
  const START = Date.UTC(2025, 0, 1);
  const due = (stage: Stage, afterMs: number): void => {
    stage.now = 10_000;
    stage
      .puppet(1)
      .disk.table('facts')
      .set(`${DUE}p1`, START + stage.now + afterMs);
  };

  itCatches(promisesComeDue, 'one that is overdue', /has not done p1, due 5000 ms ago/, (stage) => due(stage, -5_000));
  itLets(promisesComeDue, 'one that is not due yet, and those of the dead', (stage) => {
    due(stage, 5_000);
    stage.puppet(2).disk.table('facts').set(`${DUE}p2`, START);
    stage.puppet(2).running = false;
  });
});

describe('the living', () => {
  const start = (stage: Stage): void => {
    stage.found();
    for (const { index } of stage.nodes) stage.see({ what: 'started', node: stage.node(index), disk: 'first' });
  };
  const replace = (stage: Stage, index: number, at: number, reason: 'dead' | 'left' = 'dead'): void => {
    stage.now = at;
    const moves = [{ tree: TREE, slot: index + 1, from: stage.puppet(index).id, to: null }];
    stage.commit({ type: 'REPLACE', nodes: [stage.puppet(index).id], reason, moves });
  };
  const strike = (stage: Stage, what: 'struck' | 'ended', kind: string): void =>
    stage.see({ what, strike: { at: 0, kind } as unknown as Strike });

  itCatches(theLivingStay, 'a removal out of a clear sky', /by which .* is dead; it has lived since 0 ms/, (stage) => {
    start(stage);
    replace(stage, 2, 20_000);
  });
  itCatches(theLivingStay, 'one on the word of liars', /is dead/, (stage) => {
    start(stage);
    strike(stage, 'struck', 'false-alerts');
    replace(stage, 2, 20_000);
  });
  itCatches(theLivingStay, 'one that comes long after the links were bad', /is dead/, (stage) => {
    start(stage);
    strike(stage, 'struck', 'loss');
    stage.now = 5_000;
    strike(stage, 'ended', 'loss');
    replace(stage, 2, 20_000);
  });
  itLets(theLivingStay, 'the removal of who has died, or has left', (stage) => {
    start(stage);
    stage.see({ what: 'stopped', node: stage.node(2), how: 'crash', timers: 0 });
    replace(stage, 2, 20_000);
  });
  itLets(theLivingStay, 'the removal of who has left', (stage) => {
    start(stage);
    replace(stage, 2, 20_000, 'left');
  });
  itLets(theLivingStay, 'what bad links do', (stage) => {
    start(stage);
    strike(stage, 'struck', 'loss');
    replace(stage, 2, 20_000);
  });
  itLets(theLivingStay, 'what follows a start of the leader', (stage) => {
    start(stage);
    stage.now = 15_000;
    stage.see({ what: 'stopped', node: stage.node(0), how: 'crash', timers: 0 });
    stage.see({ what: 'started', node: stage.node(0), disk: 'same' });
    replace(stage, 2, 20_000);
  });
});

describe('defects', () => {
  const log = (stage: Stage, error: string, event = 'actor.failed'): void => {
    stage.puppet(1).log.lines.push({ event, fields: { organ: 'tree', error } });
  };

  itCatches(nothingThrows, 'an exception in an organ', /organ tree of node 1: TypeError: x is undefined/, (stage) =>
    log(stage, 'TypeError: x is undefined'),
  );
  itLets(nothingThrows, 'what a disk does to an organ', (stage) => {
    log(stage, 'Fault: The disk has no room.');
    log(stage, 'TypeError: of somebody else', 'something.else');
  });
});

describe('the catalogue', () => {
  it('has a planted violation for every invariant', () => {
    const folder = new URL('.', import.meta.url);
    const specs = readdirSync(folder).filter((name) => name.startsWith('checkers-') && name.endsWith('.spec.ts'));
    const text = specs.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
    const caught = new Set([...text.matchAll(/itCatches\(\s*(\w+)/g)].map(([, name]) => kebab(name ?? '')));
    expect(INVARIANTS.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
  });

  it('calls each invariant by a name of its own, and says what it promises', () => {
    expect(new Set(INVARIANTS.map(({ name }) => name)).size).toBe(INVARIANTS.length);
    for (const { name, promise, how } of INVARIANTS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
      for (const sentence of [promise, how]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });
});

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
