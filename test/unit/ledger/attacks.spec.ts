import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { assetIdOf } from '../../../src/organs/ledger/asset.ts';
import { stampAll } from '../../../src/organs/ledger/batch.ts';
import { isGenesis } from '../../../src/organs/ledger/committee.ts';
import { isOwnerFraud, isValidatorFraud } from '../../../src/organs/ledger/fraud.ts';
import { shellIdOf } from '../../../src/organs/ledger/names.ts';
import { digestOf, type Order, type Signed } from '../../../src/organs/ledger/order.ts';
import { type Certificate, gather, type Settlement } from '../../../src/organs/ledger/quorum.ts';
import { readInput } from '../../../src/organs/ledger/read-input.ts';
import { outcomeOf, pendingOf } from '../../../src/organs/ledger/records.ts';
import { acknowledgementOf, voteOf } from '../../../src/organs/ledger/statement.ts';
import { Bank } from './bank/bank.ts';
import { Business, openedRows } from './bank/business.ts';
import { TestValidator } from './bank/node.ts';
import {
  assetOfIssuers,
  committee,
  FIRST,
  genesis,
  genesisOf,
  gold,
  holder,
  ledger,
  legOf,
  payment,
  resolution,
  shell,
  signed,
  signerOf,
  silver,
  transfer,
  unlockOf,
  verify,
} from './bank/people.ts';
import { hold, pendingOfShell } from './money.ts';
import { codesOf, EVERYBODY, refusalOf, Stage, saidBy } from './stage.ts';

/** Every line of the list of attacks that the rules alone can decide, by its name. */

const funded = (...names: string[]) => {
  const stage = new Stage();
  stage.fund(...names);
  return stage;
};
const unlockAll = (stage: Stage, name: string, line: string, seats: readonly number[] = EVERYBODY) => {
  const place = stage.next(line, seats[0]);
  for (const seat of seats) {
    stage.tell(seat, { kind: 'unlock', slot: { line, sequence: place.sequence }, unlock: unlockOf(name, place) });
  }
  stage.deliver(seats, seats);
};

/** A bank after some business under these conditions, healed. */
function bankAfter(
  options: ConstructorParameters<typeof Bank>[0],
  during: (bank: Bank, business: Business, step: number) => void,
  steps = 150,
): Bank {
  const bank = new Bank({ ...options, rows: openedRows() });
  const business = new Business(bank);
  for (let step = 0; step < steps; step++) {
    during(bank, business, step);
    const draw = bank.random.float();
    if (draw < 0.08) business.begin();
    else if (draw < 0.15) business.goOn();
    else bank.step();
  }
  bank.heal();
  return bank;
}

describe('double spend', () => {
  it('shown to two halves: neither is settled, the slot is used up, and the owner is convicted', () => {
    const stage = funded('ada');
    const [one, two] = [stage.pay('ada', 'a', 'bob', 1_000), stage.pay('ada', 'b', 'eve', 1_000)];
    stage.ask(one, [0, 1]);
    stage.ask(two, [2, 3]);
    expect(codesOf(stage.ask(one, [2, 3]))).toEqual(['voted', 'voted']);
    unlockAll(stage, 'ada', shell('ada'));
    for (const name of ['bob', 'eve']) expect(stage.shell(name).creditsPosted).toBe('0');
    expect(stage.shell('ada')).toMatchObject({ sequence: 1, debitsPosted: '0' });
    expect(isOwnerFraud({ of: 'owner', line: shell('ada'), first: one, second: two }, verify)).toBe(true);
  });

  it('with a liar that votes for both: one certificate at most', () => {
    const stage = funded('ada');
    const [one, two] = [stage.pay('ada', 'a', 'bob', 1_000), stage.pay('ada', 'b', 'eve', 1_000)];
    const votes = (order: Signed<Order>, seats: readonly number[]) => {
      const choice = { ballot: 0, value: digestOf(order.body) };
      const [lie] = stampAll([voteOf(order.body.legs[0], choice)], { ledger, committee: 1, seat: 3 }, (bytes) =>
        signerOf('v3').sign('ledger-batch', bytes),
      );
      const stamps = [...saidBy(stage.ask(order, seats)).map(({ stamp }) => stamp), lie as never];
      return gather('vote', order.body.legs[0], choice, stamps, committee, verify);
    };
    expect(votes(one, [0, 1])).toBeDefined();
    expect(votes(two, [0, 1, 2])).toBeUndefined();
  });
});

