import { describe, expect, it } from 'vitest';
import { type Stamp, stampAll } from '../../../src/organs/ledger/batch.ts';
import { Draft } from '../../../src/organs/ledger/book.ts';
import { leaderOf } from '../../../src/organs/ledger/committee.ts';
import { digestOf, type Order, type Place, type Signed, type Trade, voidOf } from '../../../src/organs/ledger/order.ts';
import { slotRow } from '../../../src/organs/ledger/promises.ts';
import { gather, type Settlement } from '../../../src/organs/ledger/quorum.ts';
import { decidedOf, outcomeOf, pendingOf } from '../../../src/organs/ledger/records.ts';
import type { Report } from '../../../src/organs/ledger/statement.ts';
import type { LedgerInput } from '../../../src/organs/ledger/validator.ts';
import {
  committee,
  FIRST,
  holder,
  ledger,
  legOf,
  payment,
  resolution,
  shell,
  signed,
  signerOf,
  silver,
  take,
  trade,
  transfer,
  unlockOf,
  verify,
} from './bank/people.ts';
import { hold, offer, pendingOfShell } from './money.ts';
import { codeOf, codesOf, EVERYBODY, Stage, saidBy } from './stage.ts';

const slotOf = ({ line, sequence }: Place) => ({ line, sequence });
const unlock = (name: string, place: Place): LedgerInput => ({
  kind: 'unlock',
  slot: slotOf(place),
  unlock: unlockOf(name, place),
});
const unlockTrade = (order: Signed): LedgerInput => ({
  kind: 'unlock',
  slot: slotOf(order.body.legs[0]),
  unlock: { by: 'trade', trade: order },
});
const outcome = (stage: Stage, place: Place, seat = 0) => outcomeOf(stage.node(seat).disk, place)?.value;
const row = (stage: Stage, seat: number, place: Place) => slotRow(new Draft(stage.node(seat).disk), 1, place);

/** Two orders of ada's for one slot, each with the votes of two. */
function split(): { stage: Stage; place: Place; orders: Signed<Order>[] } {
  const stage = new Stage();
  stage.fund('ada', 'bob');
  const place = stage.next(shell('ada'));
  const orders = [stage.pay('ada', 'a', 'bob', 5), stage.pay('ada', 'b', 'eve', 6)];
  stage.ask(orders[0] as Signed<Order>, [0, 1]);
  stage.ask(orders[1] as Signed<Order>, [2, 3]);
  return { stage, place, orders };
}

/** A trade of ada's gold for bob's silver, its home slot and the other one. */
function dealt(): { stage: Stage; deal: Signed<Trade>; home: Place; other: Place } {
  const stage = new Stage();
  stage.fund('ada', 'bob');
  const body = trade(
    legOf('ada', stage.next(shell('ada')), [payment('a', shell('bob'), 3)]),
    legOf('bob', stage.next(shell('bob', silver)), [payment('b', shell('ada', silver), 4)], { asset: silver }),
  );
  const [home, other] = body.legs;
  return { stage, deal: signed(body), home, other };
}

const partyOf = (place: Place): 'ada' | 'bob' => (place.line === shell('ada') ? 'ada' : 'bob');
/** Another order of the party for the slot. */
function instead(place: Place): Signed<Order> {
  const asset = place.line === shell('ada') ? undefined : silver;
  const entries = [payment('instead', shell('eve', asset), 1)];
  return signed(transfer(legOf(partyOf(place), place, entries, asset && { asset })));
}

