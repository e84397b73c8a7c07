import { describe, expect, it } from 'vitest';
import { stampAll } from '../../../src/organs/ledger/batch.ts';
import { conflictOf, isOwnerFraud, isValidatorFraud, type ValidatorFraud } from '../../../src/organs/ledger/fraud.ts';
import { type Frontier, frontierHash } from '../../../src/organs/ledger/handover.ts';
import { pendingIdOf } from '../../../src/organs/ledger/names.ts';
import { digestOf, type Outcome } from '../../../src/organs/ledger/order.ts';
import {
  acknowledgementOf,
  type Handover,
  proposalOf,
  type Report,
  type Said,
  type Statement,
  voteOf,
} from '../../../src/organs/ledger/statement.ts';
import {
  committee,
  committeeSlot,
  FIRST,
  ledger,
  legOf,
  payment,
  resolution,
  shell,
  signed,
  signerOf,
  silver,
  trade,
  transfer,
  verify,
} from './bank/people.ts';

const slot = { line: shell('ada'), sequence: 1 };
const [x, y] = ['a'.repeat(64), 'b'.repeat(64)];
const at = (ballot: number, value: string = x) => ({ ballot, value });
const vote = (ballot: number, value?: string) => voteOf(slot, at(ballot, value));
const ack = (ballot: number, value?: string) => acknowledgementOf(slot, at(ballot, value));
const report = (ballot: number, more: Partial<Report> = {}): Report => ({
  kind: 'report',
  ...slot,
  ballot,
  vote: null,
  certificate: null,
  ...more,
});
const frontier: Frontier = [[shell('bob'), 4, x]];
const handover = (more: Partial<Handover> = {}): Handover => ({
  kind: 'handover',
  ...committeeSlot(),
  ballot: 1,
  certificate: null,
  frontier: frontierHash(frontier),
  open: [],
  ...more,
});

describe('two statements of one seat', () => {
  it.each<[string, Statement, Statement]>([
    ['two votes in a ballot', vote(0), vote(0, y)],
    ['two votes in a ballot', vote(3), vote(3, y)],
    ['two acknowledgements in a ballot', ack(1), ack(1, y)],
    ['two reports to a ballot', report(1), report(1, { vote: x })],
    ['two reports to a ballot', handover(), handover({ open: [{ ...slot, ...at(0) }] })],
    ['two proposals in a ballot', proposalOf(slot, at(1)), proposalOf(slot, at(1, y))],
    ['a report that hides a vote', vote(0), report(1)],
    ['a report that hides a vote', vote(0), report(4, { vote: y })],
    ['a report that hides an acknowledgement', ack(0), report(1)],
    ['a report that hides an acknowledgement', ack(2), report(3, { certificate: at(1) })],
  ])('contradict each other: %s', (conflict, a, b) => {
    expect(conflictOf(a, b)).toBe(conflict);
    expect(conflictOf(b, a)).toBe(conflict);
  });

  it.each<[string, Statement, Statement]>([
    ['the same vote again', vote(0), { ...vote(0) }],
    ['votes in two ballots', vote(0), vote(1, y)],
    ['votes in two slots', vote(0), voteOf({ ...slot, sequence: 2 }, at(0, y))],
    ['votes in two lines', vote(0), voteOf({ ...slot, line: shell('bob') }, at(0, y))],
    ['acknowledgements in two ballots', ack(0), ack(1, y)],
    ['a vote and an acknowledgement', vote(0), ack(0, y)],
    ['reports to two ballots', report(1), report(2, { vote: x })],
    ['a report that shows the vote', vote(0), report(1, { vote: x })],
    ['a vote in a later ballot', vote(1), report(2)],
    ['a report of another slot', vote(0), report(1, { sequence: 2 })],
    ['a report that shows the certificate', ack(0), report(1, { certificate: at(0) })],
    ['a report that shows a later certificate', ack(0), report(2, { certificate: at(1, y) })],
    ['an acknowledgement in the ballot itself', ack(1), report(1)],
    ['an acknowledgement in a later ballot', ack(2), report(1)],
    ['an acknowledgement in another slot', acknowledgementOf({ ...slot, sequence: 2 }, at(0)), report(1)],
    ['two wishes', { kind: 'wish', drop: [1] }, { kind: 'wish', drop: [2] }],
    ['an acknowledgement before a hand-over whose list nobody shows', ack(0), handover()],
  ])('are no contradiction: %s', (_what, a, b) => {
    expect(conflictOf(a, b)).toBeUndefined();
    expect(conflictOf(b, a)).toBeUndefined();
  });

  it('contradict each other where a trade binds more than the slot it is voted for in', () => {
    const body = trade(
      legOf('ada', FIRST, [payment('a', shell('bob'), 1)]),
      legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver }),
    );
    const [home, other] = body.legs;
    const single = transfer({
      ...other,
      entries: [payment('c', other.line === shell('ada') ? shell('eve') : shell('eve', silver), 1)],
    });
    const bodies = new Map<string, Outcome>([body, single].map((one) => [digestOf(one), one]));
    const shown = (value: string) => bodies.get(value);
    const traded = voteOf(home, at(0, digestOf(body)));
    const spent = voteOf(other, at(0, digestOf(single)));
    expect(conflictOf(traded, spent, shown)).toBe('two votes in a slot');
    expect(conflictOf(spent, traded, shown)).toBe('two votes in a slot');
    expect(conflictOf(traded, spent)).toBeUndefined();
    expect(
      conflictOf(traded, { ...spent, sequence: 2 }, (value) => (value === digestOf(body) ? body : undefined)),
    ).toBeUndefined();
    const hiding: Report = { ...report(1), line: other.line };
    expect(conflictOf(traded, hiding, shown)).toBe('a report that hides a vote');
    expect(conflictOf(traded, { ...hiding, vote: digestOf(body) }, shown)).toBeUndefined();
  });

  it('contradict each other where a hand-over is silent about what was acknowledged', () => {
    const none = () => undefined;
    expect(conflictOf(ack(0), handover(), none, frontier)).toBe('a hand-over that hides an acknowledgement');
    expect(conflictOf(handover(), ack(0), none, frontier)).toBe('a hand-over that hides an acknowledgement');
    expect(conflictOf(ack(1), handover({ open: [{ ...slot, ...at(0) }] }), none, frontier)).toBe(
      'a hand-over that hides an acknowledgement',
    );
    expect(conflictOf(ack(0), handover({ open: [{ ...slot, ...at(0) }] }), none, frontier)).toBeUndefined();
    const applied = acknowledgementOf({ line: shell('bob'), sequence: 4 }, at(0));
    expect(conflictOf(applied, handover(), none, frontier)).toBeUndefined();
    expect(conflictOf({ ...applied, sequence: 5 }, handover(), none, frontier)).toBe(
      'a hand-over that hides an acknowledgement',
    );
    expect(conflictOf(ack(0), handover(), none, [])).toBeUndefined();
    expect(conflictOf(acknowledgementOf(committeeSlot(), at(1)), handover(), none, frontier)).toBeUndefined();
  });
});

