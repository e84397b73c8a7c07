import fc from 'fast-check';
import { electorsOf } from '../../../../src/organs/consensus/raft/index.ts';
import { Cluster, type ModelNode } from './cluster.ts';
import { electorateAfter } from './disk.ts';

export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** One thing that happens; the numbers choose to whom, of whatever there is by then. */
export interface Move {
  readonly act: Act;
  readonly who: number;
  readonly what: number;
}

export type Act = (typeof ACTS)[number];

/** By how often they should be drawn: mostly things go on, now and then something breaks. */
const ACTS = [
  ...many(20, 'deliver'),
  ...many(8, 'rush'),
  ...many(3, 'repeat'),
  ...many(3, 'lose'),
  ...many(6, 'flush'),
  ...many(4, 'report'),
  ...many(6, 'advance'),
  ...many(10, 'run'),
  ...many(10, 'propose'),
  ...many(3, 'read'),
  ...many(5, 'reseat'),
  ...many(4, 'learners'),
  ...many(1, 'fetch'),
  ...many(2, 'crash'),
  ...many(3, 'restart'),
  ...many(1, 'restore'),
  ...many(2, 'transfer'),
  ...many(1, 'forget'),
  ...many(1, 'campaign'),
  ...many(2, 'part'),
  ...many(3, 'heal'),
] as const;

function many<A extends string>(times: number, act: A): readonly A[] {
  return Array.from({ length: times }, () => act);
}

/** Several of them, with the luck that the elections have. */
export const schedule = fc.record({
  moves: fc.array(fc.record({ act: fc.constantFrom(...ACTS), who: fc.nat(1_000), what: fc.nat(1_000) }), {
    minLength: 80,
    maxLength: 200,
    size: 'max',
  }),
  voters: fc.constantFrom(1, 3, 3, 5),
  luck: fc.integer({ min: 1, max: 1_000_000 }),
  lease: fc.constantFrom(false, false, true),
});

export type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** Plays a schedule; a law that is broken ends it. */
export class Play {
  readonly cluster: Cluster;
  /** When the disk of an abstaining node was lost. */
  readonly #lostAt = new Map<string, number>();
  #reads = 0;
  #values = 0;

  constructor({ voters, luck, lease }: Pick<Schedule, 'voters' | 'luck' | 'lease'>) {
    let seed = luck;
    const chance = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const tuning = { lease, window: 4 };
    this.cluster = new Cluster({ nodes: NAMES, voters: NAMES.slice(0, voters), tuning, chance });
  }

  move({ act, who, what }: Move): void {
    const { cluster } = this;
    const up = cluster.up;
    const node = up[who % Math.max(1, up.length)];
    const flight = cluster.network[who % Math.max(1, cluster.network.length)];
    const name = node?.name ?? '';
    if (act === 'rush') this.#rush(what);
    else if (act === 'heal') cluster.severed = [];
    else if (act === 'part') cluster.severed = NAMES.filter((_, at) => ((who >> at) & 1) === 1);
    else if (act === 'advance') cluster.advance(what % 400);
    else if (act === 'run') cluster.run(what, () => false);
    else if (act === 'restart') for (const other of NAMES) cluster.restart(other);
    else if (act === 'deliver' && flight !== undefined) cluster.deliver(flight);
    else if (act === 'repeat' && flight !== undefined) cluster.deliver(flight, { keep: true });
    else if (act === 'lose' && flight !== undefined) cluster.lose(flight);
    else if (node === undefined) return;
    else if (act === 'flush') cluster.flush(name, 1 + (what % 3));
    else if (act === 'report') cluster.report(name);
    else if (act === 'fetch') cluster.fetch(name);
    else if (act === 'crash') cluster.crash(name);
    else if (act === 'restore') this.#restore(node, what);
    else if (act === 'forget' || act === 'campaign') cluster.take(name, { type: act });
    else this.#ask(cluster.leader() ?? node, act, what);
    this.#enroll();
  }