describe('one order raced through two relays', () => {
  it('takes effect once, whoever puts the certificate together', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const [first, second] = [stage.certify(order, [0, 1, 2]), stage.certify(order, [1, 2, 3])];
    const decided = [first, second].map((certificate) => {
      const stamps = saidBy(stage.acknowledge(certificate, order, EVERYBODY)).map(({ stamp }) => stamp);
      const choice = { ballot: 0, value: digestOf(order.body) };
      const settlement = gather<Settlement>('ack', order.body.legs[0], choice, stamps, committee, verify) as Settlement;
      return { signed: order, evidence: { by: 'settlement', settlement } as const };
    });
    for (const one of decided) stage.bring(one);
    expect(stage.shell('bob').creditsPosted).toBe('5');
    expect(stage.roots().size).toBe(1);
  });
});

describe('replay', () => {
  const stage = funded('ada');
  const order = stage.pay('ada', 'a', 'bob', 5) as Signed<ReturnType<typeof transfer>>;
  const replayed = (change: object) =>
    codesOf(stage.ask({ ...order, body: { ...order.body, ...change } } as Signed<Order>))[0];
  const [leg] = order.body.legs;

  it('in another ledger', () => {
    expect(replayed({ ledger: holder('other') })).toBe('wrong_ledger');
    const other = new Stage({ genesis: genesisOf({ nonce: 'other' }) });
    expect(codesOf(other.ask(order))).toEqual(Array(4).fill('wrong_ledger'));
  });
  it('of another asset', () =>
    expect(
      replayed({ legs: [{ ...leg, line: shell('ada', silver), entries: [payment('a', shell('bob', silver), 5)] }] }),
    ).toBe('bad_signature'));
  it('for another committee', () => expect(replayed({ committee: 2 })).toBe('wrong_committee'));
  it('as another kind', () =>
    expect(readInput({ kind: 'order', signed: { ...order, body: { ...order.body, kind: 'trade' } } })).toBeUndefined());
  it('of a settled order', () => {
    const decided = stage.pass(order);
    expect(stage.ask(order, [0])[0]).toEqual({ answer: 'decided', ...decided });
    expect(stage.shell('bob').creditsPosted).toBe('5');
  });
});

describe('sets of votes that are forged, doubled, too short, of mixed committees or mixed bodies', () => {
  it('are no certificate', () => {
    const stage = funded('ada', 'bob');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const other = stage.pay('bob', 'b', 'ada', 5);
    const good = stage.certify(order);
    const [a, b, c] = good.stamps as [Certificate['stamps'][0], Certificate['stamps'][0], Certificate['stamps'][0]];
    const [, , mixed] = stage.certify(other).stamps;
    const [foreign] = stampAll([voteOf(order.body.legs[0], good)], { ledger, committee: 2, seat: 2 }, (bytes) =>
      signerOf('v2').sign('ledger-batch', bytes),
    );
    const sets = [
      [a, b, { ...c, signature: a.signature }],
      [a, b, b],
      [a, b],
      [a, b, foreign],
      [a, b, mixed],
      [a, { ...a, seat: 1 }, { ...a, seat: 2 }],
    ];
    for (const stamps of sets) {
      expect(codesOf(stage.acknowledge({ ...good, stamps } as Certificate, order, [3]))).toEqual(['bad_signature']);
    }
    expect(codesOf(stage.acknowledge(good, order, [3]))).toEqual(['ack']);
  });

  it('one key listed q times is no committee', () => {
    const [key = ''] = genesis.body.keys;
    const body = { ...genesis.body, keys: [key, key, key, key] };
    expect(isGenesis({ body, signature: genesis.signature }, verify)).toBe(false);
  });

  it('a malleated signature is not a second vote (see proof.spec.ts for real keys)', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const good = stage.certify(order);
    const [a, b] = good.stamps as [Certificate['stamps'][0], Certificate['stamps'][0]];
    expect(codesOf(stage.acknowledge({ ...good, stamps: [a, a, b] }, order, [3]))).toEqual(['bad_signature']);
  });
});

