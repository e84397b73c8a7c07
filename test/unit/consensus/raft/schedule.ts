import fc from 'fast-check';
import { electorsOf } from '../../../../src/organs/consensus/raft/index.ts';
import { CALM, Cluster, type ModelNode, type Weather } from './cluster.ts';
import { electorateAfter } from './disk.ts';

export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

/** One thing that happens, so long after the one before; the numbers choose to whom, of whatever there is by then. */
export interface Move {
  readonly act: keyof typeof FREQUENCY;
  readonly after: number;
  readonly who: number;
  readonly what: number;
}

/** How often each is drawn: mostly things go on, now and then something breaks. */
const FREQUENCY = {
  propose: 10,
  read: 6,
  reseat: 12,
  learners: 8,
  transfer: 3,
  usurp: 16,
  depose: 3,
  part: 2,
  isolate: 2,
  heal: 10,
  crash: 4,
  blackout: 1,
  restart: 12,
  restore: 1,
  sluggish: 3,
} as const;

const acts = Object.entries(FREQUENCY).flatMap(([act, times]) =>
  Array.from({ length: times }, () => act as Move['act']),
);

/** Several of them, with the weather they meet. */
export const schedule = fc.record({
  moves: fc.array(
    fc.record({
      act: fc.constantFrom(...acts),
      after: fc.oneof(fc.nat(30), fc.nat(600)),
      who: fc.nat(1_000),
      what: fc.nat(1_000),
    }),
    { minLength: 30, maxLength: 90, size: 'max' },
  ),
  voters: fc.constantFrom(1, 2, 3, 3, 4, 5),
  luck: fc.integer({ min: 1, max: 1_000_000 }),
  lease: fc.constantFrom(false, false, true),
  /** Of a hundred messages. */
  lost: fc.constantFrom(0, 2, 15),
});

export type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** Long enough for several elections within a schedule, and close to what a message may take. */
const TUNING = { heartbeatMs: 60, electionMinMs: 240, electionMaxMs: 480, window: 4 };

/** Plays a schedule; a law that is broken ends it. */
export class Play {
  readonly cluster: Cluster;
  /** When the disk of an abstaining node was lost. */
  readonly #lostAt = new Map<string, number>();
  #sluggish = '';
  #reads = 0;
  #values = 0;

  constructor({ voters, luck, lease, lost }: Pick<Schedule, 'voters' | 'luck' | 'lease' | 'lost'>) {
    let seed = luck;
    const chance = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    this.cluster = new Cluster({
      nodes: NAMES,
      voters: NAMES.slice(0, voters),
      tuning: { ...TUNING, lease },
      chance,
      frozen: luck % 8 === 0,
    });
    this.cluster.weather = this.#storm(chance, lost);
  }

  /** Messages overtake each other, some by far; some come twice. Disks take their time, one of them far too much. */
  #storm(chance: () => number, lost: number): Weather {
    const latency = (): number => Math.floor(chance() * (chance() < 0.04 ? 900 : 25));
    const slow = (node: string, ms: number): number => Math.floor(chance() * (node === this.#sluggish ? 20 * ms : ms));
    return {
      latencies: () => (chance() * 100 < lost ? [] : chance() < 0.04 ? [latency(), latency()] : [latency()]),
      flush: (node) => slow(node, 10),
      sign: (node) => slow(node, 6),
    };
  }

  move({ act, after, who, what }: Move): void {
    this.#runOn(after);
    const { cluster } = this;
    const node = cluster.up[who % Math.max(1, cluster.up.length)];
    const leaders = this.#leaders();
    const leader = leaders[who % Math.max(1, leaders.length)];
    const some = NAMES.filter((_, at) => ((what >> at) & 1) === 1);
    if (act === 'heal') cluster.severed = [];
    else if (act === 'part') cluster.severed = some;
    else if (act === 'isolate') cluster.severed = [(leader ?? node)?.name ?? ''];
    else if (act === 'restart') for (const name of NAMES) cluster.restart(name);
    else if (act === 'blackout') for (const name of some) cluster.crash(name);
    else if (act === 'sluggish') this.#sluggish = (leader ?? node)?.name ?? '';
    else if (act === 'depose') this.#depose(some);
    else if (act === 'usurp') this.#usurp(leader, some, who);
    else if (act === 'propose') this.#proposeAll(1 + (what % 4));
    else if (act === 'read') this.#readAll();
    else if (act === 'crash') cluster.crash((what % 3 === 0 ? leader : node)?.name ?? NAMES[0] ?? '');
    else if (act === 'restore') this.#restore(node, what);
    else if (leader !== undefined) this.#ask(leader, act, some);
  }

  /** The others hold the leader for dead, and one of them wants its place at once: two may lead for a while. */
  #depose(some: readonly string[]): void {
    for (const { name, state } of this.cluster.up) {
      if (state?.role.mode !== 'leading') this.cluster.take(name, { type: 'forget' });
    }
    for (const name of some.slice(0, 2)) this.cluster.take(name, { type: 'campaign' });
  }

