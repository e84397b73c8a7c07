import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { digestOf, type Order, type Signed } from '../../../src/organs/ledger/order.ts';
import { judgeReading, type ShellShown } from '../../../src/organs/ledger/reading.ts';
import { legOf, payment, resolution, shell, signed, signerOf, transfer } from './bank/people.ts';
import { hold, pendingOfShell } from './money.ts';
import { codeOf, EVERYBODY, Stage, saidBy } from './stage.ts';

const shown = (stage: Stage, name: string, seats: readonly number[]): ShellShown[] =>
  seats.map(
    (seat) => (stage.tell(seat, { kind: 'read', shell: shell(name) }).answer as unknown as { body: ShellShown }).body,
  );
const read = (stage: Stage, name: string, seats: readonly number[]) => judgeReading(shown(stage, name, seats), 3);

const funded = () => {
  const stage = new Stage();
  stage.fund('ada', 'bob');
  return stage;
};

/** A payment of ada's to bob that is settled, and of which nobody has heard. */
const unheard = (stage: Stage): Signed<Order> => {
  const order = stage.pay('ada', 'a', 'bob', 5);
  stage.settle(order, [0, 1, 2]);
  return order;
};

describe('a read of a shell', () => {
  it('is agreed where a quorum shows the same', () => {
    const stage = funded();
    expect(read(stage, 'bob', [0, 1, 2])).toMatchObject({ reading: 'agreed', row: { creditsPosted: '1000' } });
    expect(read(stage, 'nobody', [1, 2, 3])).toMatchObject({
      reading: 'agreed',
      row: { creditsPosted: '0', sequence: 0 },
    });
    expect(judgeReading(shown(stage, 'bob', [0, 1]), 3)).toEqual({ reading: 'differs' });
  });

  it.each([[[0, 1, 3]], [[0, 2, 3]], [[1, 2, 3]], [[0, 1, 2]]])(
    'of seats %j misses no settled transfer, to whoever pays or is paid',
    (seats) => {
      const stage = funded();
      const order = unheard(stage);
      for (const name of ['ada', 'bob']) {
        const reading = read(stage, name, seats);
        expect(reading.reading).toBe('unfinished');
        expect(reading).toMatchObject({ open: expect.arrayContaining([expect.objectContaining({ signed: order })]) });
      }
    },
  );

  it('finishes what it finds, and then sees it', () => {
    const stage = funded();
    const order = unheard(stage);
    const reading = read(stage, 'bob', [1, 2, 3]);
    const [open] = reading.reading === 'unfinished' ? reading.open : [];
    if (open === undefined) throw new Error('something is open');
    expect(saidBy(stage.acknowledge(open.certificate, open.signed, EVERYBODY))).toHaveLength(4);
    stage.bring(stage.settle(order, [1, 2, 3]));
    expect(read(stage, 'bob', [1, 2, 3])).toMatchObject({ reading: 'agreed', row: { creditsPosted: '1005' } });
    expect(read(stage, 'ada', [0, 1, 2])).toMatchObject({ reading: 'agreed', row: { debitsPosted: '5', sequence: 1 } });
  });

  it('differs where some have not heard of it yet, and tells what there is to bring', () => {
    const stage = funded();
    const order = stage.pay('ada', 'a', 'bob', 5);
    const decided = stage.settle(order, [0, 1, 2]);
    stage.bring(decided, [0, 1, 2]);
    expect(read(stage, 'bob', [1, 2, 3])).toEqual({ reading: 'differs' });
    const value = digestOf(order.body);
    const history = (name: string, sequence = 0) =>
      stage.tell(0, { kind: 'history', shell: shell(name), sequence }).answer;
    expect(history('bob')).toMatchObject({
      answer: 'shown',
      body: { own: [], incoming: expect.arrayContaining([value]) },
    });
    expect(history('ada')).toMatchObject({ body: { own: [value] } });
    expect(history('ada', 1)).toMatchObject({ body: { own: [] } });
    expect(stage.tell(0, { kind: 'fetch', value }).answer).toEqual({ answer: 'decided', ...decided });
    expect(codeOf(stage.tell(3, { kind: 'fetch', value }).answer)).toBe('gap');
    stage.bring(decided, [3]);
    expect(read(stage, 'bob', [1, 2, 3]).reading).toBe('agreed');
  });

  it('shows the certificate of whatever changes a pending, to both of its sides', () => {
    const stage = funded();
    stage.pass(signed(transfer(legOf('ada', stage.next(shell('ada')), [hold('h', 'bob', 50)]))));
    const line = pendingOfShell('ada', 'h');
    const post = signed(
      resolution({ ...stage.next(line), line, action: 'post', amount: '20', by: signerOf('bob').spki }),
    );
    stage.settle(post, [0, 1, 2]);
    for (const name of ['ada', 'bob']) expect(read(stage, name, [1, 2, 3]).reading).toBe('unfinished');
    expect(read(stage, 'eve', [1, 2, 3]).reading).toBe('agreed');
  });

  it('shows no certificate that came to nothing', () => {
    const stage = funded();
    const order = stage.pay('ada', 'a', 'bob', 5);
    stage.acknowledge(stage.certify(order), order, [0]);
    expect(read(stage, 'bob', [0, 1, 2]).reading).toBe('unfinished');
    const [place] = order.body.legs;
    const voided = stage.force({
      body: {
        v: 1,
        kind: 'void',
        ledger: order.body.ledger,
        committee: 1,
        legs: [{ line: place.line, sequence: 1, previous: place.previous }],
      },
      signatures: [],
    });
    stage.bring(voided);
    expect(read(stage, 'bob', [0, 1, 2])).toMatchObject({ reading: 'agreed', row: { creditsPosted: '1000' } });
    expect([...stage.node(0).disk.range('touch/')]).toEqual([]);
    expect([...stage.node(0).disk.range('body/')]).toEqual([]);
  });

  it('shows a bounded number of certificates at once', () => {
    const stage = funded();
    const names = Array.from({ length: LIMITS.ledgerReadCertificatesMax + 1 }, (_, at) => `payer${at}`);
    for (let from = 0; from < names.length; from += LIMITS.ledgerEntriesMax) {
      const entries = names
        .slice(from, from + LIMITS.ledgerEntriesMax)
        .map((name) => payment(`to-${name}`, shell(name), 1));
      stage.pass(signed(transfer(legOf('mint', stage.next(shell('mint')), entries))));
    }
    for (const name of names) {
      const order = stage.pay(name, 'a', 'bob', 1);
      stage.acknowledge(stage.certify(order), order, [0]);
    }
    expect(shown(stage, 'bob', [0])[0]?.open).toHaveLength(LIMITS.ledgerReadCertificatesMax);
  });
});
