import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { enterVirtualTime } from '../../../src/runtime/simulation/ambient.ts';

const uses: readonly (readonly [name: string, use: () => unknown])[] = [
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['Date()', () => Date()],
  ['Math.random', () => Math.random()],
  ['performance.now', () => performance.now()],
  ['setTimeout', () => setTimeout(() => undefined, 0)],
  ['setInterval', () => setInterval(() => undefined, 1)],
  ['setImmediate', () => setImmediate(() => undefined)],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['randomBytes of node:crypto', () => randomBytes(4)],
  ['randomUUID of node:crypto', () => randomUUID()],
  ['setTimeout of node:timers/promises', () => wait(1)],
];

let leave = (): void => undefined;
afterEach(() => leave());

describe('virtual time', () => {
  it.each(uses)('has no %s, and says who used it', (name, use) => {
    leave = enterVirtualTime();
    let caught: unknown;
    try {
      use();
    } catch (error) {
      caught = error;
    }
    leave();
    expect(String(caught)).toContain(`${name} was used in a simulation`);
    expect((caught as Error).stack).toContain('ambient.spec.ts');
  });

  it('keeps dates of a given time, and what else is known of dates', () => {
    leave = enterVirtualTime();
    const date = new Date(86_400_000);
    const utc = Date.UTC(2025, 0, 1);
    const isDate = date instanceof Date;
    leave();
    expect([date.toISOString(), utc, isDate]).toEqual(['1970-01-02T00:00:00.000Z', 1_735_689_600_000, true]);
    expect(date instanceof Date).toBe(true);
  });

  it('leaves everything as it was', () => {
    const before = [Date, Math.random, setTimeout, setInterval, setImmediate, performance.now];
    const shapes = ['now', 'random'].map((name) =>
      Object.getOwnPropertyDescriptor(name === 'now' ? performance : Math, name),
    );
    enterVirtualTime()();
    expect([Date, Math.random, setTimeout, setInterval, setImmediate, performance.now]).toEqual(before);
    expect(
      ['now', 'random'].map((name) => Object.getOwnPropertyDescriptor(name === 'now' ? performance : Math, name)),
    ).toEqual(shapes);
    for (const [, use] of uses.slice(0, 5)) expect(use).not.toThrow();
    expect(randomBytes(4)).toHaveLength(4);
  });

  it('ends with the last of the stretches that overlap, however often one is left', () => {
    const first = enterVirtualTime();
    const second = enterVirtualTime();
    leave = () => {
      first();
      second();
    };
    first();
    first();
    expect(() => Math.random()).toThrow('simulation');
    second();
    expect(Math.random()).toBeLessThan(1);
  });
});
