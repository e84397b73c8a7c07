import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { digestOf, type Order, type Signed, voidOf } from '../../../src/organs/ledger/order.ts';
import type { Settlement } from '../../../src/organs/ledger/quorum.ts';
import type { DecidedRow } from '../../../src/organs/ledger/records.ts';
import {
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
} from './bank/people.ts';
import { hold, offer, pendingOfShell } from './money.ts';
import { codeOf, codesOf, EVERYBODY, refusalOf, Stage, saidBy } from './stage.ts';

const funded = (...names: string[]) => {
  const stage = new Stage();
  stage.fund(...names);
  return stage;
};

const evidence = (settlement: Settlement): Partial<DecidedRow> => ({ evidence: { by: 'settlement', settlement } });

describe('a vote', () => {
  it('is for the slot and the whole order, and on the disk when it is said', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const value = digestOf(order.body);
    const [said] = saidBy(stage.ask(order, [2]));
    expect(said?.statement).toEqual({ kind: 'vote', line: shell('ada'), sequence: 1, ballot: 0, value });
    expect(said?.stamp.seat).toBe(2);
    stage.node(2).restart();
    const other = stage.pay('ada', 'b', 'bob', 6);
    expect(refusalOf(stage.ask(other, [2])[0])).toEqual({ code: 'voted', leg: 0, known: order });
    expect(saidBy(stage.ask(order, [2]))[0]?.statement.kind).toBe('vote');
  });

  it('is said again without a further word on the disk', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    stage.ask(order, [0]);
    const before = [...stage.node(0).disk.range('')].length;
    expect(codesOf(stage.ask(order, [0]))).toEqual(['vote']);
    expect([...stage.node(0).disk.range('')]).toHaveLength(before);
  });

  it('is given to nothing but what an owner has signed', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    expect(codesOf(stage.ask({ ...order, signatures: stage.pay('ada', 'a', 'bob', 6).signatures }))).toEqual(
      Array(4).fill('bad_signature'),
    );
    const [leg] = order.body.legs as [ReturnType<typeof legOf>];
    const stolen = signed(transfer({ ...leg, owner: signerOf('eve').spki }));
    expect(codesOf(stage.ask(stolen))).toEqual(Array(4).fill('wrong_owner'));
    const voided = { body: voidOf(ledger, 1, stage.next(shell('ada'))), signatures: [] } as unknown as Signed<Order>;
    expect(codesOf(stage.ask(voided))).toEqual(Array(4).fill('malformed'));
    expect(codesOf(stage.ask(order))).toEqual(Array(4).fill('vote'));
  });

  it('is no vote where something is missing, and says what is known', () => {
    const stage = funded('ada');
    const [leg] = stage.pay('ada', 'a', 'bob', 5).body.legs as [ReturnType<typeof legOf>];
    const known = { line: shell('ada'), sequence: 0, head: FIRST.previous };
    const at = (change: object) => refusalOf(stage.ask(signed(transfer({ ...leg, ...change })), [0])[0]);
    expect(at({ sequence: 2 })).toEqual({ code: 'gap', leg: 0, known });
    expect(at({ sequence: 900 })).toEqual({ code: 'gap', leg: 0, known });
    expect(at({ previous: 'a'.repeat(64) })).toEqual({ code: 'fork', leg: 0, known });
    expect(at({ entries: [payment('a', shell('bob'), 1_001)] })).toEqual({
      code: 'insufficient',
      leg: 0,
      known: { available: '1000', sequence: 0 },
    });
    const line = pendingOfShell('ada', 'h');
    const early = signed(resolution({ line, ...FIRST, action: 'expire', by: null }));
    expect(refusalOf(stage.ask(early, [0])[0])).toEqual({ code: 'unknown_pending', leg: 0 });
  });

  it('of a slot that is decided is the decision', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const late = stage.pay('ada', 'b', 'bob', 6);
    const decided = stage.pass(order);
    expect(stage.ask(order, [3])[0]).toEqual({ answer: 'decided', ...decided });
    const value = digestOf(order.body);
    expect(refusalOf(stage.ask(late, [3])[0])).toEqual({
      code: 'spent',
      leg: 0,
      known: { line: shell('ada'), sequence: 1, head: value, value },
    });
  });

  it('for a trade binds both slots, and none where one of them is bound', () => {
    const stage = funded('ada', 'bob');
    const body = trade(
      legOf('ada', stage.next(shell('ada')), [payment('a', shell('bob'), 3)]),
      legOf('bob', stage.next(shell('bob', silver)), [payment('b', shell('ada', silver), 4)], { asset: silver }),
    );
    const both = signed(body);
    const single = (at: number) => {
      const asset = body.legs[at]?.line === shell('ada') ? undefined : silver;
      const name = asset === undefined ? 'ada' : 'bob';
      const leg = legOf(name, FIRST, [payment('c', shell('eve', asset), 1)], asset && { asset });
      return signed(transfer(leg));
    };
    expect(codesOf(stage.ask(both, [0]))).toEqual(['vote']);
    for (const at of [0, 1]) expect(codesOf(stage.ask(single(at), [0]))).toEqual(['voted']);
    for (const at of [0, 1]) {
      expect(codesOf(stage.ask(single(at), [at + 1]))).toEqual(['vote']);
      expect(refusalOf(stage.ask(both, [at + 1])[0])).toMatchObject({ code: 'voted', leg: at });
    }
    const [said] = saidBy(stage.ask(both, [0]));
    expect(said?.statement).toMatchObject({ line: body.legs[0].line, sequence: 1 });
  });

  it('is refused to a foreigner: another ledger, a committee that is not in office', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5).body as ReturnType<typeof transfer>;
    expect(codesOf(stage.ask(signed({ ...order, ledger: holder('other') }), [0]))).toEqual(['wrong_ledger']);
    const later = refusalOf(stage.ask(signed({ ...order, committee: 2 }), [0])[0]);
    expect(later).toEqual({ code: 'wrong_committee', known: { committee: 1 } });
  });

  it('is never given by who only learns', () => {
    const stage = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0', 'ada'] });
    stage.fund('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    expect(codesOf(stage.ask(order, [4, 5]))).toEqual(['not_in_office', 'not_in_office']);
    stage.node(1).restart({ learner: true });
    expect(codesOf(stage.ask(order, [1]))).toEqual(['not_in_office']);
    const certificate = stage.certify(order, [0, 2, 3]);
    expect(codesOf(stage.acknowledge(certificate, order, [1, 4]))).toEqual(['not_in_office', 'not_in_office']);
  });

  it('waits while too much is open', () => {
    const stage = funded('ada', 'bob');
    const { disk } = stage.node(0);
    disk.commit([{ key: 'tally', value: { slots: LIMITS.ledgerOpenSlotsMax - 1, held: 0 } }]);
    expect(codesOf(stage.ask(stage.pay('ada', 'a', 'eve', 5), [0]))).toEqual(['vote']);
    expect(codesOf(stage.ask(stage.pay('bob', 'a', 'eve', 5), [0]))).toEqual(['busy']);
    expect(codesOf(stage.ask(stage.pay('ada', 'a', 'eve', 5), [0]))).toEqual(['vote']);
  });
});