describe('amounts', () => {
  const stage = funded('ada');
  it.each(['-5', '1e3', '2.5', '+5', '05', ' 5', String(2n ** 128n), 5])('of %j are not even read', (amount) => {
    const order = signed(
      transfer(
        legOf('ada', stage.next(shell('ada')), [{ kind: 'payment', id: 'a', to: shell('bob'), amount } as never]),
      ),
    );
    expect(readInput({ kind: 'order', signed: order })).toBeUndefined();
  });
  it('of 0 get no vote', () =>
    expect(codesOf(stage.ask(stage.pay('ada', 'a', 'bob', 0)))).toEqual(Array(4).fill('amount_must_not_be_zero')));
  it('as large as there are overflow nothing on the side of the credit', () => {
    const most = 2n ** 128n - 1n;
    const huge = assetOfIssuers('huge', { ada: String(most), eve: String(most) });
    const rich = new Stage();
    for (const name of ['ada', 'eve']) {
      rich.pass(
        signed(transfer(legOf(name, FIRST, [payment('a', shell('bob', huge), most)], { asset: huge, defines: true }))),
      );
    }
    expect(rich.shell('bob', huge).creditsPosted).toBe(String(2n * most));
    expect(rich.roots().size).toBe(1);
  });
});

describe('minting', () => {
  it('by paying oneself', () => {
    const stage = funded('ada');
    expect(codesOf(stage.ask(stage.pay('ada', 'a', 'ada', 5)))).toEqual(Array(4).fill('shells_must_be_different'));
  });
  it('of an asset that nobody knows', () => {
    const stage = funded('ada');
    const fake = shellIdOf(assetIdOf({ ...gold, name: 'fake' }), holder('ada'));
    const order = signed(
      transfer({ ...legOf('ada', FIRST, [payment('a', shellIdOf(fake.slice(0, 52), holder('bob')), 5)]), line: fake }),
    );
    expect(codesOf(stage.ask(order))).toEqual(Array(4).fill('unknown_asset'));
  });
  it('beyond the cap of an issuer', () => {
    const stage = funded('ada');
    const order = (amount: number) =>
      signed(transfer(legOf('mint', stage.next(shell('mint')), [payment('more', shell('ada'), amount)])));
    expect(refusalOf(stage.ask(order(999_001), [0])[0])).toMatchObject({
      code: 'insufficient',
      known: { available: '999000' },
    });
  });
  it('by the key of a validator', () => {
    const stage = funded('ada');
    const order = stage.force(signed(transfer(legOf('v0', stage.next(shell('v0')), [payment('a', shell('v1'), 5)]))));
    stage.bring(order);
    expect(stage.shell('v1').creditsPosted).toBe('0');
  });
});

describe('ids and sequences', () => {
  it('an id that is used again for another body', () => {
    const stage = funded('ada');
    stage.pass(stage.pay('ada', 'a', 'bob', 5));
    const codes = [
      stage.pay('ada', 'a', 'bob', 5),
      stage.pay('ada', 'a', 'bob', 6),
      stage.pay('ada', 'a', 'eve', 5),
    ].map((order) => codesOf(stage.ask(order, [0]))[0]);
    expect(codes).toEqual(['exists', 'exists_with_different_amount', 'exists_with_different_to']);
  });
  it('future and gapped sequences', () => {
    const stage = funded('ada');
    for (const sequence of [2, 3, 1_000_000]) {
      const order = signed(transfer(legOf('ada', { ...FIRST, sequence }, [payment('a', shell('bob'), 5)])));
      expect(codesOf(stage.ask(order))).toEqual(Array(4).fill('gap'));
    }
    expect([...stage.node(0).disk.range('slot/')]).toEqual([]);
  });
});

describe('a certificate', () => {
  it('before its order, ten times, reordered', () => {
    const spare = funded('ada');
    const orders = [1, 2, 3].map((at) => {
      const order = spare.pay('ada', `a${at}`, 'bob', 5);
      const certificate = spare.certify(order);
      const decided = spare.settle(order);
      spare.bring(decided);
      return { order, certificate, decided };
    });
    const stage = funded('ada');
    for (let time = 0; time < 10; time++) {
      for (const { order, certificate } of [...orders].reverse()) stage.acknowledge(certificate, order, [3]);
    }
    for (const { decided } of [...orders].reverse()) stage.bring(decided);
    for (const { order, certificate } of orders)
      expect(codesOf(stage.acknowledge(certificate, order, [3]))).toEqual(['decided']);
    expect(stage.shell('bob', undefined, 3).creditsPosted).toBe('15');
    expect(stage.roots()).toEqual(spare.roots());
  });

  it('that reached one validator only, then an unlock: see ballots.spec.ts; nobody is paid twice', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const certificate = stage.certify(order);
    stage.acknowledge(certificate, order, [0]);
    unlockAll(stage, 'ada', shell('ada'), [1, 2, 3]);
    const outcome = outcomeOf(stage.node(1).disk, { line: shell('ada'), sequence: 1 })?.value;
    expect(outcome).not.toBe(digestOf(order.body));
    // Two more acknowledgements would have settled it; none of the others gives one any more.
    expect(codesOf(stage.acknowledge(certificate, order, [1, 2, 3]))).toEqual(['spent', 'spent', 'spent']);
  });
});

