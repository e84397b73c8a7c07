import { describe, expect, it } from 'vitest';
import {
  firstCommittee,
  isGenesis,
  leaderOf,
  ledgerIdOf,
  nextCommittee,
  quorum,
  type SignedGenesis,
} from '../../../src/organs/ledger/committee.ts';
import { readGenesis } from '../../../src/organs/ledger/read-input.ts';
import { committee, genesis, genesisOf, ledger, signerOf, verify } from './bank/people.ts';

const altered = (change: Partial<SignedGenesis['body']>): SignedGenesis => ({
  ...genesis,
  body: { ...genesis.body, ...change },
});
/** Changed and signed again by whoever holds the organism's key. */
const resigned = (change: Partial<SignedGenesis['body']>): SignedGenesis => {
  const { body } = altered(change);
  const bytes = new TextEncoder().encode(
    JSON.stringify(Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)))),
  );
  return { body, signature: signerOf('operator').sign('ledger-genesis', bytes) };
};

describe('a genesis', () => {
  it("is signed by the organism's key, which the organism's id is a hash of", () => {
    expect(isGenesis(genesis, verify)).toBe(true);
    expect(isGenesis(resigned({}), verify)).toBe(true);
    expect(isGenesis(altered({ tree: genesis.body.organism }), verify)).toBe(false);
    expect(isGenesis(resigned({ nonce: 'other' }), verify)).toBe(false);
    expect(isGenesis(resigned({ operator: signerOf('eve').spki }), verify)).toBe(false);
    expect(isGenesis({ ...genesis, signature: signerOf('eve').sign('ledger-genesis', new Uint8Array()) }, verify)).toBe(
      false,
    );
  });

  it('names 3f + 1 distinct keys, and spares that are none of them', () => {
    const { keys, spares } = genesis.body;
    const [first = '', second = ''] = keys;
    expect(isGenesis(resigned({ keys: keys.slice(1) }), verify)).toBe(false);
    expect(isGenesis(resigned({ f: 2 }), verify)).toBe(false);
    expect(isGenesis(genesisOf({ f: 2 }), verify)).toBe(true);
    expect(isGenesis(resigned({ keys: [first, first, first, first] }), verify)).toBe(false);
    expect(isGenesis(resigned({ keys: [first, second, first, keys[3] as string] }), verify)).toBe(false);
    expect(isGenesis(resigned({ spares: [...spares, first] }), verify)).toBe(false);
    expect(isGenesis(resigned({ spares: [spares[0] as string, spares[0] as string] }), verify)).toBe(false);
    expect(isGenesis(resigned({ spares: [] }), verify)).toBe(true);
  });

  it('gives the ledger its id', () => {
    expect(ledgerIdOf(genesis.body)).toBe(ledger);
    for (const other of [genesisOf({ nonce: 'other' }), genesisOf({ tree: 'other' }), genesisOf({ spares: 1 })]) {
      expect(ledgerIdOf(other.body)).not.toBe(ledger);
    }
  });

  it('is read from a file, and nothing else is', () => {
    expect(readGenesis(JSON.parse(JSON.stringify(genesis)))).toEqual(genesis);
    for (const wrong of [
      null,
      {},
      { ...genesis, more: 1 },
      altered({ f: 0 }),
      altered({ f: 11 }),
      altered({ keys: [] }),
      altered({ nonce: '' }),
    ]) {
      expect(readGenesis(wrong)).toBeUndefined();
    }
  });
});

describe('a committee', () => {
  it('decides by 2f + 1', () => {
    expect(committee).toMatchObject({ ledger, number: 1, f: 1, sparesSeated: 0 });
    expect(quorum(committee)).toBe(3);
    expect(quorum(firstCommittee(genesisOf({ f: 2 }).body))).toBe(5);
  });

  it('is led by every seat in turn, by others first in other slots', () => {
    const leaders = [1, 2, 3, 4, 5].map((ballot) => leaderOf(committee, `0000000a${'0'.repeat(56)}`, ballot));
    expect(leaders).toEqual([3, 0, 1, 2, 3]);
    expect(leaderOf(committee, `0000000b${'0'.repeat(56)}`, 1)).toBe(0);
    expect(leaderOf(committee, 'f'.repeat(64), 1)).toBe(0);
  });

  it('is followed by one in which spares have the dropped seats, in their order', () => {
    const [v0, v1, v2, v3] = committee.keys;
    const [s0, s1] = genesis.body.spares;
    const next = nextCommittee(committee, genesis.body, [2], 'head');
    expect(next).toEqual({ ...committee, number: 2, keys: [v0, v1, s0, v3], sparesSeated: 1, head: 'head' });
    expect(nextCommittee(committee, genesis.body, [3, 0], 'h')?.keys).toEqual([s0, v1, v2, s1]);
    const third = next && nextCommittee(next, genesis.body, [2], 'h');
    expect(third).toMatchObject({ number: 3, keys: [v0, v1, s1, v3], sparesSeated: 2 });
    expect(third && nextCommittee(third, genesis.body, [0], 'h')).toBeUndefined();
  });

  it.each([[[]], [[1, 1]], [[4]], [[-1]], [[0, 1, 2]]])('is not followed by one without seats %j', (drop) => {
    expect(nextCommittee(committee, genesis.body, drop, 'h')).toBeUndefined();
  });
});
