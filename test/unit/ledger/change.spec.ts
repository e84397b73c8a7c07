import { describe, expect, it } from 'vitest';
import { COMMITTEE_LINE } from '../../../src/organs/ledger/names.ts';
import { type Change, digestOf, type Order, type Signed } from '../../../src/organs/ledger/order.ts';
import { decidedOf, outcomeOf } from '../../../src/organs/ledger/records.ts';
import type { LedgerInput } from '../../../src/organs/ledger/validator.ts';
import { committeeSlot, genesis, legOf, payment, shell, signed, signerOf, transfer, unlockOf } from './bank/people.ts';
import { codeOf, codesOf, refusalOf, Stage, saidBy } from './stage.ts';

const ALL = [0, 1, 2, 3, 4] as const;
const OLD = [0, 1, 2, 3] as const;

/** Committee 1 and the first spare, with ada's money. */
function seated(): Stage {
  const stage = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0'] });
  stage.fund('ada', 'bob');
  return stage;
}

const changeOf = (stage: Stage, seat = 0): Signed<Change> => {
  const value = outcomeOf(stage.node(seat).disk, committeeSlot())?.value ?? '';
  return decidedOf(stage.node(seat).disk, value)?.signed as Signed<Change>;
};
/** Everybody hears all that was decided, and that it was. */
const spread = (stage: Stage, from: number, to: readonly number[] = ALL) => {
  const bodies = [...stage.node(from).disk.range('decided/')].map(
    ([, row]) => (row as never as { signed: Signed }).signed,
  );
  for (let round = 0; round < 2; round++) {
    for (const [, row] of stage.node(from).disk.range('decided/')) {
      for (const seat of to) stage.tell(seat, { kind: 'decided', ...(row as object), bodies } as never);
    }
  }
};
const paid = (stage: Stage, id: string, committee: number, seat = 0): Signed<Order> =>
  signed(transfer(legOf('ada', stage.next(shell('ada'), seat), [payment(id, shell('bob'), 5)]), { committee }));