describe('validators', () => {
  it.each([0, 1, 2, 3])('f of them silent (seat %i): an honest owner settles', (silent) => {
    const stage = funded('ada');
    const seats = EVERYBODY.filter((seat) => seat !== silent);
    const order = stage.pay('ada', 'a', 'bob', 5, seats[0]);
    stage.bring(stage.settle(order, seats), seats);
    for (const seat of seats) expect(stage.shell('bob', undefined, seat).creditsPosted).toBe('5');
  });

  it.each([1, 2, 3])(
    'f of them lying, equivocating and withholding (seed %i): honest owners settle, and nothing is broken',
    (seed) => {
      const bank = bankAfter(
        { seed: `liar-${seed}`, liars: [seed], faults: { drop: 0.05, twice: 0.05 } },
        () => undefined,
      );
      expect(bank.verdict()).toBeUndefined();
      expect(bank.errands.filter(({ decided }) => decided !== undefined).length).toBeGreaterThan(2);
    },
  );

  it('f + 1 of them: two outcomes are settled, which is noticed, and both quorums convict them', () => {
    const stage = funded('ada');
    const [one, two] = [stage.pay('ada', 'a', 'bob', 1_000), stage.pay('ada', 'b', 'eve', 1_000)];
    const [first, second] = [stage.force(one, [0, 1, 2]), stage.force(two, [0, 1, 3])];
    stage.bring(first, [2]);
    const [outgoing] = stage.bring(second, [2]);
    expect(refusalOf(outgoing?.answer)).toMatchObject({ code: 'spent', known: { value: digestOf(one.body) } });
    expect(outgoing?.notes).toEqual([{ note: 'contradiction', decided: first, and: second }]);
    const said = ({ evidence, signed: { body } }: typeof first, seat: number) => {
      const { settlement } = evidence as { settlement: Settlement };
      const stamp = settlement.stamps.find((found) => found.seat === seat);
      return { statement: acknowledgementOf(body.legs[0], settlement), stamp } as never;
    };
    for (const seat of [0, 1]) {
      expect(
        isValidatorFraud(
          { of: 'validator', committee: 1, first: said(first, seat), second: said(second, seat) },
          committee,
          verify,
        ),
      ).toBe(true);
    }
  });

  it('f + 1 of them: an owner’s money is still spent by its owner only', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const stolen = stage.force({ ...order, signatures: [signerOf('eve').sign('ledger-order', new Uint8Array())] });
    const beyond = stage.force(stage.pay('ada', 'a', 'bob', 1_001));
    expect(stage.bring(stolen).map(({ answer }) => refusalOf(answer)?.code)).toEqual(Array(4).fill('bad_signature'));
    stage.bring(beyond);
    expect(stage.shell('bob').creditsPosted).toBe('0');
  });
});

