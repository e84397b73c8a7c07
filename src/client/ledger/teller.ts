import { Fault } from '../../contract/errors.ts';
import type { LedgerOffice, OrderOutcome, OrderRefusal, ShellReading } from '../../contract/ledger.ts';
import type { Signer } from '../../contract/ports.ts';
import type { Json } from '../../contract/words.ts';
import { type AssetDefinition, assetIdOf } from '../../organs/ledger/asset.ts';
import { compareLines, shellIdOf } from '../../organs/ledger/names.ts';
import {
  digestOf,
  type Entry,
  type Order,
  type Place,
  type ResolveLeg,
  type ShellLeg,
  type Signed,
  signersOf,
} from '../../organs/ledger/order.ts';
import { flawOf, PROOF_FLAWS, type SettlementProof } from '../../organs/ledger/proof.ts';
import { readProof } from '../../organs/ledger/read-input.ts';
import { REFUSALS, type RefusalCode } from '../../organs/ledger/refusals.ts';
import { signOrder } from '../../organs/ledger/signatures.ts';
import { unlockBytes, unlockClaim } from '../../organs/ledger/unlocking.ts';
import { p256Verifier } from '../../runtime/signer/p256.ts';
import type { KeyFolder } from './key-folder.ts';
import type { LedgerClient } from './ledger-client.ts';

/** Where signed orders are kept that are not known to be settled. */
const UNDER_WAY = 'order';
/** How often a slot is unlocked and an order signed anew before it is given up. */
const ATTEMPTS = 4;

export interface TellerOptions {
  readonly ledger: LedgerClient;
  /** What every proof is checked against. */
  readonly organism: string;
  readonly keys: KeyFolder;
}

/** What was settled, as the teller has checked it. */
export interface Settled {
  readonly value: string;
  readonly kind: Order['kind'];
  readonly proof: SettlementProof;
}

/** A pending as its row says. */
export interface PendingRow {
  readonly shell: string;
  readonly entry: Entry;
  readonly sequence: number;
  readonly head: string;
  readonly state: string;
}

/**
 * Does business for those whose keys are in a folder. An order that was signed is kept there before it is sent: after a crash
 * that same order is brought to its end, and never another one for its slot, which would convict its owner. What a node says
 * was settled counts once its proof holds.
 */
export class Teller {
  readonly #ledger: LedgerClient;
  readonly #organism: string;
  readonly #keys: KeyFolder;
  readonly #verify = p256Verifier();

  constructor({ ledger, organism, keys }: TellerOptions) {
    this.#ledger = ledger;
    this.#organism = organism;
    this.#keys = keys;
  }