describe('a committee', () => {
  it('is changed when f + 1 of its members wish it', () => {
    const stage = seated();
    stage.change([2], [0, 1]);
    stage.deliver(OLD);
    const { body } = changeOf(stage);
    const [v0, v1, , v3] = genesis.body.keys;
    expect(body).toMatchObject({
      kind: 'change',
      committee: 1,
      drop: [2],
      next: [v0, v1, genesis.body.spares[0], v3],
      settled: [],
    });
    for (const seat of OLD) {
      expect(stage.node(seat).committee).toMatchObject({
        number: 2,
        keys: body.next,
        sparesSeated: 1,
        head: digestOf(body),
      });
      expect([...stage.node(seat).disk.range('slot/')]).toEqual([]);
      expect(stage.node(seat).facts.gathered.slots.size).toBe(0);
    }
    expect(stage.node(2).seat).toBe(-1);
    spread(stage, 0, [4]);
    expect(stage.node(4).seat).toBe(2);
    // The next committee goes on, with the spare and without the one that it replaced.
    const decided = stage.settle(paid(stage, 'a', 2), [0, 1, 4]);
    stage.bring(decided);
    expect(stage.roots().size).toBe(1);
    expect(stage.shell('bob', undefined, 2).creditsPosted).toBe('1005');
    expect(codesOf(stage.ask(paid(stage, 'b', 2), [2, 3]))).toEqual(['not_in_office', 'vote']);
  });

  it('is not changed by fewer, by others, or without spares', () => {
    const stage = seated();
    const wishOf = (seat: number, drop: readonly number[]) =>
      saidBy([stage.tell(seat, { kind: 'wish', drop }).answer])[0];
    const asked = (drop: readonly number[], wishes: readonly unknown[]) =>
      codeOf(stage.tell(3, { kind: 'change', request: { drop, wishes } } as never).answer);
    const [a, b] = [wishOf(0, [2]), wishOf(1, [2])];
    expect(asked([2], [a])).toBe('bad_signature');
    expect(asked([2], [a, a])).toBe('bad_signature');
    expect(asked([1], [a, b])).toBe('bad_signature');
    expect(asked([2], [a, wishOf(1, [3])])).toBe('bad_signature');
    expect(asked([0, 1, 2], [a, b])).toBe('not_entitled');
    expect(codeOf(stage.tell(0, { kind: 'wish', drop: [0, 1, 2] }).answer)).toBe('malformed');
    expect(codeOf(stage.tell(4, { kind: 'wish', drop: [2] }).answer)).toBe('not_in_office');
    expect(stage.letters).toEqual([]);
    expect(asked([2], [a, b])).toBe('noted');
  });

  it('promises nothing in any other slot once it hands over, and what was under way is signed again', () => {
    const stage = seated();
    const order = paid(stage, 'a', 1);
    const certificate = stage.certify(order, [0, 1, 2]);
    stage.ask(paid(stage, 'a', 1), [3]);
    stage.change([2], [0, 1]);
    stage.lose();
    expect(codesOf(stage.ask(order))).toEqual(Array(4).fill('handing_over'));
    expect(codesOf(stage.acknowledge(certificate, order, OLD))).toEqual(Array(4).fill('handing_over'));
    expect(
      codeOf(
        stage.tell(0, {
          kind: 'unlock',
          slot: { line: shell('ada'), sequence: 1 },
          unlock: unlockOf('ada', stage.next(shell('ada'))),
        }).answer,
      ),
    ).toBe('handing_over');
    stage.node(0).restart();
    expect(codesOf(stage.ask(order, [0]))).toEqual(['handing_over']);
  });

  it('hands over a certificate that one of its members has, as settled', () => {
    const stage = seated();
    const order = paid(stage, 'a', 1);
    const certificate = stage.certify(order, [0, 1, 2]);
    stage.acknowledge(certificate, order, [0]);
    stage.change([3], [0, 1]);
    stage.deliver(OLD);
    expect(changeOf(stage).body.settled).toEqual([{ line: shell('ada'), sequence: 1, value: digestOf(order.body) }]);
    for (const seat of OLD) expect(stage.shell('bob', undefined, seat).creditsPosted).toBe('1005');
    const row = decidedOf(stage.node(1).disk, digestOf(order.body));
    expect(row?.evidence).toEqual({ by: 'change', committee: 1 });
    spread(stage, 0, [4]);
    expect(stage.roots().size).toBe(1);
    // In the next committee's time it is known as decided, and the old certificate is good for nothing more.
    expect(stage.ask(order, [0])[0]).toMatchObject({ answer: 'decided' });
    expect(codesOf(stage.acknowledge(certificate, order, [1]))).toEqual(['decided']);
  });

  it('does not hand over a certificate that none of those who report has, and its order is void', () => {
    const stage = seated();
    const order = paid(stage, 'a', 1);
    const certificate = stage.certify(order, [0, 1, 2]);
    stage.acknowledge(certificate, order, [3]);
    stage.change([3], [0, 1], [0, 1, 2]);
    stage.deliver([0, 1, 2], [0, 1, 2]);
    expect(changeOf(stage).body.settled).toEqual([]);
    expect(stage.shell('bob').creditsPosted).toBe('1000');
    expect(refusalOf(stage.ask(order, [0])[0])).toEqual({ code: 'wrong_committee', known: { committee: 2 } });
    spread(stage, 0, [3, 4]);
    stage.bring(stage.settle(paid(stage, 'a', 2), [0, 1, 2]));
    expect(stage.roots().size).toBe(1);
    expect(stage.shell('bob', undefined, 3).creditsPosted).toBe('1005');
    expect(codesOf(stage.acknowledge(certificate, order, [3]))).toEqual(['spent']);
  });

  it('hands over what it has settled, though some of its members have not heard of it', () => {
    const stage = seated();
    const first = stage.settle(paid(stage, 'a', 1), [0, 1, 2]);
    stage.bring(first, [2]);
    const second = stage.settle(
      signed(transfer(legOf('bob', stage.next(shell('bob')), [payment('b', shell('eve'), 9)]))),
      [0, 1, 2],
    );
    stage.bring(second, [0, 1]);
    stage.change([3], [0, 1], [0, 1, 2]);
    stage.deliver([0, 1, 2], [0, 1, 2]);
    // Each lacks what another one has applied: nobody can say what the state is.
    expect(stage.node(0).committee.number).toBe(1);
    for (const decided of [first, second]) stage.bring(decided, [0, 1, 2]);
    for (let ballot = 1; ballot < 6 && stage.node(0).committee.number === 1; ballot++) {
      stage.timeout([0, 1, 2], committeeSlot(), ballot);
      stage.deliver([0, 1, 2], [0, 1, 2]);
    }
    expect(changeOf(stage).body.settled).toEqual([]);
    for (const decided of [first, second]) stage.bring(decided, [3, 4]);
    spread(stage, 0, [3, 4]);
    expect(stage.roots().size).toBe(1);
    expect(stage.node(4).committee.number).toBe(2);
  });

  it('takes office only where all that it was handed has arrived', () => {
    const stage = seated();
    const order = paid(stage, 'a', 1);
    const certificate = stage.certify(order, [0, 1, 2]);
    stage.acknowledge(certificate, order, OLD);
    stage.change([3], [0, 1]);
    stage.deliver(OLD);
    const value = outcomeOf(stage.node(0).disk, committeeSlot())?.value ?? '';
    const change = decidedOf(stage.node(0).disk, value) as NonNullable<ReturnType<typeof decidedOf>>;
    stage.bring(change, [4]);
    expect(stage.node(4).committee.number).toBe(1);
    stage.node(4).restart();
    const row = decidedOf(stage.node(0).disk, digestOf(order.body)) as NonNullable<ReturnType<typeof decidedOf>>;
    const [outgoing] = stage.bring(row, [4]);
    expect(outgoing?.notes).toContainEqual({ note: 'committee', number: 2 });
    expect(stage.node(4).committee.number).toBe(2);
    expect(stage.roots().size).toBe(1);
    expect([...stage.node(4).disk.range('held/')]).toEqual([]);
  });

  it('is followed while one member says nothing, over several ballots', () => {
    const stage = seated();
    stage.change([2], [0, 1], [0, 1, 3]);
    stage.lose();
    for (let ballot = 1; ballot < 8 && stage.node(0).committee.number === 1; ballot++) {
      stage.timeout([0, 1, 3], committeeSlot(), ballot);
      stage.deliver([0, 1, 3], [0, 1, 3]);
    }
    expect(stage.node(0).committee.number).toBe(2);
    expect(stage.node(3).committee.number).toBe(2);
  });

  it('is followed by another, and that by another, as long as there are spares', () => {
    const stage = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0', 's1'] });
    stage.fund('ada');
    stage.change([2], [0, 1]);
    stage.deliver(OLD);
    spread(stage, 0, [4, 5]);
    stage.change([2], [0, 1], [0, 1, 3, 4]);
    stage.deliver([0, 1, 3, 4], [0, 1, 3, 4]);
    spread(stage, 0, [0, 1, 2, 3, 4, 5]);
    expect(stage.node(5).committee).toMatchObject({ number: 3, sparesSeated: 2 });
    expect(stage.node(5).seat).toBe(2);
    expect(codeOf(stage.tell(0, { kind: 'wish', drop: [1] }).answer)).toBe('malformed');
    expect(stage.roots().size).toBe(1);
    stage.bring(stage.settle(paid(stage, 'a', 3), [0, 3, 5]));
    expect(stage.roots().size).toBe(1);
  });

  it('believes no hand-over that is not shown to be so', () => {
    const stage = seated();
    const order = paid(stage, 'a', 1);
    const certificate = stage.certify(order, [0, 1, 2]);
    stage.acknowledge(certificate, order, [0]);
    stage.change([3], [0, 1], [0]);
    const [handed] = stage.letters as [LedgerInput & { kind: 'handover' }];
    stage.lose();
    const shown = (change: object) => codeOf(stage.tell(1, { ...handed, ...change } as LedgerInput).answer);
    const [, second = []] = handed.frontier;
    expect(shown({ frontier: [second] })).toBe('malformed');
    expect(shown({ certificates: [] })).toBe('malformed');
    expect(shown({ certificates: [{ certificate, signed: paid(stage, 'b', 1) }] })).toBe('malformed');
    const short = { ...certificate, stamps: certificate.stamps.slice(1) };
    expect(shown({ certificates: [{ certificate: short, signed: order }] })).toBe('bad_signature');
    expect(shown({ certificate })).toBe('malformed');
    const fewer = { ...handed.unlock, wishes: handed.unlock.wishes.slice(1) };
    expect(shown({ unlock: fewer })).toBe('bad_signature');
    const others = { ...handed.said, stamp: { ...handed.said.stamp, seat: 2 } };
    expect(shown({ said: others })).toBe('bad_signature');
    expect(handed.said.statement.line).toBe(COMMITTEE_LINE);
    expect(shown({})).toBe('noted');
    expect(signerOf('v0').spki).toBe(genesis.body.keys[0]);
  });
});