describe('a crash', () => {
  it('between persist and reply: the same vote again, and no other', () => {
    const stage = funded('ada');
    const [order, other] = [stage.pay('ada', 'a', 'bob', 5), stage.pay('ada', 'b', 'eve', 6)];
    stage.node(0).tell({ kind: 'order', signed: order }, 0, 'after-flush');
    expect(codesOf(stage.ask(other, [0]))).toEqual(['voted']);
    expect(codesOf(stage.ask(order, [0]))).toEqual(['vote']);
  });

  it('before persist: nobody has heard anything, so anything may be voted for', () => {
    const stage = funded('ada');
    const [order, other] = [stage.pay('ada', 'a', 'bob', 5), stage.pay('ada', 'b', 'eve', 6)];
    stage.node(0).tell({ kind: 'order', signed: order }, 0, 'before-flush');
    expect(codesOf(stage.ask(other, [0]))).toEqual(['vote']);
  });

  it('between apply and acknowledgement: the state has it once', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const decided = stage.settle(order, [0, 1, 2]);
    const input = { kind: 'decided', ...decided } as const;
    stage.node(3).tell(input, 0, 'after-flush');
    stage.node(2).tell(input, 0, 'before-flush');
    stage.bring(decided);
    expect(stage.roots().size).toBe(1);
    expect(stage.shell('bob', undefined, 3).creditsPosted).toBe('5');
  });

  it('of a leader after it has proposed: it never proposes another thing', () => {
    const stage = funded('ada');
    const [one, two] = [stage.pay('ada', 'a', 'bob', 5), stage.pay('ada', 'b', 'eve', 6)];
    stage.ask(one, [0, 1]);
    stage.ask(two, [2, 3]);
    const place = stage.next(shell('ada'));
    for (const seat of EVERYBODY)
      stage.tell(seat, { kind: 'unlock', slot: { line: place.line, sequence: 1 }, unlock: unlockOf('ada', place) });
    const reports = stage.letters;
    stage.lose();
    // Seat 1 leads ballot 1 of every first slot of a shell.
    for (const input of reports) stage.node(1).tell(input, 0);
    const before = stage.node(1).disk.get(`slot/1/${place.line}/0000000000000001`);
    stage.node(1).restart();
    for (const input of [...reports].reverse())
      expect(stage.tell(1, input).all.map(({ kind }) => kind)).not.toContain('proposal');
    expect(stage.node(1).disk.get(`slot/1/${place.line}/0000000000000001`)).toEqual(before);
  });
});

describe('a disk that was rolled back', () => {
  it('makes a learner of its validator, which votes for nothing and learns all', () => {
    const stage = funded('ada');
    const [order, other] = [stage.pay('ada', 'a', 'bob', 5), stage.pay('ada', 'b', 'eve', 6)];
    stage.ask(order, [0]);
    const restored = new TestValidator('v0', { learner: true, wire: true });
    const rest = new Stage();
    for (const decided of rest.fund('ada')) restored.tell({ kind: 'decided', ...decided });
    expect(refusalOf(restored.tell({ kind: 'order', signed: other })?.answer)?.code).toBe('not_in_office');
    const decided = stage.settle(order, [1, 2, 3]);
    restored.tell({ kind: 'decided', ...decided });
    expect(restored.facts.sum).not.toEqual(new TestValidator('v1').facts.sum);
    expect(outcomeOf(restored.disk, { line: shell('ada'), sequence: 1 })?.value).toBe(digestOf(order.body));
  });
});

describe('partitions', () => {
  it('2|2 settle nothing, and go on when they heal', () => {
    const bank = bankAfter({ seed: 'two-two' }, (one, _business, step) => {
      if (step === 0) one.cut([0, 1], [2, 3]);
      if (step === 0) one.cut(['client'], [2, 3]);
      if (step === 100) expect(one.errands.filter(({ decided }) => decided !== undefined)).toEqual([]);
    });
    expect(bank.verdict()).toBeUndefined();
    expect(bank.errands.some(({ decided }) => decided !== undefined)).toBe(true);
  });

  it('3|1 settle on the larger side, and the one learns of it when they heal', () => {
    let settled = 0;
    const bank = bankAfter(
      { seed: 'three-one' },
      (one, _business, step) => {
        if (step === 0) one.cut([3], [0, 1, 2, 'client']);
        if (step === 149) settled = one.errands.filter(({ decided }) => decided !== undefined).length;
      },
      400,
    );
    expect(settled).toBeGreaterThan(0);
    expect(bank.verdict()).toBeUndefined();
  });
});