describe('a proof of fraud', () => {
  const said = (statement: Statement, seat = 2, number = 1): Said => {
    const [stamp] = stampAll([statement, { other: 1 }], { ledger, committee: number, seat }, (bytes) =>
      signerOf(`v${seat}`).sign('ledger-batch', bytes),
    );
    return { statement, stamp } as Said;
  };
  const proof: ValidatorFraud = { of: 'validator', committee: 1, first: said(vote(0)), second: said(vote(0, y)) };

  it('convicts the seat that signed both, before anybody', () => {
    expect(isValidatorFraud(proof, committee, verify)).toBe(true);
    expect(isValidatorFraud(JSON.parse(JSON.stringify(proof)), committee, verify)).toBe(true);
  });

  it.each<[string, Partial<ValidatorFraud>]>([
    ['two seats', { second: said(vote(0, y), 1) }],
    ['two committees', { second: said(vote(0, y), 2, 2) }],
    ['another committee', { committee: 2 }],
    ['one statement', { second: proof.first }],
    ['what it did not say', { second: { ...proof.second, statement: vote(0, 'c'.repeat(64)) } }],
    [
      'a seat that it names itself',
      {
        first: { ...proof.first, stamp: { ...proof.first.stamp, seat: 1 } },
        second: { ...proof.second, stamp: { ...proof.second.stamp, seat: 1 } },
      },
    ],
  ])('does not convict by %s', (_what, change) => {
    expect(isValidatorFraud({ ...proof, ...change }, committee, verify)).toBe(false);
  });

  it('brings the bodies and the list that it needs', () => {
    const hiding = { ...proof, first: said(ack(0)), second: said(handover()) };
    expect(isValidatorFraud(hiding, committee, verify)).toBe(false);
    expect(isValidatorFraud({ ...hiding, frontier }, committee, verify)).toBe(true);
    const body = trade(
      legOf('ada', FIRST, [payment('a', shell('bob'), 1)]),
      legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver }),
    );
    const [home, other] = body.legs;
    const votes = { ...proof, first: said(voteOf(home, at(0, digestOf(body)))), second: said(voteOf(other, at(0, y))) };
    expect(isValidatorFraud(votes, committee, verify)).toBe(false);
    expect(isValidatorFraud({ ...votes, bodies: [body] }, committee, verify)).toBe(true);
  });

  it('convicts an owner of two orders for one slot of its shell', () => {
    const [first, second, third] = [1, 2, 3].map((amount) =>
      signed(transfer(legOf('ada', FIRST, [payment('a', shell('bob'), amount)]))),
    );
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
    const fraud = { of: 'owner', line: shell('ada'), first, second } as const;
    expect(isOwnerFraud(fraud, verify)).toBe(true);
    expect(isOwnerFraud({ ...fraud, second: first }, verify)).toBe(false);
    expect(isOwnerFraud({ ...fraud, line: shell('bob') }, verify)).toBe(false);
    expect(isOwnerFraud({ ...fraud, first: { ...first, signatures: third.signatures } }, verify)).toBe(false);
    expect(isOwnerFraud({ ...fraud, second: { ...second, signatures: third.signatures } }, verify)).toBe(false);
    const [leg] = second.body.legs;
    expect(isOwnerFraud({ ...fraud, second: signed(transfer({ ...leg, sequence: 2 })) }, verify)).toBe(false);
    expect(isOwnerFraud({ ...fraud, second: signed(transfer(leg, { committee: 2 })) }, verify)).toBe(false);
    expect(isOwnerFraud({ ...fraud, second: signed({ ...second.body, ledger: 'other' }) }, verify)).toBe(false);
    const voided = { body: { ...second.body, kind: 'void', legs: [leg] } as unknown as Outcome, signatures: [] };
    expect(isOwnerFraud({ ...fraud, second: voided }, verify)).toBe(false);
  });

  it('convicts nobody of ending a pending in two ways: two may', () => {
    const line = pendingIdOf(shell('ada'), 'h');
    const end = (action: 'post' | 'void', name: string) =>
      signed(
        resolution({ line, ...FIRST, action, by: signerOf(name).spki, ...(action === 'post' ? { amount: '1' } : {}) }),
      );
    expect(isOwnerFraud({ of: 'owner', line, first: end('post', 'bob'), second: end('void', 'ada') }, verify)).toBe(
      false,
    );
  });
});