describe('a certificate', () => {
  it('is acknowledged at once, again and again, whatever this validator has seen before', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const certificate = stage.certify(order, [0, 1, 2]);
    const [first, again] = [stage.acknowledge(certificate, order, [3]), stage.acknowledge(certificate, order, [3])];
    expect(saidBy(first)[0]?.statement).toEqual({ ...saidBy(again)[0]?.statement });
    expect(saidBy(first)[0]?.statement).toMatchObject({ kind: 'ack', ballot: 0, value: digestOf(order.body) });
    expect(stage.shell('bob', undefined, 3).creditsPosted).toBe('0');
  });

  it('pays nobody', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const certificate = stage.certify(order);
    stage.acknowledge(certificate, order, EVERYBODY);
    for (const seat of EVERYBODY) {
      expect(stage.shell('bob', undefined, seat).creditsPosted).toBe('0');
      expect(stage.shell('ada', undefined, seat).sequence).toBe(0);
    }
  });

  it('is refused where it is not one, and is not acknowledged then', () => {
    const stage = funded('ada', 'bob');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const other = stage.pay('bob', 'b', 'ada', 5);
    const certificate = stage.certify(order);
    const shown = (change: object, body: Signed = order) =>
      codesOf(stage.acknowledge({ ...certificate, ...change }, body, [3]))[0];
    expect(shown({}, other)).toBe('malformed');
    expect(shown({ value: digestOf(other.body) }, other)).toBe('malformed');
    expect(shown({ sequence: 2 })).toBe('malformed');
    expect(shown({ stamps: certificate.stamps.slice(1) })).toBe('bad_signature');
    expect(shown({ ballot: 1 })).toBe('bad_signature');
    expect(shown({ committee: 2 })).toBe('wrong_committee');
    expect(shown({}, { ...order, signatures: other.signatures })).toBe('bad_signature');
    expect(shown({})).toBe('ack');
  });

  it('of a slot that is decided is answered with the decision', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const certificate = stage.certify(order);
    const decided = stage.settle(order);
    stage.bring(decided, [0]);
    expect(stage.acknowledge(certificate, order, [0])[0]).toEqual({ answer: 'decided', ...decided });
  });

  it('about a pending that is unknown here can not be acknowledged yet', () => {
    const stage = funded('ada', 'bob');
    const made = stage.settle(signed(transfer(legOf('ada', stage.next(shell('ada')), [hold('h', 'bob', 5)]))));
    stage.bring(made, [0, 1, 2]);
    const line = pendingOfShell('ada', 'h');
    const post = signed(
      resolution({ ...stage.next(line), line, action: 'post', amount: '5', by: signerOf('bob').spki }),
    );
    const certificate = stage.certify(post);
    expect(codesOf(stage.acknowledge(certificate, post, [3]))).toEqual(['unknown_pending']);
    stage.bring(made, [3]);
    expect(codesOf(stage.acknowledge(certificate, post, [3]))).toEqual(['ack']);
  });
});

