import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { isStamped, leafOf, PATH_MAX, type Stamp, stampAll } from '../../../src/organs/ledger/batch.ts';
import { committee, ledger, signerOf, verify } from './bank/people.ts';

const seat = { ledger, committee: 1, seat: 2 };
const sign = (bytes: Uint8Array) => signerOf('v2').sign('ledger-batch', bytes);
const statements = (count: number) => Array.from({ length: count }, (_, at) => ({ kind: 'vote', at }));
const holds = (statement: object, stamp: Stamp | undefined, of = committee) =>
  stamp !== undefined && isStamped(statement, stamp, of, verify);

describe('a batch under one signature', () => {
  it('covers each of its statements and no other, whatever their number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (count) => {
        const said = statements(count);
        const stamps = stampAll(said, seat, sign);
        expect(new Set(stamps.map(({ signature }) => signature)).size).toBe(1);
        for (const [at, statement] of said.entries()) {
          expect(holds(statement, stamps[at])).toBe(true);
          expect(holds({ ...statement, at: count }, stamps[at])).toBe(false);
          expect(holds(statement, stamps[(at + 1) % count])).toBe(count === 1);
          expect(stamps[at]?.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is signed once', () => {
    let signatures = 0;
    const counted = (bytes: Uint8Array) => {
      signatures += 1;
      return sign(bytes);
    };
    stampAll(statements(33), seat, counted);
    expect(signatures).toBe(1);
    expect(stampAll([], seat, counted)).toEqual([]);
    expect(signatures).toBe(1);
  });

  it('of the largest size has proofs of ten hashes', () => {
    const said = statements(LIMITS.ledgerBatchMax);
    const stamps = stampAll(said, seat, sign);
    expect(PATH_MAX).toBe(10);
    expect(stamps.every(({ path }) => path.length === PATH_MAX)).toBe(true);
    expect(holds(said[1_023] as object, stamps[1_023])).toBe(true);
    const [stamp] = stamps as [Stamp];
    expect(holds(said[0] as object, { ...stamp, path: [...stamp.path, `l${'0'.repeat(64)}`] })).toBe(false);
  });

  it('is of one seat of one committee of one ledger', () => {
    const [statement = {}] = statements(1);
    const [stamp] = stampAll([statement], seat, sign) as [Stamp];
    expect(holds(statement, stamp)).toBe(true);
    expect(holds(statement, { ...stamp, seat: 1 })).toBe(false);
    expect(holds(statement, { ...stamp, seat: 4 })).toBe(false);
    expect(holds(statement, stamp, { ...committee, number: 2 })).toBe(false);
    expect(holds(statement, stamp, { ...committee, ledger: 'other' })).toBe(false);
    expect(holds(statement, { ...stamp, signature: signerOf('v1').sign('ledger-batch', new Uint8Array()) })).toBe(
      false,
    );
    const claimed = stampAll([statement], { ...seat, seat: 1 }, sign)[0];
    expect(holds(statement, claimed)).toBe(false);
  });

  it('shows no inner node as a statement, nor a path with its sides swapped', () => {
    const said = statements(4);
    const [stamp] = stampAll(said, seat, sign) as [Stamp];
    const [first = '', second = ''] = stamp.path;
    expect([first[0], second[0]]).toEqual(['r', 'r']);
    expect(holds(said[0] as object, { ...stamp, path: [first] })).toBe(false);
    expect(holds(said[0] as object, { ...stamp, path: [second, first] })).toBe(false);
    expect(holds(said[0] as object, { ...stamp, path: [`l${first.slice(1)}`, second] })).toBe(false);
    expect(holds(said[0] as object, { ...stamp, path: [] })).toBe(false);
  });

  it('hashes what was said in one spelling, written down', () => {
    expect(leafOf({ b: 1, a: 'x' })).toBe(leafOf({ a: 'x', b: 1 }));
    expect(leafOf({ a: 'x', b: 1 })).toBe('c0235d93be9f4512c5c6c08a3dfae0933d286453e0fc009f4b16c85afd719d7e');
  });
});