  /** The leader is cut off with a few others, and somebody takes its place before it knows; then both are asked. */
  #usurp(leader: ModelNode | undefined, some: readonly string[], who: number): void {
    const { cluster } = this;
    const friends = NAMES.filter((_, at) => ((who >> at) & 1) === 1).slice(0, who % 3);
    if (leader !== undefined) cluster.severed = [leader.name, ...friends];
    this.#proposeAll(who % 2);
    this.#depose(some);
    this.#runOn(who % 90);
    this.#readAll();
    this.#proposeAll(1);
    this.#runOn(who % 70);
    this.#readAll();
    if (who % 4 > 0) cluster.severed = [];
  }

  #leaders(): readonly ModelNode[] {
    return this.cluster.up.filter(({ state }) => state?.role.mode === 'leading');
  }

  #proposeAll(times: number): void {
    for (const { name } of this.#leaders()) for (let time = 0; time < times; time++) this.propose(name);
  }

  #readAll(): void {
    for (const { name } of this.#leaders()) this.cluster.take(name, { type: 'read', token: `read ${this.#reads++}` });
  }

  #ask({ name }: ModelNode, act: Move['act'], some: readonly string[]): void {
    const { cluster } = this;
    if (act === 'reseat' && !this.#isHopeless(some)) cluster.take(name, { type: 'reseat', voters: some });
    else if (act === 'learners') cluster.take(name, { type: 'learners', nodes: some.length > 3 ? some : NAMES });
    else if (act === 'transfer') cluster.take(name, { type: 'transfer', to: some[0] ?? null });
  }

  propose(name: string): void {
    this.cluster.take(name, { type: 'propose', entry: { type: 'CONFIG', key: 'value', value: this.#values++ } });
  }

  #runOn(ms: number): void {
    this.cluster.run(ms);
    this.#enroll();
  }

  /** Two voters need both, and a lone one itself: with a disk that was just lost, nobody could ever go on. */
  #isHopeless(voters: readonly string[]): boolean {
    return voters.length < 3 && voters.some((node) => this.cluster.node(node).abstains);
  }

  /** One disk at a time, and not of a node without which its voters have no majority: nobody could go on after that. */
  #restore(node: ModelNode | undefined, what: number): void {
    const { cluster } = this;
    const all = [...cluster.nodes.values()];
    if (node === undefined || all.some(({ abstains }) => abstains)) return;
    const electorates = all.flatMap(({ state, disk: { base, records }, unflushed }) => [
      electorateAfter(base, records),
      ...(state === null ? [] : [state.log.electorate]),
      ...unflushed.map(({ outcome }) => outcome.state.log.electorate),
    ]);
    const lists = electorates.flatMap(({ voters, leaving }) => [voters, leaving]);
    if (lists.some((nodes) => nodes.includes(node.name) && nodes.length < 3)) return;
    cluster.now += 1;
    this.#lostAt.set(node.name, cluster.now);
    cluster.restore(node.name, what % (node.disk.last + 1));
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
        const electorate = electorateAfter(this.cluster.origin, known.slice(0, first + at + 1));
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
    const isUnfit = (node: string): boolean => role.progress[node]?.abstains === true;
    const unfit = log.electorate.voters.filter(isUnfit);
    const fit = NAMES.filter((node) => !isUnfit(node)).slice(0, 3);
    const voters = unfit.length > 0 ? log.electorate.voters.filter((node) => !unfit.includes(node)) : fit;
    cluster.take(leader.name, { type: 'reseat', voters });
  }

  /** Everything is mended: within a bounded time one leader must have everybody behind it, and be able to go on. */
  mend(): boolean {
    const { cluster } = this;
    cluster.severed = [];
    cluster.weather = CALM;
    for (const name of NAMES) cluster.restart(name);
    for (let round = 0; round < 40; round++) {
      this.#runOn(600);
      this.tend();
      const leader = cluster.leader();
      if (leader !== undefined) this.propose(leader.name);
      this.#runOn(200);
      if (this.isWhole()) return true;
    }
    return false;
  }

  /** Three voters that count, and every node has everything. */
  isWhole(): boolean {
    const { cluster } = this;
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
