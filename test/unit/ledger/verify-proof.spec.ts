import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organismIdOf, treeIdOf } from '../../../src/contract/encoding.ts';
import type { Signer } from '../../../src/contract/ports.ts';
import { assetIdOf } from '../../../src/organs/ledger/asset.ts';
import { stampAll } from '../../../src/organs/ledger/batch.ts';
import {
  type Committee,
  firstCommittee,
  type Genesis,
  genesisClaim,
  nextCommittee,
} from '../../../src/organs/ledger/committee.ts';
import { COMMITTEE_LINE, NO_HEAD, shellIdOf } from '../../../src/organs/ledger/names.ts';
import {
  type Change,
  digestOf,
  homeOf,
  type Outcome,
  type Signed,
  type Transfer,
} from '../../../src/organs/ledger/order.ts';
import { flawOf, type SettlementProof } from '../../../src/organs/ledger/proof.ts';
import { gather, type Settlement } from '../../../src/organs/ledger/quorum.ts';
import type { Evidence } from '../../../src/organs/ledger/records.ts';
import { signOrder } from '../../../src/organs/ledger/signatures.ts';
import { acknowledgementOf } from '../../../src/organs/ledger/statement.ts';
import { generateKeyPem, p256Signer, p256Verifier } from '../../../src/runtime/signer/p256.ts';

const SCRIPT = fileURLToPath(new URL('../../../examples/verify-proof.mjs', import.meta.url));
const verify = p256Verifier();
const key = (): Signer => p256Signer(generateKeyPem());

const operator = key();
const validators = Array.from({ length: 6 }, key);
const [alice, bob] = [key(), key()] as [Signer, Signer];
const organism = organismIdOf(operator.spki, 'nonce');
const body: Genesis = {
  v: 1,
  kind: 'genesis',
  organism,
  operator: operator.spki,
  nonce: 'nonce',
  tree: treeIdOf(organism, 'borgShell'),
  f: 1,
  keys: validators.slice(0, 4).map(({ spki }) => spki),
  spares: validators.slice(4).map(({ spki }) => spki),
};
const genesis = { body, signature: operator.sign('ledger-genesis', genesisClaim(body)) };
const first = firstCommittee(body);

/** Acknowledged by these seats among others of their words, so that the path has two steps. */
function settle(outcome: Outcome, committee: Committee, seats = [0, 1, 3]): Evidence {
  const choice = { ballot: 0, value: digestOf(outcome) };
  const stamps = seats.flatMap((seat) => {
    const signer = validators.find(({ spki }) => spki === committee.keys[seat]) as Signer;
    const statements = [1, 2, 3].map((sequence) =>
      sequence === 2
        ? acknowledgementOf(homeOf(outcome), choice)
        : acknowledgementOf({ line: 'other', sequence }, choice),
    );
    const { ledger, number } = committee;
    return stampAll(statements, { ledger, committee: number, seat }, (bytes) =>
      signer.sign('ledger-batch', bytes),
    ).slice(1, 2);
  });
  const settlement = gather<Settlement>('ack', homeOf(outcome), choice, stamps, committee, verify) as Settlement;
  return { by: 'settlement', settlement };
}

function order(committee: Committee): Signed<Transfer> {
  const definition = {
    v: 1,
    ledger: first.ledger,
    name: 'gold',
    scale: 0,
    issuers: [{ holder: alice.node, cap: '9' }],
  } as const;
  const asset = assetIdOf(definition);
  const to = shellIdOf(asset, bob.node);
  const leg = {
    line: shellIdOf(asset, alice.node),
    sequence: 1,
    previous: NO_HEAD,
    owner: alice.spki,
    entries: [{ kind: 'payment', id: 'one', to, amount: '5', memo: 'Grüße "an" Bob' }],
    definition,
  } as const;
  const made: Transfer = { v: 1, kind: 'transfer', ledger: first.ledger, committee: committee.number, legs: [leg] };
  return signOrder(made, [(claim) => alice.sign('ledger-order', claim)]);
}

const plain = order(first);
const proof: SettlementProof = {
  v: 1,
  kind: 'settlement-proof',
  genesis,
  changes: [],
  signed: plain,
  evidence: settle(plain.body, first),
};

/** Seat 2 goes to the first spare; the order is settled by the committee after. */
function changed(): SettlementProof {
  const change: Change = {
    v: 1,
    kind: 'change',
    ledger: first.ledger,
    committee: 1,
    legs: [{ line: COMMITTEE_LINE, sequence: 1, previous: first.head }],
    drop: [2],
    next: first.keys.map((spki, seat) => (seat === 2 ? (body.spares[0] as string) : spki)),
    settled: [],
    root: '0'.repeat(64),
  };
  const second = nextCommittee(first, body, [2], digestOf(change)) as Committee;
  const later = order(second);
  const changes = [{ signed: { body: change, signatures: [] }, evidence: settle(change, first) }];
  return { ...proof, changes, signed: later, evidence: settle(later.body, second, [0, 2, 3]) };
}

type Tampering = (proof: never) => void;
const tampered = (of: SettlementProof, tamper: Tampering): SettlementProof => {
  const copy = structuredClone(of);
  tamper(copy as never);
  return copy;
};

const OTHER = 'a'.repeat(52);

describe('examples/verify-proof.mjs', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'peertree-proof-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function runOn(shown: SettlementProof, id = organism): { readonly status: number | null; readonly out: string } {
    const file = join(folder, 'proof.json');
    writeFileSync(file, JSON.stringify(shown, undefined, 2));
    const { status, stdout } = spawnSync(process.execPath, [SCRIPT, file, id], { encoding: 'utf8' });
    return { status, out: stdout.trim() };
  }

  it('takes a proof that holds, through a change of committee as well, and says what was settled', () => {
    expect(runOn(proof)).toEqual({ status: 0, out: `settled ${digestOf(plain.body)}` });
    expect(flawOf(changed(), organism, verify)).toBeUndefined();
    expect(runOn(changed()).status).toBe(0);
  });

  it.each<readonly [what: string, shown: () => SettlementProof, id: string]>([
    ['of another organism', () => proof, OTHER],
    [
      'with another amount',
      () =>
        tampered(proof, (p: { signed: { body: { legs: { entries: { amount: string }[] }[] } } }) => {
          for (const entry of p.signed.body.legs[0]?.entries ?? []) entry.amount = '6';
        }),
      organism,
    ],
    [
      'with too few seats',
      () =>
        tampered(proof, (p: { evidence: { settlement: { stamps: unknown[] } } }) => p.evidence.settlement.stamps.pop()),
      organism,
    ],
    [
      'with one seat twice',
      () =>
        tampered(proof, (p: { evidence: { settlement: { stamps: unknown[] } } }) => {
          p.evidence.settlement.stamps[1] = p.evidence.settlement.stamps[0];
        }),
      organism,
    ],
    [
      'with another genesis',
      () => tampered(proof, (p: { genesis: { body: { keys: string[] } } }) => p.genesis.body.keys.reverse()),
      organism,
    ],
    ['without its change of committee', () => ({ ...changed(), changes: [] }), organism],
    [
      'whose change seats a stranger',
      () =>
        tampered(changed(), (p: { changes: { signed: { body: { next: string[] } } }[] }) => {
          p.changes[0]?.signed.body.next.splice(1, 1, alice.spki);
        }),
      organism,
    ],
  ])('refuses one %s, and so does the command', (_what, shown, id) => {
    expect(flawOf(shown(), id, verify)).toBeDefined();
    expect(runOn(shown(), id).status).not.toBe(0);
  });
});
