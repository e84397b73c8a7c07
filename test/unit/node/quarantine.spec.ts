import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { Quarantine } from '../../../src/runtime/node/quarantine.ts';
import { treeName } from '../../stage/organism.ts';

const poison = { tree: treeName('shardTree'), kind: 'notes.post', body: { text: 'boom' } };

describe('a quarantine', () => {
  it('holds a message that crashed its organ as often as the limit says, and not before', () => {
    const quarantine = new Quarantine(new VirtualClock());
    for (let tries = 1; tries <= LIMITS.poisonTries; tries++) {
      expect(quarantine.holds(poison)).toBe(false);
      expect(quarantine.isLastTry(poison)).toBe(tries === LIMITS.poisonTries);
      quarantine.note(poison);
    }
    expect(quarantine.holds(poison)).toBe(true);
    expect(quarantine.holds({ ...poison, body: { text: 'other' } })).toBe(false);
    expect(quarantine.holds({ ...poison, tree: null })).toBe(false);
    expect(quarantine.holds({ ...poison, kind: 'notes.drop' })).toBe(false);
  });

  it('lets it go after a while, because the organ may have been mended', async () => {
    const clock = new VirtualClock();
    const quarantine = new Quarantine(clock);
    for (let tries = 0; tries < LIMITS.poisonTries; tries++) quarantine.note(poison);
    await clock.advance(LIMITS.poisonKeptMs - 1);
    expect(quarantine.holds(poison)).toBe(true);
    await clock.advance(1);
    expect(quarantine.holds(poison)).toBe(false);
    quarantine.note(poison);
    expect(quarantine.holds(poison)).toBe(false);
  });

  it('remembers as many as the limit says: the oldest goes first', () => {
    const quarantine = new Quarantine(new VirtualClock());
    const note = (n: number): void => {
      for (let tries = 0; tries < LIMITS.poisonTries; tries++) quarantine.note({ ...poison, body: n });
    };
    for (let n = 0; n < LIMITS.poisonsMax; n++) note(n);
    expect(quarantine.holds({ ...poison, body: 0 })).toBe(true);
    note(LIMITS.poisonsMax);
    expect(quarantine.holds({ ...poison, body: 0 })).toBe(false);
    expect(quarantine.holds({ ...poison, body: 1 })).toBe(true);
  });
});