  /** Many deliveries in a row, in another order than they were sent. */
  #rush(what: number): void {
    for (let count = 0; count < what % 16; count++) {
      const { cluster } = this;
      const { network } = cluster;
      const flight = network[(what * 31 + count * 17) % Math.max(1, network.length)];
      if (flight === undefined) return;
      cluster.deliver(flight);
      if ((what + count) % 3 > 0) cluster.flushAll();
    }
  }

  #ask({ name }: ModelNode, act: Act, what: number): void {
    const { cluster } = this;
    const chosen = NAMES.filter((_, at) => ((what >> at) & 1) === 1);
    if (act === 'propose') this.propose(name);
    else if (act === 'read') cluster.take(name, { type: 'read', token: `read ${this.#reads++}` });
    else if (act === 'reseat' && !this.#isHopeless(chosen)) cluster.take(name, { type: 'reseat', voters: chosen });
    else if (act === 'learners') cluster.take(name, { type: 'learners', nodes: chosen });
    else if (act === 'transfer') cluster.take(name, { type: 'transfer', to: chosen[0] ?? null });
  }

  /** Two voters need both, and a lone one itself: with a disk that was just lost, nobody could ever go on. */
  #isHopeless(voters: readonly string[]): boolean {
    return voters.length < 3 && voters.some((node) => this.cluster.node(node).abstains);
  }

  propose(name: string): void {
    this.cluster.take(name, { type: 'propose', entry: { type: 'CONFIG', key: 'value', value: this.#values++ } });
  }

  /** One disk at a time, and not of a node without which its voters have no majority: nobody could go on after that. */
  #restore({ name, disk }: ModelNode, what: number): void {
    const { cluster } = this;
    const lists = [...cluster.nodes.values()].flatMap(({ state, disk: { base, records } }) => {
      const stored = electorateAfter(base, records);
      const { voters, leaving } = state?.log.electorate ?? stored;
      return [voters, leaving, stored.voters, stored.leaving];
    });
    if (lists.some((nodes) => nodes.includes(name) && nodes.length < 3)) return;
    if ([...cluster.nodes.values()].some(({ abstains }) => abstains)) return;
    cluster.now += 1;
    this.#lostAt.set(name, cluster.now);
    cluster.restore(name, what % (disk.last + 1));
    cluster.now += 1;
  }

  /** A lost node counts again once it was put out, after the loss, and taken in anew; as far as it has heard. */
  #enroll(): void {
    for (const { name, state, abstains } of this.cluster.up) {
      const lostAt = this.#lostAt.get(name);
      if (!abstains || state === null || lostAt === undefined) continue;
      const known = this.cluster.laws.committed.slice(0, state.log.commit);
      const first = known.findIndex(({ at }) => at > 1_000_000 + lostAt);
      if (first < 0) continue;
      const isIn = known.slice(first).map((_, at) => {
        const electorate = electorateAfter(this.cluster.node('a').disk.base, known.slice(0, first + at + 1));
        return electorsOf(electorate).includes(name);
      });
      const out = isIn.indexOf(false);
      if (out >= 0 && isIn.indexOf(true, out) >= 0) this.cluster.enroll(name);
    }
  }

  /** What a leader does about its voters: who abstains is put out, who is fit is taken in. */
  tend(): void {
    const { cluster } = this;
    const leader = cluster.leader();
    const { state } = leader ?? {};
    if (leader === undefined || state?.role.mode !== 'leading') return;
    const { role, log } = state;
    cluster.take(leader.name, { type: 'learners', nodes: NAMES });
    const isUnfit = (node: string): boolean =>
      role.progress[node]?.abstains === true || role.progress[node]?.forgot === true;
    const unfit = log.electorate.voters.filter(isUnfit);
    const fit = NAMES.filter((node) => !isUnfit(node)).slice(0, 3);
    const voters = unfit.length > 0 ? log.electorate.voters.filter((node) => !unfit.includes(node)) : fit;
    cluster.take(leader.name, { type: 'reseat', voters });
    this.#enroll();
  }

  /** Everything is mended: within a bounded time one leader must have everybody behind it, and be able to go on. */
  mend(): boolean {
    const { cluster } = this;
    cluster.severed = [];
    for (const name of NAMES) cluster.restart(name);
    for (let round = 0; round < 60; round++) {
      cluster.run(500, () => false);
      this.tend();
      const leader = cluster.leader();
      if (leader !== undefined) this.propose(leader.name);
      if (this.isWhole()) return true;
    }
    return false;
  }

  /** Three voters that count, and every node has everything. */
  isWhole(): boolean {
    const { cluster } = this;
    cluster.run(1_000, () => false);
    const leader = cluster.leader()?.state;
    if (leader?.role.mode !== 'leading' || leader.log.electorate.leaving.length > 0) return false;
    const end = leader.log.base.index + leader.log.records.length;
    return (
      leader.log.electorate.voters.length === 3 &&
      leader.log.commit === end &&
      cluster.up.every(({ state }) => state?.log.commit === end && state.epoch === leader.epoch)
    );
  }
}
