import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { View } from '../../../src/contract/words.ts';
import { addressOf, keyIn, organOf, placeOfAddress } from '../../../src/organs/keeper/address.ts';
import { Ids } from '../../../src/organs/keeper/desk.ts';
import { placed } from '../../../src/organs/keeper/placing.ts';
import { Residents } from '../../../src/organs/keeper/residents.ts';
import { Turnstile } from '../../../src/organs/keeper/turnstile.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';

describe('an address', () => {
  it('gives back organ and key, whatever the key is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('entity', 'record', 'job', 'run'),
        fc.stringMatching(/^[a-z][A-Za-z0-9]{0,9}$/),
        fc.string(),
        (sort, organ, key) => {
          const address = addressOf(sort, organ, key);
          expect([organOf(address), keyIn(address)]).toEqual([organ, key]);
          expect(placeOfAddress(address)).toBe(sort === 'job' ? `j/${organ}` : address);
        },
      ),
    );
    expect([organOf('x/1'), organOf('o/1'), organOf('name:a/b/c')]).toEqual([undefined, undefined, undefined]);
  });
});

describe('an id', () => {
  it('ascends, though the clock stands still or is put back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 42 }), { minLength: 2 }), (times) => {
        const ids = new Ids(seededEntropy(1));
        const made = times.map((now) => ids.next(now));
        expect(made).toEqual([...new Set(made)].sort());
        expect(made.every((id) => id.length === 16)).toBe(true);
      }),
    );
  });
});

describe('the turnstile', () => {
  it('lets one at a time through at a place, those of another place beside, in the order in which they came', async () => {
    const turnstile = new Turnstile();
    const told: string[] = [];
    const open: (() => void)[] = [];
    const work = (name: string) => async () => {
      told.push(name);
      await new Promise<void>((resolve) => open.push(resolve));
      if (name === 'a1') throw new Error('a1 failed');
      return name;
    };
    const a1 = turnstile.pass('a', work('a1'));
    const a2 = turnstile.pass('a', work('a2'));
    const b1 = turnstile.pass('b', work('b1'));
    await Promise.resolve();
    expect(told).toEqual(['a1', 'b1']);
    for (const let_ of open.splice(0)) let_();
    await expect(a1).rejects.toThrow('a1 failed');
    expect(await b1).toBe('b1');
    await Promise.resolve();
    expect(told).toEqual(['a1', 'b1', 'a2']);
    for (const let_ of open.splice(0)) let_();
    expect(await a2).toBe('a2');
    expect(turnstile.busy).toBe(0);
  });

  it('takes as many as may wait, and not one more', async () => {
    const turnstile = new Turnstile();
    let end = (): void => undefined;
    const blocked = new Promise<void>((resolve) => {
      end = resolve;
    });
    const passing = Array.from({ length: LIMITS.keeperWaitingMax }, () => turnstile.pass('a', () => blocked));
    await expect(turnstile.pass('a', () => blocked)).rejects.toMatchObject({ code: 'busy' });
    end();
    await Promise.all(passing);
    await expect(turnstile.pass('a', async () => 'again')).resolves.toBe('again');
  });
});

describe('residents', () => {
  const register = (key: string, version: number) => ({ key, version, value: key });

  it('leave when they are idle, or when the log has something newer', () => {
    const residents = new Residents();
    residents.keep(register('a', 3), 100, 0);
    residents.keep(register('b', 4), 100, 0);
    residents.supersede('a', 3);
    expect(residents.get('a', 50)?.version).toBe(3);
    residents.passivate(120);
    expect([residents.get('a', 120)?.version, residents.get('b', 120)]).toEqual([3, undefined]);
    residents.supersede('a', 4);
    expect(residents.get('a', 120)).toBeUndefined();
  });

  it('are at most so many, those not used for longest leaving first', () => {
    const residents = new Residents();
    for (let index = 0; index < LIMITS.entitiesResidentMax; index++) residents.keep(register(`k${index}`, 1), 100, 0);
    residents.get('k0', 1);
    residents.keep(register('new', 1), 100, 1);
    expect(residents.size).toBe(LIMITS.entitiesResidentMax);
    expect([residents.get('k0', 1), residents.get('k1', 1)]).toMatchObject(
      [{ key: 'k0' }, undefined].map((one) => one ?? undefined),
    );
  });
});

describe('placing', () => {
  const nodes = Array.from({ length: 7 }, (_, index) => `node${index}`);
  const treeOf = (alive: (node: string) => boolean) => {
    const slots = nodes.map((node) => ({ node, weight: 1, seed: `seed of ${node}` }));
    const view = { trees: { t: { slots } } } as unknown as View;
    return { self: 'nobody', tree: 't', view: () => view, alive };
  };
  const places = Array.from({ length: 2_000 }, (_, index) => `e/tickets/${index}`);

  it('moves only what was at the cell that is gone, and spreads it over all others', () => {
    const [all, fewer] = [treeOf(() => true), treeOf((node) => node !== 'node3')];
    const heirs = new Set<string>();
    for (const place of places) {
      const [before, after] = [placed(all, place), placed(fewer, place)];
      if (before === 'node3') heirs.add(String(after));
      else expect(after).toBe(before);
    }
    expect(heirs).toEqual(new Set(nodes.filter((node) => node !== 'node3')));
  });

  it('gives every cell its share', () => {
    const counts = new Map<string, number>();
    for (const place of places) {
      const node = String(
        placed(
          treeOf(() => true),
          place,
        ),
      );
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    const fair = places.length / nodes.length;
    for (const node of nodes) expect(Math.abs((counts.get(node) ?? 0) - fair)).toBeLessThan(fair / 3);
  });

  it('is nobody where all were asked in vain', () => {
    expect(
      placed(
        treeOf(() => true),
        'p',
        new Set(nodes),
      ),
    ).toBeUndefined();
  });
});
