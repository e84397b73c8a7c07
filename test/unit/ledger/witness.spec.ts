import { describe, expect, it } from 'vitest';
import { stampAll } from '../../../src/organs/ledger/batch.ts';
import type { Note } from '../../../src/organs/ledger/facts.ts';
import { digestOf } from '../../../src/organs/ledger/order.ts';
import { acknowledgementOf, type Said, type Statement, voteOf } from '../../../src/organs/ledger/statement.ts';
import { Bank } from './bank/bank.ts';
import { Business, openedRows } from './bank/business.ts';
import { FIRST, ledger, legOf, payment, shell, signed, signerOf, silver, trade } from './bank/people.ts';
import { runTrial } from './bank/trial.ts';
import { Witness } from './bank/witness.ts';

const slot = { line: shell('ada'), sequence: 1 };
const [x, y] = ['a'.repeat(64), 'b'.repeat(64)];
const said = (seat: number, statement: Statement): Said => {
  const [stamp] = stampAll([statement], { ledger, committee: 1, seat }, (bytes) =>
    signerOf(`v${seat}`).sign('ledger-batch', bytes),
  );
  return { statement, stamp } as Said;
};
const hears = (witness: Witness, ...all: readonly Said[]) => {
  for (const one of all) witness.hear(1, [one]);
};
const applied = (value: string): Note => ({ note: 'applied', slot, value });

describe('the witness of a bank notices', () => {
  it('two certificates in a ballot, as soon as a liar could make the second one', () => {
    const witness = new Witness(3, 1);
    hears(witness, said(0, voteOf(slot, { ballot: 0, value: x })), said(1, voteOf(slot, { ballot: 0, value: x })));
    hears(witness, said(2, voteOf(slot, { ballot: 0, value: y })));
    expect(() => hears(witness, said(3, voteOf(slot, { ballot: 0, value: y })))).toThrow(
      'two certificates in a ballot',
    );
  });

  it('two settled outcomes, in whatever ballots', () => {
    const witness = new Witness(3, 1);
    hears(
      witness,
      said(0, acknowledgementOf(slot, { ballot: 0, value: x })),
      said(1, acknowledgementOf(slot, { ballot: 0, value: x })),
    );
    hears(witness, said(2, acknowledgementOf(slot, { ballot: 1, value: y })));
    expect(() => hears(witness, said(3, acknowledgementOf(slot, { ballot: 1, value: y })))).toThrow(
      'two settled outcomes',
    );
  });

  it('an outcome of one leg of a trade that contradicts the trade', () => {
    const body = trade(
      legOf('ada', FIRST, [payment('a', shell('bob'), 1)]),
      legOf('bob', FIRST, [payment('b', shell('ada', silver), 2)], { asset: silver }),
    );
    const [home, other] = body.legs;
    const witness = new Witness(3, 0);
    witness.know(digestOf(body), signed(body));
    for (const seat of [0, 1, 2])
      hears(witness, said(seat, acknowledgementOf(home, { ballot: 0, value: digestOf(body) })));
    expect(() => witness.see([{ note: 'applied', slot: { line: other.line, sequence: 1 }, value: x }])).toThrow(
      'another outcome applied',
    );
  });

  it('two outcomes applied, or another than was settled', () => {
    const witness = new Witness(3, 0);
    witness.see([applied(x)]);
    witness.see([applied(x)]);
    expect(() => witness.see([applied(y)])).toThrow('two outcomes applied');
    const second = new Witness(3, 0);
    for (const seat of [0, 1, 2]) hears(second, said(seat, acknowledgementOf(slot, { ballot: 0, value: x })));
    expect(() => second.see([applied(y)])).toThrow('another outcome applied than was settled');
  });

  it('an honest validator that could be convicted', () => {
    const witness = new Witness(3, 1);
    hears(witness, said(0, voteOf(slot, { ballot: 0, value: x })));
    expect(() => hears(witness, said(0, voteOf(slot, { ballot: 0, value: y })))).toThrow(
      'an honest validator is convicted',
    );
  });

  it('validators that are taken for honest and lie, sooner or later', () => {
    const caught = [1, 2, 3, 4, 5, 6].filter((seed) => {
      // Two lie, and the witness is told of none: more than the protocol bears.
      const bank = new Bank({ seed: `caught-${seed}`, liars: [0, 1], trusted: true, rows: openedRows() });
      const business = new Business(bank);
      try {
        for (let event = 0; event < 300; event++) {
          if (event % 10 === 0) business.begin();
          else if (event % 10 === 5) business.goOn();
          else bank.step();
        }
        return false;
      } catch (error) {
        return /two|convicted|another/.test(String(error));
      }
    });
    expect(caught.length).toBeGreaterThan(3);
  });
});

describe('a trial', () => {
  it('is decided by its seed', () => {
    expect(runTrial(7, 60)).toEqual(runTrial(7, 60));
    expect(runTrial(7, 60)).not.toEqual({ ...runTrial(8, 60), seed: 7 });
  });
});
