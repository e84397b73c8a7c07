import { loadGenome, shippedGenome } from '../../../src/actors/genome.ts';
import type { LedgerOffice, OrderOutcome, SlotOutcome } from '../../../src/contract/ledger.ts';
import type { Signer } from '../../../src/contract/ports.ts';
import { type AssetDefinition, assetIdOf } from '../../../src/organs/ledger/asset.ts';
import type { OfficeFacts } from '../../../src/organs/ledger/index.ts';
import { NO_HEAD, shellIdOf } from '../../../src/organs/ledger/names.ts';
import type { Entry, Order, ShellLeg, Signed } from '../../../src/organs/ledger/order.ts';
import type { DecidedRow } from '../../../src/organs/ledger/records.ts';
import { rootOf } from '../../../src/organs/ledger/root.ts';
import { signOrder } from '../../../src/organs/ledger/signatures.ts';
import { unlockBytes, unlockClaim } from '../../../src/organs/ledger/unlocking.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { World, type WorldOptions } from '../../../src/runtime/simulation/world.ts';

/** An organism of borgShell alone: nothing else costs time. */
export async function growLedger(options: WorldOptions = {}): Promise<World> {
  const genomes = [await loadGenome(shippedGenome('borgShell'))];
  return World.grow({ nodes: 5, ...options, genomes });
}

/** People with keys, who do business through whichever node they like. */
export class Market {
  readonly world: World;
  readonly office: LedgerOffice;
  readonly gold: AssetDefinition;
  /** What the mint has paid lately. */
  readonly issued: { readonly id: string; readonly to: string }[] = [];
  readonly #signers = new Map<string, Signer>();
  #number = 0;

  private constructor(world: World, office: LedgerOffice) {
    this.world = world;
    this.office = office;
    const issuers = [{ holder: this.signer('mint').node, cap: '1000000' }];
    this.gold = { v: 1, ledger: office.committee.ledger, name: 'gold', scale: 0, issuers };
  }

  /** Once the committee is in office everywhere. */
  static async open(world: World): Promise<Market> {
    const isVoting = (node: World['nodes'][number]): boolean => node.mode('ledger', node.trees[0]) === 'voting';
    await world.until(() => world.running.filter(isVoting).length === 4, 60_000, 'the committee votes');
    return new Market(world, await world.run(world.node(0).ledger.office()));
  }

  signer(name: string): Signer {
    const known = this.#signers.get(name) ?? twinSigner(`market-${name}`);
    this.#signers.set(name, known);
    return known;
  }

  shell(name: string): string {
    return shellIdOf(assetIdOf(this.gold), this.signer(name).node);
  }

  /** The first time the mint says what gold is. */
  issue(names: readonly string[], amount: number): Promise<OrderOutcome> {
    const entries = names.map((name) => {
      const entry = this.#payment(name, amount);
      this.issued.push({ id: entry.id, to: name });
      return entry;
    });
    return this.#transfer('mint', entries, { at: 0, defines: true });
  }

  freshId(): string {
    this.#number += 1;
    return `p-${this.#number}`;
  }

  /** The owner has the slot of its order decided by ballots. */
  async unlock(name: string, { body }: Signed<Order>, at: number): Promise<SlotOutcome> {
    const place = body.legs.find(({ line }) => line === this.shell(name)) ?? body.legs[0];
    const { spki, sign } = this.signer(name);
    const claim = unlockClaim(place, body.ledger, body.committee, spki);
    const unlock = { by: 'party', claim, signature: sign('ledger-unlock', unlockBytes(claim)) };
    const slot = { line: place.line, sequence: place.sequence };
    return this.world.node(at).ledger.unlock({ slot, unlock } as never);
  }

  /** Everything that the node knows to be decided. */
  async outcomes(at: number): Promise<DecidedRow[]> {
    const rows: DecidedRow[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await this.world.node(at).ledger.list('outcomes', after === undefined ? {} : { after });
      rows.push(...page.rows.map(({ value }) => value as unknown as DecidedRow));
      after = page.next ?? undefined;
      more = after !== undefined;
    }
    return rows;
  }

  /** What each of these shells was paid and has paid, on the node's disk. */
  ends(at: number, whose: ReadonlyMap<string, string>): Map<string, { credits: bigint; debits: bigint }> {
    const node = this.world.at(at);
    const book = node.facts<OfficeFacts>('ledger', node.trees[0])?.book;
    const found = [...whose].flatMap(([shell, who]) => {
      const row = book?.get(`shell/${shell}`) as { creditsPosted: string; debitsPosted: string } | undefined;
      if (row === undefined) return [];
      return [[who, { credits: BigInt(row.creditsPosted), debits: BigInt(row.debitsPosted) }] as const];
    });
    return new Map(found);
  }

  pay(from: string, to: string, amount: number, { at = 0 } = {}): Promise<OrderOutcome> {
    return this.#transfer(from, [this.#payment(to, amount)], { at });
  }

  async balance(name: string, at = 0): Promise<bigint> {
    const { row } = await this.world.run(this.world.node(at).ledger.read(this.shell(name)));
    return BigInt(row.creditsPosted) - BigInt(row.debitsPosted);
  }

  /** What the nodes that run have on their disks. */
  roots(): Set<string> {
    const books = this.world.running.map((node) => node.facts<OfficeFacts>('ledger', node.trees[0])?.ledger);
    return new Set(books.map((ledger) => (ledger ? rootOf(ledger.sum) : 'none')));
  }

  untilOne(withinMs = 30_000): Promise<void> {
    return this.world.until(() => this.roots().size === 1, withinMs, 'one state everywhere');
  }

  /** The order after the last one of the shell, as node `at` reads it. */
  async order(from: string, entries: readonly Entry[], at: number, defines = false): Promise<Signed<Order>> {
    const line = this.shell(from);
    const { ledger } = this.office.committee;
    const known = await this.world.node(at).ledger.read(line);
    const { sequence, head } = known.row;
    const leg: ShellLeg = {
      line,
      sequence: sequence + 1,
      previous: sequence === 0 ? NO_HEAD : head,
      owner: this.signer(from).spki,
      entries,
      ...(defines ? { definition: this.gold } : {}),
    };
    const { committee } = await this.world.node(at).ledger.office();
    const body: Order = { v: 1, kind: 'transfer', ledger, committee: committee.number, legs: [leg] };
    return signOrder(body, [(claim) => this.signer(from).sign('ledger-order', claim)]);
  }

  async #transfer(
    from: string,
    entries: readonly Entry[],
    { at, defines = false }: { readonly at: number; readonly defines?: boolean },
  ): Promise<OrderOutcome> {
    const signed = await this.world.run(this.order(from, entries, at, defines));
    return this.world.run(this.world.node(at).ledger.submit(signed as never));
  }

  #payment(to: string, amount: number): Entry {
    return { kind: 'payment', id: this.freshId(), to: this.shell(to), amount: String(amount) };
  }
}