describe('committees', () => {
  it('a role switch mid-vote reuses no vote: another key in the slot of the tree has no seat', () => {
    const stage = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0'] });
    stage.fund('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    stage.ask(order, [0, 1]);
    // v2's cell is replaced by s0's: the seat stays v2's until the committee itself gives it away.
    expect(codesOf(stage.ask(order, [4]))).toEqual(['not_in_office']);
    const choice = { ballot: 0, value: digestOf(order.body) };
    const [posed] = stampAll([voteOf(order.body.legs[0], choice)], { ledger, committee: 1, seat: 2 }, (bytes) =>
      signerOf('s0').sign('ledger-batch', bytes),
    );
    const stamps = [...saidBy(stage.ask(order, [0, 1])).map(({ stamp }) => stamp), posed as never];
    expect(gather('vote', order.body.legs[0], choice, stamps, committee, verify)).toBeUndefined();
  });

  it.each([1, 2, 3])('a change mid-certificate, under faults (seed %i): what was settled stays settled', (seed) => {
    const liars = seed === 1 ? [] : [seed];
    const bank = bankAfter(
      { seed: `change-${seed}`, liars, faults: { drop: 0.05, twice: 0.05, crash: 0.01 } },
      (one, _business, step) => {
        if (step === 75) one.change(liars.length > 0 ? liars : [1]);
      },
    );
    expect(bank.verdict()).toBeUndefined();
    expect(bank.committee).toBe(2);
  });
});

describe('trades', () => {
  it.each([1, 2, 3, 4])(
    'with an equivocating counterparty, both slots balloted at once, and a take against a cancel (seed %i)',
    (seed) => {
      const bank = bankAfter(
        { seed: `trade-${seed}`, liars: seed % 2 === 0 ? [0] : [], faults: { drop: 0.03 } },
        (one, _business, step) => {
          if (step % 20 === 19)
            for (const errand of one.active.filter(({ signed: { body } }) => body.legs.length > 1)) one.unlock(errand);
        },
      );
      expect(bank.verdict()).toBeUndefined();
    },
  );
});

describe('a flood of tiny pendings', () => {
  it('is bounded by shell, and others are served', () => {
    const stage = funded('ada', 'bob');
    const { disk } = stage.node(0);
    const row = disk.get(`shell/${shell('ada')}`) as object;
    for (const { disk: each } of stage.nodes)
      each.commit([{ key: `shell/${shell('ada')}`, value: { ...row, pendings: LIMITS.ledgerPendingsMax } }]);
    const order = signed(transfer(legOf('ada', stage.next(shell('ada')), [hold('one-more', 'bob', 1)])));
    expect(codesOf(stage.ask(order))).toEqual(Array(4).fill('too_many_pendings'));
    expect(codesOf(stage.ask(stage.pay('bob', 'b', 'eve', 1)))).toEqual(Array(4).fill('vote'));
  });
});

describe('time', () => {
  it('chosen by the client decides nothing: there is none in an order', () => {
    const stage = funded('ada');
    const dated = signed({ ...stage.pay('ada', 'a', 'bob', 5).body, at: 5 } as never);
    expect(readInput({ kind: 'order', signed: dated })).toBeUndefined();
  });

  it('jumps: clocks decide when a pending may be ended, never what has been decided', () => {
    const stage = funded('ada', 'bob');
    stage.pass(signed(transfer(legOf('ada', stage.next(shell('ada')), [hold('h', 'bob', 9, { expiresAt: 5_000 })]))));
    const line = pendingOfShell('ada', 'h');
    const expiry = signed(resolution({ ...stage.next(line), line, action: 'expire', by: null }));
    // One clock is far ahead: its vote alone ends nothing.
    stage.now = 9_999_999;
    expect(codesOf(stage.ask(expiry, [3]))).toEqual(['vote']);
    stage.now = 0;
    expect(codesOf(stage.ask(expiry, [0, 1, 2]))).toEqual(Array(3).fill('too_early'));
    expect(pendingOf(stage.node(3).disk, line)?.state).toBe('open');
    stage.now = 5_000;
    const decided = stage.settle(expiry);
    stage.now = 0;
    stage.bring(decided);
    expect(pendingOf(stage.node(3).disk, line)?.state).toBe('expired');
  });

  it.each([1, 2])('jumps on all clocks under way (seed %i)', (seed) => {
    const bank = bankAfter({ seed: `clock-${seed}`, faults: { jump: 0.2, drop: 0.02 } }, () => undefined);
    expect(bank.verdict()).toBeUndefined();
  });
});

describe('a signature check that always says yes', () => {
  it('is noticed: every kind of statement is refused with another key’s signature', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const eve = (bytes: Uint8Array) => signerOf('eve').sign('ledger-order', bytes);
    expect(codesOf(stage.ask({ ...order, signatures: [eve(new Uint8Array())] }, [0]))).toEqual(['bad_signature']);
    const certificate = stage.certify(order);
    const forged = {
      ...certificate,
      stamps: certificate.stamps.map((stamp) => ({ ...stamp, signature: eve(new Uint8Array()) })),
    };
    expect(codesOf(stage.acknowledge(forged, order, [0]))).toEqual(['bad_signature']);
  });
});