  /**
   * Debits of one shell, all or none. `definition` goes along where the ledger does not know the asset yet.
   *
   * @throws Fault `order-refused`, `no-committee`, `deadline` (the order is kept, and brought to its end the next time)
   */
  async transfer(name: string, asset: AssetDefinition, entries: readonly Entry[]): Promise<Settled> {
    return this.#order([name], async (office) => {
      const leg = await this.#leg(name, asset, entries);
      return { ...this.#base(office), kind: 'transfer', legs: [leg] };
    });
  }

  /** Two payments, both or none. Both keys are in the folder. */
  async trade(one: Side, other: Side): Promise<Settled> {
    return this.#order([one.name, other.name], async (office) => {
      const legs = await Promise.all([one, other].map(({ name, asset, entry }) => this.#leg(name, asset, [entry])));
      const [a, b] = legs.sort((x, y) => compareLines(x.line, y.line)) as [ShellLeg, ShellLeg];
      return { ...this.#base(office), kind: 'trade', legs: [a, b] };
    });
  }

  /** Pays the price of an offer and gets what is offered. */
  async take(name: string, offer: string, asset: AssetDefinition, id: string): Promise<Settled> {
    return this.#order([name], async (office) => {
      const { place, row } = await this.pending(offer);
      if (row.entry.kind !== 'offer') throw new Fault('order-refused', REFUSALS.pending_is_no_offer);
      const { to, amount } = row.entry.price;
      const { node } = await this.#keys.signer(name);
      const leg = await this.#leg(name, asset, [{ kind: 'payment', id, to, amount }]);
      const getting = shellIdOf(row.shell.slice(0, 52), node);
      return { ...this.#base(office), kind: 'take', legs: [{ ...place, to: getting }, leg] };
    });
  }

  /** Ends a hold or an offer: posts it, wholly or in part, or releases it. */
  async resolve(name: string, pending: string, how: Pick<ResolveLeg, 'action' | 'amount'>): Promise<Settled> {
    return this.#order([name], async (office) => {
      const { place } = await this.pending(pending);
      const { spki } = await this.#keys.signer(name);
      return { ...this.#base(office), kind: 'resolve', legs: [{ ...place, ...how, by: spki }] };
    });
  }

  /** @throws Fault `not-found` */
  async pending(id: string): Promise<{ readonly place: Place; readonly row: PendingRow }> {
    for await (const { key, value } of this.#ledger.rows('pendings')) {
      if (key !== id) continue;
      const row = value as unknown as PendingRow;
      return { place: { line: id, sequence: row.sequence + 1, previous: row.head }, row };
    }
    throw new Fault('not-found', 'the node knows of no such offer or hold');
  }

  /** An order of earlier, of which it is not known what became, comes first. */
  async #order(names: readonly string[], make: (office: LedgerOffice) => Promise<Order>): Promise<Settled> {
    const office = await this.#ledger.office();
    for (const name of names) await this.#resume(name, office);
    let refusal: OrderRefusal = { code: 'busy' };
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const signed = await this.#sign(await make(await this.#ledger.office()), names);
      const outcome = await this.#submit(names, signed);
      if (outcome.outcome === 'settled') return this.#checked(signed);
      refusal = outcome.refusal;
      if (outcome.outcome === 'refused' && !isWorthAnother(refusal)) break;
      if (outcome.outcome === 'stuck') await this.#unlock(names, signed);
    }
    throw new Fault('order-refused', sentenceOf(refusal));
  }

  async #resume(name: string, office: LedgerOffice): Promise<void> {
    const kept = (await this.#keys.note(UNDER_WAY, name)) as unknown as Signed<Order> | undefined;
    if (kept === undefined) return;
    const isOfOffice = kept.body.ledger === office.committee.ledger && kept.body.committee === office.committee.number;
    const outcome = isOfOffice ? await this.#submit([name], kept) : undefined;
    if (outcome?.outcome === 'stuck') await this.#unlock([name], kept);
    await this.#keys.forget(UNDER_WAY, name);
  }

  async #submit(names: readonly string[], signed: Signed<Order>): Promise<OrderOutcome> {
    const json = signed as unknown as Json;
    for (const name of names) await this.#keys.keep(UNDER_WAY, name, json);
    const outcome = await this.#ledger.submit(json);
    for (const name of names) await this.#keys.forget(UNDER_WAY, name);
    return outcome;
  }

  /** Has the order's own slots used up, or settled after all; whichever it is, the next order goes on from there. */
  async #unlock(names: readonly string[], { body }: Signed<Order>): Promise<void> {
    const { ledger, number } = (await this.#ledger.office()).committee;
    for (const name of names) {
      const signer = await this.#keys.signer(name);
      const place = body.legs.find((leg) => 'owner' in leg && leg.owner === signer.spki) ?? body.legs[0];
      const claim = unlockClaim(place, ledger, number, signer.spki);
      const unlock = { by: 'party', claim, signature: signer.sign('ledger-unlock', unlockBytes(claim)) };
      const slot = { line: place.line, sequence: place.sequence };
      await this.#ledger.unlock({ slot, unlock } as unknown as Json);
    }
  }

  #base({ committee }: LedgerOffice): { readonly v: 1; readonly ledger: string; readonly committee: number } {
    return { v: 1, ledger: committee.ledger, committee: committee.number };
  }

  async #leg(name: string, asset: AssetDefinition, entries: readonly Entry[]): Promise<ShellLeg> {
    const { node, spki } = await this.#keys.signer(name);
    const line = shellIdOf(assetIdOf(asset), node);
    const { row }: ShellReading = await this.#ledger.read(line);
    const isIssuer = asset.issuers.some(({ holder }) => holder === node);
    const place = { line, sequence: row.sequence + 1, previous: row.head, owner: spki, entries };
    // Nobody can know the asset before its issuer has said what it is.
    return isIssuer && row.sequence === 0 ? { ...place, definition: asset } : place;
  }

  async #sign(body: Order, names: readonly string[]): Promise<Signed<Order>> {
    const signers = await Promise.all(names.map((name) => this.#keys.signer(name)));
    const byKey = new Map(signers.map((signer) => [signer.spki, signer] as const));
    return signOrder(
      body,
      signersOf(body).map((key) => (claim) => (byKey.get(key) as Signer).sign('ledger-order', claim)),
    );
  }

  async #checked({ body }: Signed<Order>): Promise<Settled> {
    const value = digestOf(body);
    return { value, kind: body.kind, proof: await this.proof(value) };
  }

  /**
   * The proof that an order was settled, checked against the organism's id.
   *
   * @throws Fault `not-found`, `corrupt` for one that doesn't hold
   */
  async proof(value: string): Promise<SettlementProof> {
    const proof = readProof(await this.#ledger.proof(value));
    const flaw = proof === undefined ? undefined : flawOf(proof, this.#organism, this.#verify);
    if (proof === undefined || flaw !== undefined || digestOf(proof.signed.body) !== value) {
      throw new Fault('corrupt', `the node's proof does not hold${flaw === undefined ? '' : `: ${PROOF_FLAWS[flaw]}`}`);
    }
    return proof;
  }
}

/** One side of a trade: who pays what. */
export interface Side {
  readonly name: string;
  readonly asset: AssetDefinition;
  readonly entry: Entry;
}

/** Somebody else's order was quicker, or the committee has changed: then it is signed anew, for what is the next slot now. */
function isWorthAnother({ code }: OrderRefusal): boolean {
  return ['spent', 'fork', 'wrong_committee', 'handing_over'].includes(code);
}

export function sentenceOf({ code, known }: OrderRefusal): string {
  const sentence = Object.hasOwn(REFUSALS, code) ? REFUSALS[code as RefusalCode] : 'The validators refuse it.';
  const available = (known as { readonly available?: string } | undefined)?.available;
  return `${code}: ${sentence}${available === undefined ? '' : ` It has ${available}.`}`;
}
