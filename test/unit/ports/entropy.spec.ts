import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entropy } from '../../../src/contract/ports.ts';
import { realEntropy } from '../../../src/runtime/entropy/real.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { entropyCompliance } from '../../compliance/entropy.ts';

entropyCompliance('the machine', realEntropy);
entropyCompliance('a seed', () => seededEntropy('compliance'));
entropyCompliance('a fork of a seed', () => seededEntropy(0).fork('').fork('compliance'));

const draw = (entropy: Entropy): unknown => [
  entropy.float(),
  Buffer.from(entropy.bytes(9)).toString('hex'),
  entropy.float(),
];

describe('a seed', () => {
  it('gives the same stream for ever', () => {
    expect(draw(seededEntropy(42))).toMatchInlineSnapshot(`
      [
        0.8443272329538043,
        "4a3ca21480add29123",
        0.06423398301607552,
      ]
    `);
  });

  it('decides everything, and another seed or label decides otherwise', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (seed, a, b) => {
        expect(draw(seededEntropy(seed))).toEqual(draw(seededEntropy(seed)));
        expect(draw(seededEntropy(seed).fork(a))).toEqual(draw(seededEntropy(seed).fork(a)));
        expect(draw(seededEntropy(seed).fork(a))).not.toEqual(draw(seededEntropy(seed)));
        fc.pre(a !== b);
        expect(draw(seededEntropy(a))).not.toEqual(draw(seededEntropy(b)));
        expect(draw(seededEntropy(seed).fork(a))).not.toEqual(draw(seededEntropy(seed).fork(b)));
      }),
    );
  });

  it('forks alike however much was drawn before', () => {
    const fresh = seededEntropy(7);
    const used = seededEntropy(7);
    used.bytes(1000);
    used.fork('other').float();
    expect(draw(used.fork('network'))).toEqual(draw(fresh.fork('network')));
    expect(draw(seededEntropy('7'))).toEqual(draw(seededEntropy(7)));
  });
});
