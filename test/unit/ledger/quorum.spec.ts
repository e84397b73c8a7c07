import { describe, expect, it } from 'vitest';
import { type Stamp, stampAll } from '../../../src/organs/ledger/batch.ts';
import { firstCommittee } from '../../../src/organs/ledger/committee.ts';
import {
  type Certificate,
  gather,
  isQuorum,
  type Quorum,
  type Settlement,
  statementOf,
} from '../../../src/organs/ledger/quorum.ts';
import { committee, genesisOf, ledger, shell, signerOf, verify } from './bank/people.ts';

const slot = { line: shell('ada'), sequence: 3 };
const choice = { ballot: 0, value: 'a'.repeat(64) };
const stampOf = (
  seat: number,
  of: Quorum['of'] = 'vote',
  more: Partial<typeof choice & typeof slot> = {},
  number = 1,
): Stamp =>
  stampAll(
    [statementOf(of, { ...slot, ...more }, { ...choice, ...more })],
    { ledger, committee: number, seat },
    (bytes) => signerOf(`v${seat}`).sign('ledger-batch', bytes),
  )[0] as Stamp;
const gathered = (stamps: readonly Stamp[], of: Quorum['of'] = 'vote') =>
  gather<Certificate | Settlement>(of, slot, choice, stamps, committee, verify);
const made = gathered([0, 1, 2].map((seat) => stampOf(seat))) as Certificate;

describe('a quorum', () => {
  it('is 2f + 1 distinct seats that said the same', () => {
    expect(made).toEqual({ of: 'vote', committee: 1, ...slot, ...choice, stamps: made.stamps });
    expect(made.stamps.map(({ seat }) => seat)).toEqual([0, 1, 2]);
    expect(isQuorum(made, committee, verify)).toBe(true);
    expect(gathered([stampOf(3), stampOf(1), stampOf(0)])?.stamps.map(({ seat }) => seat)).toEqual([0, 1, 3]);
    const seven = firstCommittee(genesisOf({ f: 2 }).body);
    const stamps = [0, 1, 2, 3].map((seat) => stampOf(seat));
    expect(gather('vote', slot, choice, stamps, { ...seven, ledger }, verify)).toBeUndefined();
    const five = [...stamps, stampOf(4)];
    expect(gather('vote', slot, choice, five, { ...seven, ledger }, verify)?.stamps).toHaveLength(5);
  });

  it('is not made of fewer, of one seat several times, or of what does not hold', () => {
    expect(gathered([stampOf(0), stampOf(1)])).toBeUndefined();
    expect(gathered([stampOf(0), stampOf(0), stampOf(0), stampOf(1)])).toBeUndefined();
    const forged = { ...stampOf(2), signature: stampOf(1).signature };
    expect(gathered([stampOf(0), stampOf(1), forged])).toBeUndefined();
    expect(gathered([stampOf(0), forged, stampOf(1), stampOf(2)])).toEqual(made);
  });

  it.each<[string, Stamp]>([
    ['another value', stampOf(2, 'vote', { value: 'b'.repeat(64) })],
    ['another ballot', stampOf(2, 'vote', { ballot: 1 })],
    ['another slot', stampOf(2, 'vote', { sequence: 4 })],
    ['another line', stampOf(2, 'vote', { line: shell('bob') })],
    ['an acknowledgement', stampOf(2, 'ack')],
    ['another committee', stampOf(2, 'vote', {}, 2)],
  ])('does not mix in %s', (_what, stamp) => {
    expect(gathered([stampOf(0), stampOf(1), stamp])).toBeUndefined();
    expect(isQuorum({ ...made, stamps: [stampOf(0), stampOf(1), stamp] }, committee, verify)).toBe(false);
  });

  it.each<[string, Partial<Quorum>]>([
    ['another value', { value: 'b'.repeat(64) }],
    ['another ballot', { ballot: 1 }],
    ['another slot', { sequence: 4 }],
    ['another line', { line: shell('bob') }],
    ['acknowledgements', { of: 'ack' }],
    ['another committee', { committee: 2 }],
    ['too few', { stamps: made.stamps.slice(0, 2) }],
    ['one of them twice', { stamps: [made.stamps[0], made.stamps[0], made.stamps[1], made.stamps[2]] as Stamp[] }],
    ['them out of order', { stamps: [made.stamps[1], made.stamps[0], made.stamps[2]] as Stamp[] }],
    ['a seat that there is not', { stamps: [...made.stamps, { ...stampOf(3), seat: 4 }] }],
    ['one that does not hold besides', { stamps: [...made.stamps, { ...stampOf(3), signature: '' }] }],
    ['one seat under all names', { stamps: [0, 1, 2].map((seat) => ({ ...stampOf(0), seat })) }],
  ])('is not one of %s', (_what, change) => {
    expect(isQuorum({ ...made, ...change } as Quorum, committee, verify)).toBe(false);
  });

  it('may be of more than it needs', () => {
    const all = { ...made, stamps: [0, 1, 2, 3].map((seat) => stampOf(seat)) };
    expect(isQuorum(all, committee, verify)).toBe(true);
    expect(isQuorum({ ...all, stamps: [...all.stamps, ...all.stamps] }, committee, verify)).toBe(false);
  });
});
