import { describe, expect, it } from 'vitest';
import {
  type Choice,
  handedOver,
  higher,
  highest,
  honestOf,
  joinedBy,
  mayAcknowledge,
  mayJoin,
  mayPrepare,
  mayVote,
  NOTHING_PROMISED,
  quorumOf,
  type Shown,
  show,
  type Trades,
  verdictOf,
} from '../../../src/organs/ledger/rules.ts';

const at = (ballot: number, value = 'v'): Choice => ({ ballot, value });
const NO_TRADES: Trades = { isElsewhere: () => false, settledAtHome: () => undefined };
const votes = (...shown: (string | null)[]): Shown[] => shown.map((vote) => ({ vote, certificate: null }));

describe('the numbers', () => {
  it.each([
    [1, 3, 2],
    [2, 5, 3],
    [10, 21, 11],
  ])('of f = %i: any two quorums of %i share one that is honest, and %i hold one', (f, quorum, honest) => {
    expect([quorumOf(f), honestOf(f)]).toEqual([quorum, honest]);
    expect(2 * quorum - (3 * f + 1)).toBe(honest);
  });
});

describe('a vote in ballot 0', () => {
  it('is given once for each slot, again for the same, and never after a ballot was joined', () => {
    const voted = { ...NOTHING_PROMISED, vote: 'v' };
    expect(mayVote([NOTHING_PROMISED], 'v')).toBe(true);
    expect(mayVote([voted], 'v')).toBe(true);
    expect(mayVote([voted], 'w')).toBe(false);
    expect(mayVote([NOTHING_PROMISED, voted], 'w')).toBe(false);
    expect(mayVote([{ ...voted, joined: 1 }], 'v')).toBe(false);
  });
});

describe('a ballot', () => {
  it('is joined where it is higher than the last one', () => {
    expect([0, 1, 2, 3].map((ballot) => mayJoin({ ...NOTHING_PROMISED, joined: 2 }, ballot))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it('is voted in where it is the one joined last, for one value', () => {
    const joined = { ...NOTHING_PROMISED, joined: 2 };
    expect(mayPrepare(joined, at(2))).toBe(true);
    expect(mayPrepare(joined, at(1))).toBe(false);
    expect(mayPrepare(joined, at(3))).toBe(false);
    expect(mayPrepare({ ...joined, prepared: at(2) }, at(2))).toBe(true);
    expect(mayPrepare({ ...joined, prepared: at(2) }, at(2, 'w'))).toBe(false);
    expect(mayPrepare({ ...joined, prepared: at(1) }, at(2, 'w'))).toBe(true);
  });

  it('is none where it is number 0: that is the fast path', () => {
    expect(mayPrepare(NOTHING_PROMISED, at(0))).toBe(false);
  });
});

describe('an acknowledgement', () => {
  it('is given for no ballot below the one joined, and joins its own', () => {
    const joined = { ...NOTHING_PROMISED, joined: 2 };
    expect([1, 2, 3].map((ballot) => mayAcknowledge(joined, at(ballot)))).toEqual([false, true, true]);
    expect([1, 2, 3].map((ballot) => joinedBy(joined, at(ballot)))).toEqual([2, 2, 3]);
  });
});

describe('what is shown', () => {
  it('is the vote and the certificate, and nothing else', () => {
    expect(show({ joined: 3, vote: 'v', prepared: at(3), certificate: at(2) })).toEqual({
      vote: 'v',
      certificate: at(2),
    });
  });

  it('counts by the highest certificate; of two of one ballot the first, though there are none', () => {
    expect(higher(null, null)).toBeNull();
    expect(higher(at(1), null)).toEqual(at(1));
    expect(higher(null, at(1))).toEqual(at(1));
    expect(higher(at(1), at(2, 'w'))).toEqual(at(2, 'w'));
    expect(higher(at(2, 'w'), at(1))).toEqual(at(2, 'w'));
    expect(higher(at(1, 'a'), at(1, 'b'))).toEqual(at(1, 'a'));
    expect(highest([])).toBeNull();
    expect(highest([{ certificate: at(1) }, { certificate: at(3, 'w') }, { certificate: null }])).toEqual(at(3, 'w'));
  });

  it('is handed over as the value of the highest, or none', () => {
    expect(handedOver([])).toBeNull();
    expect(handedOver([{ certificate: null }])).toBeNull();
    expect(handedOver([{ certificate: at(1) }, { certificate: at(0, 'w') }])).toBe('v');
  });
});

describe('the verdict', () => {
  const about = (settled: Readonly<Record<string, string | undefined>>): Trades => ({
    isElsewhere: (value) => Object.hasOwn(settled, value),
    settledAtHome: (trade) => settled[trade],
  });

  it('keeps the highest certificate, whatever else is shown', () => {
    const shown = [...votes('t', null), { vote: null, certificate: at(0, 'c') }];
    expect(verdictOf(shown, about({ t: undefined }))).toEqual({ verdict: 'keep', value: 'c' });
  });

  it('is free where there is no vote for what is decided elsewhere', () => {
    expect(verdictOf(votes(null, 'v', null), NO_TRADES)).toEqual({ verdict: 'free' });
    expect(verdictOf(votes(null, null, null), { ...NO_TRADES, isElsewhere: () => true })).toEqual({ verdict: 'free' });
  });

  it('waits for the home slot of a trade that is shown', () => {
    expect(verdictOf(votes('v', 't'), about({ t: undefined }))).toEqual({ verdict: 'await', trade: 't' });
  });

  it('follows a trade that was settled at home, even where another one is open', () => {
    expect(verdictOf(votes('u', 't'), about({ u: undefined, t: 't' }))).toEqual({ verdict: 'follow', trade: 't' });
  });

  it('is free once the home slot was settled as something else', () => {
    expect(verdictOf(votes('t'), about({ t: 'other' }))).toEqual({ verdict: 'free' });
  });
});
