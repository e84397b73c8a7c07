import { describe, expect, it } from 'vitest';
import { organismIdOf } from '../../../src/contract/encoding.ts';
import type { Signer } from '../../../src/contract/ports.ts';
import { assetIdOf } from '../../../src/organs/ledger/asset.ts';
import { stampAll } from '../../../src/organs/ledger/batch.ts';
import { firstCommittee, type Genesis, genesisClaim, ledgerIdOf } from '../../../src/organs/ledger/committee.ts';
import { NO_HEAD, shellIdOf } from '../../../src/organs/ledger/names.ts';
import { digestOf, type Signed, type Transfer, voidOf } from '../../../src/organs/ledger/order.ts';
import { flawOf, proofOf, type SettlementProof } from '../../../src/organs/ledger/proof.ts';
import { gather, isQuorum, type Settlement } from '../../../src/organs/ledger/quorum.ts';
import { readProof } from '../../../src/organs/ledger/read-input.ts';
import { signOrder } from '../../../src/organs/ledger/signatures.ts';
import { acknowledgementOf } from '../../../src/organs/ledger/statement.ts';
import { generateKeyPem, p256Signer } from '../../../src/runtime/signer/p256.ts';
import { genesis, genesisOf, ledger, legOf, payment, shell, signed, transfer, verify } from './bank/people.ts';
import { EVERYBODY, Stage } from './stage.ts';

const { organism } = genesis.body;

/** A payment before and one after a change of committee, and one that the change itself settled. */
function proofs(): { before: SettlementProof; handed: SettlementProof; after: SettlementProof } {
  const stage = new Stage({ names: ['v0', 'v1', 'v2', 'v3', 's0'] });
  stage.fund('ada', 'bob');
  const before = stage.pass(stage.pay('ada', 'a', 'bob', 5));
  const under = stage.pay('bob', 'b', 'ada', 6);
  stage.acknowledge(stage.certify(under), under, [0]);
  stage.change([2], [0, 1]);
  stage.deliver(EVERYBODY);
  const leg = legOf('ada', stage.next(shell('ada')), [payment('c', shell('bob'), 7)]);
  const last = stage.settle(signed(transfer(leg, { committee: 2 })), [0, 1, 3]);
  stage.bring(last, [0]);
  const of = (order: Signed) => proofOf(stage.node(0).disk, genesis, digestOf(order.body)) as SettlementProof;
  return { before: of(before.signed), handed: of(under), after: of(last.signed) };
}

const { before, handed, after } = proofs();
const flaw = (proof: SettlementProof) => flawOf(proof, organism, verify);

describe('a settlement proof', () => {
  it.each([
    ['of the first committee', before, 0],
    ['of a slot that was handed over', handed, 1],
    ['of the second committee', after, 1],
  ])('%s holds, read from a file', (_what, proof, changes) => {
    expect(proof.changes).toHaveLength(changes);
    const read = readProof(JSON.parse(JSON.stringify(proof)));
    expect(read).toEqual(proof);
    expect(flaw(read as SettlementProof)).toBeUndefined();
  });

  it('holds for one organism', () => {
    expect(flawOf(before, genesisOf({ nonce: 'other' }).body.organism, verify)).toBe('wrong-organism');
  });

  const settlementOf = ({ evidence }: SettlementProof) => (evidence as { settlement: Settlement }).settlement;
  const settled = (proof: SettlementProof, change: Partial<Settlement>): SettlementProof => ({
    ...proof,
    evidence: { by: 'settlement', settlement: { ...settlementOf(proof), ...change } },
  });

  it.each<[string, string, SettlementProof]>([
    ['another genesis', 'bad-genesis', { ...before, genesis: { ...genesis, body: { ...genesis.body, spares: [] } } }],
    ['a genesis of other validators', 'wrong-ledger', { ...before, genesis: genesisOf({ spares: 1 }) }],
    ['another order', 'not-settled', { ...before, signed: after.signed }],
    [
      'an order that was altered',
      'bad-order',
      { ...before, signed: { ...before.signed, body: { ...before.signed.body, committee: 2 } as never } },
    ],
    [
      'an order without its owner',
      'bad-order',
      { ...before, signed: { ...before.signed, signatures: after.signed.signatures } },
    ],
    ['too few', 'not-settled', settled(before, { stamps: settlementOf(before).stamps.slice(1) })],
    ['acknowledgements of another slot', 'not-settled', settled(before, { sequence: 2 })],
    ['votes', 'not-settled', settled(before, { of: 'vote' as never })],
    ['another committee', 'not-settled', settled(after, { committee: 1 })],
    ['a committee that nobody has shown', 'not-settled', { ...after, changes: [] }],
    [
      'a change without its order',
      'not-settled',
      { ...before, changes: handed.changes, evidence: { by: 'change', committee: 1 } },
    ],
    ['a change that never was', 'not-settled', { ...handed, evidence: { by: 'change', committee: 2 } }],
    ['the same change twice', 'bad-change', { ...after, changes: [...after.changes, ...after.changes] }],
    [
      'something else for a change',
      'bad-change',
      { ...after, changes: [{ signed: before.signed as never, evidence: before.evidence }] },
    ],
    [
      'a change that too few have decided',
      'bad-change',
      {
        ...after,
        changes: after.changes.map((change) => ({
          ...change,
          evidence: settled({ ...after, evidence: change.evidence }, { stamps: [] }).evidence,
        })),
      },
    ],
    [
      'a change to others',
      'bad-change',
      {
        ...after,
        changes: after.changes.map((change) => ({
          ...change,
          signed: { ...change.signed, body: { ...change.signed.body, next: [...change.signed.body.next].reverse() } },
        })),
      },
    ],
  ])('does not hold with %s', (_what, expected, proof) => {
    expect(flaw(proof)).toBe(expected);
  });

  it('is read from nothing else', () => {
    for (const wrong of [
      null,
      [],
      {},
      { ...before, v: 2 },
      { ...before, more: 1 },
      { ...before, changes: null },
      before.signed,
    ]) {
      expect(readProof(wrong)).toBeUndefined();
    }
  });

  it('is made of what is decided only', () => {
    const stage = new Stage();
    expect(proofOf(stage.node(0).disk, genesis, 'a'.repeat(64))).toBeUndefined();
  });

  it('of a slot that was voided says so', () => {
    const body = voidOf(ledger, 1, { line: shell('ada'), sequence: 1, previous: NO_HEAD });
    expect(flaw({ ...before, signed: { body, signatures: [] } })).toBe('not-settled');
  });
});

