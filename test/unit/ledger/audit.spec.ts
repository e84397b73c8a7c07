import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audit } from '../../../src/organs/ledger/audit.ts';
import { digestOf, voidOf } from '../../../src/organs/ledger/order.ts';
import type { DecidedRow } from '../../../src/organs/ledger/records.ts';
import { rootOf } from '../../../src/organs/ledger/root.ts';
import { genesis, genesisOf, ledger, legOf, payment, shell, signed, transfer, verify } from './bank/people.ts';
import { hold } from './money.ts';
import { EVERYBODY, Stage } from './stage.ts';

/** A ledger with a change of committee in the middle, which settles something itself. */
function lived(): { stage: Stage; rows: DecidedRow[] } {
  const stage = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0'] });
  stage.fund('ada', 'bob');
  stage.pass(stage.pay('ada', 'a', 'bob', 5));
  stage.pass(signed(transfer(legOf('ada', stage.next(shell('ada')), [hold('h', 'bob', 9)]))));
  const under = stage.pay('bob', 'b', 'ada', 1_005);
  stage.acknowledge(stage.certify(under), under, [0]);
  stage.change([2], [0, 1]);
  stage.deliver(EVERYBODY);
  const leg = legOf('ada', stage.next(shell('ada')), [payment('c', shell('bob'), 1_900)]);
  stage.bring(stage.settle(signed(transfer(leg, { committee: 2 })), [0, 1, 3]), [0, 1, 3]);
  const rows = [...stage.node(0).disk.range('decided/')].map(([, row]) => row as unknown as DecidedRow);
  return { stage, rows };
}

const { stage, rows } = lived();

describe('an audit', () => {
  it('comes to the same state from what was decided, in whatever order it is read', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        const report = audit(genesis, shuffled, verify);
        expect(report).toMatchObject({ problems: [], outcomes: rows.length, waiting: 0, committee: 2 });
        expect(report.root).toBe(rootOf(stage.node(0).facts.sum));
        expect(report.assets.map(({ name, supply, cap }) => [name, supply, cap]).sort()).toEqual([
          ['gold', 2_000n, 1_000_000n],
          ['silver', 2_000n, 1_000_000n],
        ]);
      }),
      { numRuns: 10 },
    );
  });

  it('says what waits where something is missing', () => {
    const first = rows.find(({ signed: { body } }) => body.legs[0].line === shell('mint'));
    const report = audit(
      genesis,
      rows.filter((row) => row !== first),
      verify,
    );
    expect(report.problems).toEqual(expect.arrayContaining([expect.stringMatching(/^nobody has decided/)]));
    const some = audit(
      genesis,
      rows.filter(({ signed: { body } }) => body.legs[0].line !== shell('mint')).slice(0, 1),
      verify,
    );
    expect(some.waiting + some.problems.length).toBeGreaterThan(0);
  });

  it('finds what nobody has decided', () => {
    const [row, other] = rows as [DecidedRow, DecidedRow];
    const forged = { ...row, evidence: other.evidence };
    const report = audit(genesis, [...rows.filter((one) => one !== row), forged], verify);
    expect(report.problems).toContain(`nobody has decided ${digestOf(row.signed.body)}`);
  });

  it('finds a genesis that is not the organism’s', () => {
    const { problems } = audit({ ...genesis, body: genesisOf({ spares: 1 }).body }, [], verify);
    expect(problems).toEqual(["the genesis is not signed by the organism's key"]);
  });

  it('finds two outcomes of one slot, which more than f liars can make', () => {
    const place = new Stage().next(shell('ada'));
    const voided = { body: voidOf(ledger, 1, place), signatures: [] };
    const liars = new Stage();
    const forced = liars.force(voided);
    const report = audit(genesis, [...rows, forced], verify);
    expect(report.problems).toContain(`two outcomes of one slot are settled: ${shell('ada')} 1`);
  });
});
