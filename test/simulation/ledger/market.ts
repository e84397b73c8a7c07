import { loadGenome, shippedGenome } from '../../../src/actors/genome.ts';
import type { LedgerOffice, OrderOutcome } from '../../../src/contract/ledger.ts';
import type { Signer } from '../../../src/contract/ports.ts';
import { type AssetDefinition, assetIdOf } from '../../../src/organs/ledger/asset.ts';
import type { OfficeFacts } from '../../../src/organs/ledger/index.ts';
import { NO_HEAD, shellIdOf } from '../../../src/organs/ledger/names.ts';
import type { Entry, Order, ShellLeg, Signed } from '../../../src/organs/ledger/order.ts';
import { rootOf } from '../../../src/organs/ledger/root.ts';
import { signOrder } from '../../../src/organs/ledger/signatures.ts';
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

  issue(names: readonly string[], amount: number): Promise<OrderOutcome> {
    const entries = names.map((name) => this.#payment(name, amount));
    return this.#transfer('mint', entries, { at: 0, defines: true });
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
    const known = await this.world.run(this.world.node(at).ledger.read(line));
    const { sequence, head } = known.row;
    const leg: ShellLeg = {
      line,
      sequence: sequence + 1,
      previous: sequence === 0 ? NO_HEAD : head,
      owner: this.signer(from).spki,
      entries,
      ...(defines ? { definition: this.gold } : {}),
    };
    const { committee } = await this.world.run(this.world.node(at).ledger.office());
    const body: Order = { v: 1, kind: 'transfer', ledger, committee: committee.number, legs: [leg] };
    return signOrder(body, [(claim) => this.signer(from).sign('ledger-order', claim)]);
  }

  async #transfer(
    from: string,
    entries: readonly Entry[],
    { at, defines = false }: { readonly at: number; readonly defines?: boolean },
  ): Promise<OrderOutcome> {
    const signed = await this.order(from, entries, at, defines);
    return this.world.run(this.world.node(at).ledger.submit(signed as never));
  }

  #payment(to: string, amount: number): Entry {
    this.#number += 1;
    return { kind: 'payment', id: `p-${this.#number}`, to: this.shell(to), amount: String(amount) };
  }
}