describe('a settlement', () => {
  it('pays, at everybody who is shown it, once', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const decided = stage.settle(order);
    expect(stage.bring(decided).map(({ answer }) => codeOf(answer))).toEqual(Array(4).fill('noted'));
    const roots = stage.roots();
    stage.bring(decided);
    expect(stage.roots()).toEqual(roots);
    expect(roots.size).toBe(1);
    expect(stage.shell('bob').creditsPosted).toBe('5');
    expect([...stage.node(0).disk.range('slot/')]).toEqual([]);
    expect([...stage.node(0).disk.range('body/')]).toEqual([]);
    expect([...stage.node(0).disk.range('touch/')]).toEqual([]);
    expect(stage.node(0).disk.get('tally')).toEqual({ slots: 0, held: 0 });
  });

  it('tells what it has applied', () => {
    const stage = funded('ada');
    const order = stage.pay('ada', 'a', 'bob', 5);
    const decided = stage.settle(order);
    const slot = { line: shell('ada'), sequence: 1 };
    expect(stage.bring(decided, [0])[0]?.notes).toEqual([
      { note: 'applied', slot, value: digestOf(order.body) },
      { note: 'settled', ...decided },
    ]);
    expect(stage.bring(decided, [0])[0]?.notes).toEqual([]);
  });

  it.each<[string, string, (settlement: Settlement, other: DecidedRow) => Partial<DecidedRow>]>([
    ['made of votes', 'bad_signature', (settlement) => evidence({ ...settlement, of: 'vote' } as never)],
    ['of another order', 'bad_signature', (_, other) => ({ signed: other.signed })],
    [
      'of a committee that is unknown here',
      'wrong_committee',
      (settlement) => evidence({ ...settlement, committee: 2 }),
    ],
    ['of too few', 'bad_signature', (settlement) => evidence({ ...settlement, stamps: settlement.stamps.slice(1) })],
    ['of another slot', 'bad_signature', (settlement) => evidence({ ...settlement, sequence: 2 })],
    ['of another value', 'bad_signature', (settlement) => evidence({ ...settlement, value: 'a'.repeat(64) })],
    ['handed over by nobody', 'wrong_committee', () => ({ evidence: { by: 'change', committee: 1 } })],
  ])('%s is none', (_what, code, spoil) => {
    // Not over the wire, which would not carry some of them.
    const stage = new Stage({ wire: false });
    stage.fund('ada', 'bob');
    const decided = stage.settle(stage.pay('ada', 'a', 'bob', 5));
    const other = stage.settle(stage.pay('bob', 'b', 'ada', 7));
    const { settlement } = decided.evidence as { settlement: Settlement };
    const [outgoing] = stage.bring({ ...decided, ...spoil(settlement, other) }, [3]);
    expect(codeOf(outgoing?.answer)).toBe(code);
    expect(stage.shell('bob', undefined, 3).creditsPosted).toBe('1000');
  });

  it('of what no owner has signed is none, whoever has acknowledged it', () => {
    const stage = funded('ada', 'bob');
    const decided = stage.settle(stage.pay('ada', 'a', 'bob', 5));
    const { signatures } = stage.pay('bob', 'b', 'ada', 7);
    const [outgoing] = stage.bring({ ...decided, signed: { ...decided.signed, signatures } }, [3]);
    expect(codeOf(outgoing?.answer)).toBe('bad_signature');
  });

  it('waits for what comes before it, over restarts, and goes on by itself', () => {
    const stage = funded('ada', 'bob');
    const spare = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0'] });
    const funds = spare.fund('ada', 'bob');
    expect(funds).toHaveLength(2);
    const chain = [1, 2, 3].map((at) => spare.pass(spare.pay('ada', `a${at}`, 'bob', 300)));
    const late = spare.pass(spare.pay('bob', 'b', 'eve', 1_900));
    const fresh = new Stage({ names: ['s1'] });
    for (const decided of [late, ...[...chain].reverse()]) {
      const [outgoing] = fresh.bring(decided, [0]);
      expect(outgoing?.notes).toMatchObject([{ note: 'held' }]);
      fresh.node(0).restart();
    }
    expect(fresh.node(0).disk.get('tally')).toEqual({ slots: 0, held: 4 });
    fresh.bring(funds[1] as DecidedRow, [0]);
    expect(fresh.shell('bob').sequence).toBe(0);
    const [outgoing] = fresh.bring(funds[0] as DecidedRow, [0]);
    expect(outgoing?.notes.filter(({ note }) => note === 'applied')).toHaveLength(5);
    expect(fresh.shell('bob')).toMatchObject({ sequence: 1, debitsPosted: '1900', creditsPosted: '1900' });
    expect(fresh.roots()).toEqual(spare.roots());
    expect([...fresh.node(0).disk.range('held/')]).toEqual([]);
    expect(fresh.node(0).disk.get('tally')).toEqual({ slots: 0, held: 0 });
    expect(stage.roots().size).toBe(1);
  });

  it('waits for an asset to be defined, and for a pending to be made', () => {
    const spare = new Stage();
    const funds = spare.fund('ada', 'bob');
    const made = spare.pass(
      signed(transfer(legOf('ada', spare.next(shell('ada')), [hold('h', 'bob', 5), offer('o', 'ada', 7, 9)]))),
    );
    const line = pendingOfShell('ada', 'h');
    const post = spare.pass(
      signed(resolution({ ...spare.next(line), line, action: 'post', amount: '4', by: signerOf('bob').spki })),
    );
    const offered = pendingOfShell('ada', 'o');
    const leg = legOf('bob', spare.next(shell('bob', silver)), [payment('t', shell('ada', silver), 9)], {
      asset: silver,
    });
    const taken = spare.pass(signed(take({ ...spare.next(offered), line: offered }, shell('bob'), leg)));
    const fresh = new Stage({ names: ['s1'] });
    for (const decided of [taken, post, made, ...funds]) fresh.bring(decided, [0]);
    expect(fresh.roots()).toEqual(spare.roots());
  });

  it('is not held beyond the bound', () => {
    const stage = funded('ada');
    const first = stage.settle(stage.pay('ada', 'a', 'bob', 5));
    const fresh = new Stage({ names: ['s1'] });
    fresh.node(0).disk.commit([{ key: 'tally', value: { slots: 0, held: LIMITS.ledgerHeldMax } }]);
    expect(codeOf(fresh.bring(first, [0])[0]?.answer)).toBe('busy');
    fresh.node(0).disk.commit([{ key: 'tally', value: { slots: 0, held: LIMITS.ledgerHeldMax - 1 } }]);
    expect(codeOf(fresh.bring(first, [0])[0]?.answer)).toBe('noted');
    expect(codeOf(fresh.bring(first, [0])[0]?.answer)).toBe('noted');
  });
});
