import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INVARIANTS } from '../../../src/runtime/simulation/checkers/catalogue.ts';
import { nothingThrows } from '../../../src/runtime/simulation/checkers/nothing-throws.ts';
import { promisesComeDue } from '../../../src/runtime/simulation/checkers/promises-come-due.ts';
import { timersEndWithActors } from '../../../src/runtime/simulation/checkers/timers-end-with-actors.ts';
import { DUE } from '../../../src/runtime/simulation/witness.ts';
import { itCatches, itLets, type Stage } from './stage.ts';

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