describe('a slot that two orders share', () => {
  it('is voided by a ballot, after which its owner goes on', () => {
    const { stage, place } = split();
    for (const seat of EVERYBODY) expect(codeOf(stage.tell(seat, unlock('ada', place)).answer)).toBe('noted');
    stage.deliver();
    const value = digestOf(voidOf(ledger, 1, place));
    for (const seat of EVERYBODY) {
      expect(outcome(stage, place, seat)).toBe(value);
      expect(stage.shell('ada', undefined, seat)).toMatchObject({ sequence: 1, head: value, debitsPosted: '0' });
    }
    stage.pass(stage.pay('ada', 'a', 'bob', 5));
    expect(stage.shell('bob').creditsPosted).toBe('1005');
  });

  it('goes on while one validator says nothing, whoever leads', () => {
    for (const silent of EVERYBODY) {
      const { stage, place } = split();
      const others = EVERYBODY.filter((seat) => seat !== silent);
      for (const seat of others) stage.tell(seat, unlock('ada', place));
      stage.deliver(others, others);
      if (outcome(stage, place, others[0]) === undefined) {
        stage.timeout(others, place, 1);
        stage.deliver(others, others);
      }
      for (const seat of others) expect(outcome(stage, place, seat)).toBe(digestOf(voidOf(ledger, 1, place)));
    }
  });

  it('is unlocked by its owner only, in a shell that the ledger knows', () => {
    const { stage, place } = split();
    expect(codeOf(stage.tell(0, unlock('eve', place)).answer)).toBe('not_entitled');
    const theirs = unlock('ada', place) as { unlock: { claim: object; signature: string } };
    const forged = {
      ...theirs,
      unlock: { ...theirs.unlock, signature: (unlock('eve', place) as typeof theirs).unlock.signature },
    };
    expect(codeOf(stage.tell(0, forged as never).answer)).toBe('bad_signature');
    const claimed = (change: object) =>
      codeOf(
        stage.tell(0, {
          ...theirs,
          unlock: { ...theirs.unlock, claim: { ...theirs.unlock.claim, ...change } },
        } as never).answer,
      );
    expect(claimed({ committee: 2 })).toBe('wrong_committee');
    expect(claimed({ ledger: holder('other') })).toBe('wrong_ledger');
    expect(claimed({ sequence: 2 })).toBe('malformed');
    expect(claimed({ previous: 'a'.repeat(64) })).toBe('fork');
    expect(codeOf(stage.tell(0, unlock('fay', stage.next(shell('fay')))).answer)).toBe('unknown_shell');
    expect(codeOf(stage.tell(0, unlock('ada', { ...place, sequence: 2 })).answer)).toBe('gap');
    expect(stage.letters).toEqual([]);
  });

  it('that is decided is answered with the decision', () => {
    const { stage, place, orders } = split();
    stage.ask(orders[0] as Signed<Order>, [0, 1]);
    for (const seat of EVERYBODY) stage.tell(seat, unlock('ada', place));
    stage.deliver();
    expect(stage.tell(0, unlock('ada', place)).answer).toMatchObject({
      answer: 'decided',
      signed: { body: { kind: 'void' } },
    });
  });

  it('is used up for its owner, though nobody has voted in it', () => {
    const { stage } = split();
    const idle = stage.next(shell('bob'));
    for (const seat of EVERYBODY) expect(codeOf(stage.tell(seat, unlock('bob', idle)).answer)).toBe('noted');
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, idle, seat)).toBe(digestOf(voidOf(ledger, 1, idle)));
    const issuing = stage.next(shell('mint', silver));
    expect(codeOf(stage.tell(0, unlock('mint', issuing)).answer)).toBe('noted');
  });

  it('takes no vote and no acknowledgement in ballot 0 from who has joined a ballot', () => {
    const { stage, place, orders } = split();
    const [first] = orders as [Signed<Order>];
    stage.node(2).disk.commit([{ key: `slot/1/${place.line}/0000000000000001`, value: undefined }]);
    const certificate = stage.certify(first, [0, 1, 2]);
    stage.tell(0, unlock('ada', place));
    expect(codesOf(stage.ask(first, [0]))).toEqual(['balloted']);
    expect(codesOf(stage.acknowledge(certificate, first, [0]))).toEqual(['balloted']);
    expect(row(stage, 0, place)).toMatchObject({ joined: 1, certificate: { ballot: 0, value: digestOf(first.body) } });
    expect(codesOf(stage.acknowledge(certificate, first, [1]))).toEqual(['ack']);
  });
});