describe('with real keys', () => {
  const keys = Array.from({ length: 6 }, () => p256Signer(generateKeyPem()));
  const [operator, owner, ...validators] = keys as [Signer, Signer, ...Signer[]];
  const real = organismIdOf(operator.spki, 'nonce');
  const body: Genesis = {
    v: 1,
    kind: 'genesis',
    organism: real,
    operator: operator.spki,
    nonce: 'nonce',
    tree: real,
    f: 1,
    keys: validators.map(({ spki }) => spki),
    spares: [],
  };
  const founded = { body, signature: operator.sign('ledger-genesis', genesisClaim(body)) };
  const committee = firstCommittee(body);
  const definition = {
    v: 1,
    ledger: ledgerIdOf(body),
    name: 'gold',
    scale: 0,
    issuers: [{ holder: owner.node, cap: '5' }],
  } as const;
  const asset = assetIdOf(definition);
  const order: Transfer = {
    v: 1,
    kind: 'transfer',
    ledger: ledgerIdOf(body),
    committee: 1,
    legs: [
      {
        line: shellIdOf(asset, owner.node),
        sequence: 1,
        previous: NO_HEAD,
        owner: owner.spki,
        definition,
        entries: [{ kind: 'payment', id: 'a', to: shellIdOf(asset, operator.node), amount: '5' }],
      },
    ],
  };
  const issued = signOrder(order, [(claim) => owner.sign('ledger-order', claim)]);
  const choice = { ballot: 0, value: digestOf(order) };
  const [slot] = order.legs;
  const stamps = validators.map(
    (validator, seat) =>
      stampAll(
        [{ other: 1 }, acknowledgementOf(slot, choice)],
        { ledger: ledgerIdOf(body), committee: 1, seat },
        (bytes) => validator.sign('ledger-batch', bytes),
      )[1],
  );
  const settlement = gather<Settlement>('ack', slot, choice, stamps as never, committee, owner.verify) as Settlement;
  const proof: SettlementProof = {
    v: 1,
    kind: 'settlement-proof',
    genesis: founded,
    changes: [],
    signed: issued,
    evidence: { by: 'settlement', settlement },
  };

  it('a proof of a few hundred bytes a validator holds', () => {
    const text = JSON.stringify(proof);
    expect(flawOf(readProof(JSON.parse(text)) as SettlementProof, real, keys[0]?.verify ?? verify)).toBeUndefined();
    expect(text.length).toBeLessThan(3_000);
  });

  it('a signature that was altered into another valid one counts for the same seat, and no more', () => {
    const malleated = settlement.stamps.map((stamp) => ({ ...stamp, signature: otherOf(stamp.signature) }));
    const [first, second] = settlement.stamps;
    if (first === undefined || second === undefined) throw new Error('three were made');
    expect(malleated[0]?.signature).not.toBe(first.signature);
    expect(isQuorum({ ...settlement, stamps: malleated }, committee, owner.verify)).toBe(true);
    const twice = [first, malleated[0] as typeof first, second];
    expect(isQuorum({ ...settlement, stamps: twice }, committee, owner.verify)).toBe(false);
    expect(gather('ack', slot, choice, twice, committee, owner.verify)).toBeUndefined();
  });

  it('an altered order, signature or key is noticed', () => {
    const flawed = (change: Partial<SettlementProof>) => flawOf({ ...proof, ...change }, real, owner.verify);
    expect(flawed({})).toBeUndefined();
    expect(flawed({ signed: { ...issued, signatures: [owner.sign('message', new Uint8Array())] } })).toBe('bad-order');
    const stranger = p256Signer(generateKeyPem());
    const [leg] = order.legs;
    const stolen: Transfer = { ...order, legs: [{ ...leg, owner: stranger.spki }] };
    expect(flawed({ signed: signOrder(stolen, [(claim) => stranger.sign('ledger-order', claim)]) })).toBe('bad-order');
    expect(flawed({ genesis: { ...founded, signature: stranger.sign('ledger-genesis', genesisClaim(body)) } })).toBe(
      'bad-genesis',
    );
  });
});

/** s and n - s sign the same. */
function otherOf(signature: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = (order - s).toString(16).padStart(64, '0');
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')]).toString('base64url');
}