describe('a certificate', () => {
  it('that a report shows is what the ballot decides', () => {
    const stage = new Stage();
    stage.fund('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const [place] = order.body.legs;
    const certificate = stage.certify(order);
    stage.acknowledge(certificate, order, [3]);
    for (const seat of [1, 2, 3]) stage.tell(seat, unlock('ada', place));
    stage.deliver([1, 2, 3], [1, 2, 3]);
    for (const seat of [1, 2, 3]) expect(outcome(stage, place, seat)).toBe(digestOf(order.body));
    expect(stage.shell('bob', undefined, 1).creditsPosted).toBe('5');
  });

  it('that reached one validator only is void once a ballot was decided without it', () => {
    const stage = new Stage();
    stage.fund('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const [place] = order.body.legs;
    const certificate = stage.certify(order, [0, 1, 2]);
    const lonely = [0, 1, 2, 3].find((seat) => seat !== leaderOf(committee, place.previous, 1)) as number;
    stage.acknowledge(certificate, order, [lonely]);
    const others = EVERYBODY.filter((seat) => seat !== lonely);
    for (const seat of others) stage.tell(seat, unlock('ada', place));
    stage.deliver(others, others);
    const value = digestOf(voidOf(ledger, 1, place));
    for (const seat of others) expect(outcome(stage, place, seat)).toBe(value);
    // Shown the certificate now, they answer with what was decided; the lonely one learns of it too.
    expect(codesOf(stage.acknowledge(certificate, order, others))).toEqual(['spent', 'spent', 'spent']);
    const decided = decidedOf(stage.node(others[0] as number).disk, value);
    stage.bring(decided as NonNullable<typeof decided>, [lonely]);
    expect(stage.roots().size).toBe(1);
    expect(stage.shell('ada', undefined, lonely)).toMatchObject({ sequence: 1, debitsPosted: '0' });
  });
});

describe('ballots', () => {
  it('go on from one that came to nothing, and keep what it may have settled', () => {
    const { stage, place } = split();
    for (const seat of EVERYBODY) stage.tell(seat, unlock('ada', place));
    // Reports, the proposal and the votes arrive; the acknowledgements are lost.
    for (
      let round = 0;
      round < 20 && !EVERYBODY.every((seat) => row(stage, seat, place).certificate !== null);
      round++
    ) {
      const letters = stage.letters.filter(({ kind }) => kind !== 'ack');
      stage.lose();
      for (const input of letters) for (const seat of EVERYBODY) stage.tell(seat, input);
    }
    stage.lose();
    const value = digestOf(voidOf(ledger, 1, place));
    for (const seat of EVERYBODY)
      expect(row(stage, seat, place)).toMatchObject({ joined: 1, certificate: { ballot: 1, value } });
    stage.timeout(EVERYBODY, place, 1);
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBe(value);
  });

  it('wait for a quorum to come along, and say again what was lost', () => {
    const { stage, place } = split();
    for (const seat of [0, 1]) stage.tell(seat, unlock('ada', place));
    stage.lose();
    for (let again = 0; again < 5; again++) stage.timeout([0, 1], place, 1);
    expect(row(stage, 0, place).joined).toBe(1);
    const letters = stage.letters.filter(({ kind }) => kind === 'report');
    expect(letters).toHaveLength(10);
    expect(new Set(letters.map((letter) => JSON.stringify(letter))).size).toBe(2);
    // Two of four have come this far, so the others follow without being asked.
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBeDefined();
  });

  it('are not followed on the word of one', () => {
    const { stage, place } = split();
    stage.tell(0, unlock('ada', place));
    const [honest] = stage.letters as [LedgerInput & { kind: 'report' }];
    stage.lose();
    const ahead = (seat: number, ballot: number): LedgerInput => {
      const statement = { ...honest.said.statement, ballot, vote: null } as Report;
      const [stamp] = stampAll([statement], { ledger, committee: 1, seat }, (bytes) =>
        signerOf(`v${seat}`).sign('ledger-batch', bytes),
      );
      return { ...honest, said: { statement, stamp: stamp as Stamp }, signed: null } as LedgerInput;
    };
    expect(codeOf(stage.tell(1, ahead(0, 8)).answer)).toBe('noted');
    expect(row(stage, 1, place).joined).toBe(0);
    // Two are f + 1: one of them is honest, and the lower ballot of both is where it has got to.
    stage.tell(1, ahead(3, 6));
    expect(row(stage, 1, place).joined).toBe(6);
  });

  it('outlive a restart of everybody', () => {
    const { stage, place } = split();
    for (const seat of EVERYBODY) stage.tell(seat, unlock('ada', place));
    stage.lose();
    for (const seat of EVERYBODY) stage.node(seat).restart();
    stage.timeout(EVERYBODY, place, 1);
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBe(digestOf(voidOf(ledger, 1, place)));
  });
});

describe('a trade', () => {
  it.each(['home', 'other'] as const)(
    'whose party of the %s slot has signed something else can be undone by the other one',
    (cheat) => {
      const { stage, deal, home, other } = dealt();
      const [honest, cheated] = cheat === 'home' ? [other, home] : [home, other];
      stage.ask(deal, [0, 1]);
      stage.ask(instead(cheated), [2, 3]);
      for (const seat of EVERYBODY) stage.tell(seat, unlock(partyOf(honest), honest));
      stage.deliver();
      if (cheat === 'home') {
        // The honest slot hangs on the home slot, so that one has to be decided first.
        expect(outcome(stage, honest)).toBeUndefined();
        for (const seat of EVERYBODY) stage.tell(seat, unlockTrade(deal));
        stage.deliver();
        expect(outcome(stage, cheated)).toBe(digestOf(voidOf(ledger, 1, home)));
      }
      for (const seat of EVERYBODY) expect(outcome(stage, honest, seat)).toBe(digestOf(voidOf(ledger, 1, honest)));
      expect(stage.roots().size).toBe(1);
      stage.pass(instead({ ...stage.next(honest.line) }));
    },
  );

  it('that is certified is decided by its home slot, in both, when both are balloted at once', () => {
    const { stage, deal, home, other } = dealt();
    const certificate = stage.certify(deal);
    stage.acknowledge(certificate, deal, EVERYBODY.slice(0, 2));
    stage.lose();
    for (const seat of EVERYBODY) stage.tell(seat, unlock(partyOf(other), other));
    for (const seat of EVERYBODY) stage.tell(seat, unlock(partyOf(home), home));
    stage.deliver();
    for (const seat of EVERYBODY) {
      expect(outcome(stage, home, seat)).toBe(digestOf(deal.body));
      expect(outcome(stage, other, seat)).toBe(digestOf(deal.body));
    }
    expect(stage.shell('bob').creditsPosted).toBe('1003');
    expect(stage.shell('ada', silver).creditsPosted).toBe('1004');
  });

  it('that is not certified is decided in neither, when both are balloted at once', () => {
    const { stage, deal, home, other } = dealt();
    stage.ask(deal, [0, 1]);
    for (const seat of EVERYBODY) stage.tell(seat, unlock(partyOf(other), other));
    for (const seat of EVERYBODY) stage.tell(seat, unlock(partyOf(home), home));
    stage.deliver();
    // Whoever has no vote in a slot is asked nothing, but follows two who are.
    for (const seat of EVERYBODY) {
      expect(outcome(stage, home, seat)).toBe(digestOf(voidOf(ledger, 1, home)));
      expect(outcome(stage, other, seat)).toBe(digestOf(voidOf(ledger, 1, other)));
    }
  });

  it('makes the other slot wait, and says for what', () => {
    const { stage, deal, home, other } = dealt();
    const certificate = stage.certify(deal);
    for (const seat of EVERYBODY) stage.tell(seat, unlock(partyOf(other), other));
    const notes: unknown[] = [];
    while (stage.letters.length > 0) {
      const letters = stage.letters;
      stage.lose();
      for (const input of letters) for (const seat of EVERYBODY) notes.push(...stage.tell(seat, input).notes);
    }
    expect(notes).toContainEqual({
      note: 'awaits',
      slot: { ...slotOf(other), previous: FIRST.previous },
      home: expect.objectContaining(slotOf(home)),
    });
    expect(outcome(stage, other)).toBeUndefined();
    // The trade goes its own way meanwhile, and takes the other slot with it.
    const answers = stage.acknowledge(certificate, deal, EVERYBODY);
    const stamps = saidBy(answers).map(({ stamp }) => stamp);
    const choice = { ballot: 0, value: digestOf(deal.body) };
    const settlement = gather<Settlement>('ack', home, choice, stamps, committee, verify) as Settlement;
    stage.bring({ signed: deal, evidence: { by: 'settlement', settlement } });
    for (const place of [home, other]) expect(outcome(stage, place, 3)).toBe(digestOf(deal.body));
  });

  it('gives no reason to unlock its home slot while its other slot is in no ballot, or shows no vote for it', () => {
    const { stage, deal, other } = dealt();
    stage.ask(deal, EVERYBODY);
    expect(codeOf(stage.tell(0, unlockTrade(deal)).answer)).toBe('not_entitled');
    stage.tell(0, unlock(partyOf(other), other));
    expect(codeOf(stage.tell(0, unlockTrade({ ...deal, signatures: [...deal.signatures].reverse() })).answer)).toBe(
      'bad_signature',
    );
    const another = signed({
      ...deal.body,
      legs: [
        {
          ...deal.body.legs[0],
          entries: [payment('x', (deal.body.legs[0].entries[0] as never as { to: string }).to, 1)],
        },
        deal.body.legs[1],
      ],
    }) as Signed<Trade>;
    expect(codeOf(stage.tell(0, unlockTrade(another)).answer)).toBe('not_entitled');
    const foreign = (change: object) => codeOf(stage.tell(0, unlockTrade(signed({ ...deal.body, ...change }))).answer);
    expect(foreign({ ledger: holder('other') })).toBe('wrong_ledger');
    expect(foreign({ committee: 2 })).toBe('wrong_committee');
    const elsewhere = { ...unlockTrade(deal), slot: slotOf(stage.next(shell('bob'))) } as LedgerInput;
    expect(codeOf(stage.tell(0, elsewhere).answer)).toBe('malformed');
    expect(codeOf(stage.tell(0, unlockTrade(deal)).answer)).toBe('noted');
  });
});

describe('an offer', () => {
  const offered = (more: object = {}) => {
    const stage = new Stage();
    stage.fund('ada', 'bob', 'eve');
    stage.pass(signed(transfer(legOf('ada', stage.next(shell('ada')), [offer('o', 'ada', 50, 7, more)]))));
    const line = pendingOfShell('ada', 'o');
    const place = { ...stage.next(line), line };
    const taken = (name: string) => {
      const leg = legOf(name, stage.next(shell(name, silver)), [payment('t', shell('ada', silver), 7)], {
        asset: silver,
      });
      return signed(take({ ...stage.next(line), line }, shell(name), leg));
    };
    const cancelled = () => signed(resolution({ ...stage.next(line), line, action: 'void', by: signerOf('ada').spki }));
    return { stage, line, place, taken, cancelled };
  };

  it('that is taken and cancelled at once has one end, and both parties go on', () => {
    const { stage, place, taken, cancelled } = offered();
    const [taking, cancelling] = [taken('bob'), cancelled()];
    stage.ask(taking, [0, 1]);
    stage.ask(cancelling, [2, 3]);
    for (const seat of EVERYBODY) stage.tell(seat, unlock('ada', place));
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBe(digestOf(cancelling.body));
    expect(pendingOf(stage.node(0).disk, place.line)?.state).toBe('voided');
    expect(stage.shell('ada')).toMatchObject({ debitsPending: '0', debitsPosted: '0' });
    // The taker's own slot is bound to a take that can't be any more.
    const own = taking.body.legs[1];
    for (const seat of EVERYBODY) stage.tell(seat, unlock('bob', own));
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, own, seat)).toBe(digestOf(voidOf(ledger, 1, own)));
    expect(stage.roots().size).toBe(1);
  });

  it('that is certified as taken is taken, whoever unlocks it', () => {
    const { stage, place, taken, cancelled } = offered();
    const taking = taken('bob');
    const certificate = stage.certify(taking, [0, 1, 2]);
    stage.ask(cancelled(), [3]);
    stage.acknowledge(certificate, taking, EVERYBODY);
    for (const seat of EVERYBODY) stage.tell(seat, unlock('ada', place));
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBe(digestOf(taking.body));
    expect(stage.shell('bob').creditsPosted).toBe('1050');
  });

  it('that two take at once is taken by neither, and then by one', () => {
    const { stage, place, taken } = offered();
    const [first, second] = [taken('bob'), taken('eve')];
    stage.ask(first, [0, 1]);
    stage.ask(second, [2, 3]);
    for (const seat of EVERYBODY) stage.tell(seat, unlock('bob', first.body.legs[1]));
    stage.deliver();
    expect(outcome(stage, first.body.legs[1])).toBeUndefined();
    for (const seat of EVERYBODY) stage.tell(seat, unlockTrade(first));
    stage.deliver();
    expect(outcome(stage, place)).toBe(digestOf(voidOf(ledger, 1, place)));
    expect(outcome(stage, first.body.legs[1])).toBe(digestOf(voidOf(ledger, 1, first.body.legs[1])));
    expect(pendingOf(stage.node(0).disk, place.line)?.state).toBe('open');
    stage.pass(taken('bob'));
    expect(stage.shell('bob').creditsPosted).toBe('1050');
  });

  it('is unlocked by its maker and by takers that it names, not by anybody', () => {
    const { stage, place, taken } = offered({ takers: [holder('bob')] });
    stage.ask(taken('bob'), EVERYBODY);
    expect(codeOf(stage.tell(0, unlock('eve', place)).answer)).toBe('not_entitled');
    expect(codeOf(stage.tell(0, unlock('bob', place)).answer)).toBe('noted');
    expect(codeOf(stage.tell(1, unlock('ada', place)).answer)).toBe('noted');
  });

  it('whose slots nobody has voted in can not be used up by who may unlock them', () => {
    const { stage, place } = offered();
    expect(codeOf(stage.tell(0, unlock('ada', place)).answer)).toBe('nothing_to_unlock');
  });
});

describe('a hold', () => {
  const held = (more: object = {}) => {
    const stage = new Stage();
    stage.fund('ada', 'bob');
    stage.pass(
      signed(
        transfer(legOf('ada', stage.next(shell('ada')), [hold('h', 'bob', 50, { void: [holder('ada')], ...more })])),
      ),
    );
    const line = pendingOfShell('ada', 'h');
    const place = { ...stage.next(line), line };
    const post = signed(resolution({ ...place, action: 'post', amount: '50', by: signerOf('bob').spki }));
    const voids = signed(resolution({ ...place, action: 'void', by: signerOf('ada').spki }));
    const expiry = signed(resolution({ ...place, action: 'expire', by: null }));
    return { stage, line, place, post, voids, expiry };
  };

  it('that one party posts and another voids ends as one of both', () => {
    const { stage, place, post, voids, line } = held();
    stage.ask(post, [0, 1]);
    stage.ask(voids, [2, 3]);
    for (const seat of EVERYBODY) stage.tell(seat, unlock(seat % 2 === 0 ? 'ada' : 'bob', place));
    stage.deliver();
    const [first] = [digestOf(post.body), digestOf(voids.body)].sort();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBe(first);
    expect(['posted', 'voided']).toContain(pendingOf(stage.node(0).disk, line)?.state);
    expect(stage.roots().size).toBe(1);
  });

  it('expires when a quorum of clocks says so, and in no other way by time', () => {
    const { stage, expiry, post, line } = held({ expiresAt: 5_000 });
    stage.now = 4_999;
    expect(codesOf(stage.ask(expiry))).toEqual(Array(4).fill('too_early'));
    stage.now = 5_000;
    expect(codesOf(stage.ask(post))).toEqual(Array(4).fill('too_late'));
    expect(pendingOf(stage.node(0).disk, line)?.state).toBe('open');
    stage.pass(expiry);
    expect(pendingOf(stage.node(3).disk, line)?.state).toBe('expired');
    expect(stage.shell('ada').debitsPending).toBe('0');
  });

  it('that was posted in time is posted, however late the rest hears of it', () => {
    const { stage, post, line } = held({ expiresAt: 5_000 });
    const decided = stage.settle(post);
    stage.now = 9_000;
    stage.bring(decided);
    expect(pendingOf(stage.node(3).disk, line)?.state).toBe('posted');
  });

  it('is not decided by a ballot as what is out of time by the clocks of a quorum', () => {
    const { stage, place, post } = held({ expiresAt: 5_000 });
    stage.ask(post, [0, 1]);
    stage.now = 5_000;
    for (const seat of EVERYBODY) stage.tell(seat, unlock('bob', place));
    stage.deliver();
    for (const seat of EVERYBODY) expect(outcome(stage, place, seat)).toBe(digestOf(voidOf(ledger, 1, place)));
    expect(pendingOf(stage.node(0).disk, place.line)?.state).toBe('open');
  });

  it('is unlocked by its parties, each with what it has voted on', () => {
    const { stage, place, post } = held({ post: [holder('eve')], void: [holder('dan')] });
    expect(codesOf(stage.ask(post))).toEqual(Array(4).fill('not_entitled'));
    const byEve = signed(resolution({ ...place, action: 'post', amount: '50', by: signerOf('eve').spki }));
    stage.ask(byEve);
    const told = ['ada', 'bob', 'eve', 'dan', 'fay'].map((name) => codeOf(stage.tell(0, unlock(name, place)).answer));
    expect(told).toEqual(['noted', 'noted', 'noted', 'noted', 'not_entitled']);
    expect(saidBy(stage.ask(byEve))).toEqual([...saidBy(stage.ask(byEve, [1, 2, 3]))]);
  });
});
