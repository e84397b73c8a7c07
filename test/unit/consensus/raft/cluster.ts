import {
  type Base,
  begin,
  type Envelope,
  type Instant,
  NOBODY,
  type Outcome,
  RAFT_DEFAULTS,
  type RaftEvent,
  type RaftMessage,
  type RaftState,
  type RaftTuning,
  step,
  wakeAt,
} from '../../../../src/organs/consensus/raft/index.ts';
import { baseAt, Disk } from './disk.ts';
import { Laws } from './laws.ts';

/** A step that is not on the disk yet: nothing of it has left its node. */
interface Unflushed {
  readonly outcome: Outcome;
  readonly installed: Base | null;
  /** When it is on the disk, where time decides. */
  readonly due: number;
}

/** A flush that is done, but that the node has not been told of: a signature takes its time. */
interface Report {
  readonly ticket: number;
  readonly due: number;
}

export interface Flight {
  readonly from: string;
  readonly to: string;
  readonly message: RaftMessage;
  /** When it arrives, where time decides: while the cluster runs by itself. */
  readonly due: number;
}

export class ModelNode {
  readonly name: string;
  readonly disk: Disk;
  /** Null while it is down. */
  state: RaftState | null = null;
  abstains = false;
  unflushed: Unflushed[] = [];
  reports: Report[] = [];
  install: Outcome['install'] = null;

  constructor(name: string, disk: Disk) {
    this.name = name;
    this.disk = disk;
  }
}

/** How long things take while the cluster runs by itself, milliseconds. */
export interface Weather {
  /** Of one message: once per copy that arrives, so none where it is lost. */
  latencies(): readonly number[];
  flush(node: string): number;
  sign(node: string): number;
}

export const CALM: Weather = { latencies: () => [10], flush: () => 0, sign: () => 0 };

export interface ClusterOptions {
  readonly nodes: readonly string[];
  readonly voters: readonly string[];
  readonly tuning?: Partial<RaftTuning>;
  /** Draws the luck of each step. */
  readonly chance: (node: string) => number;
  /** States are frozen, so that a step that changed one in place would fail. */
  readonly frozen?: boolean;
  readonly observe?: (node: string, before: RaftState, event: RaftEvent, outcome: Outcome) => void;
}

export const TIMING = { heartbeatMs: 150, electionMinMs: 600, electionMaxMs: 1_200 };

/**
 * Nodes that run the pure function over a model of disks and a network, both of which do only what they are told: deliver
 * this, lose that, flush now. Every law is checked after every step.
 */
export class Cluster {
  readonly nodes: ReadonlyMap<string, ModelNode>;
  readonly laws = new Laws();
  readonly tuning: RaftTuning;
  /** What every log begins with. */
  readonly origin: Base;
  readonly refusals: Outcome['refusals'][number][] = [];
  now = 0;
  network: Flight[] = [];
  weather = CALM;
  /** These hear only each other, and the others don't hear them. */
  severed: readonly string[] = [];
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.tuning = { ...RAFT_DEFAULTS, ...TIMING, ...options.tuning };
    const founders = { voters: options.voters, leaving: [] };
    this.origin = new Disk(founders).base;
    const nodes = options.nodes.map(
      (name) => new ModelNode(name, new Disk(options.voters.includes(name) ? founders : NOBODY)),
    );
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    for (const node of nodes) this.#start(node);
  }

  node(name: string): ModelNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  get up(): readonly ModelNode[] {
    return [...this.nodes.values()].filter(({ state }) => state !== null);
  }

  /** Who leads the latest epoch that has a leader. */
  leader(): ModelNode | undefined {
    const leaders = this.up.filter(({ state }) => state?.role.mode === 'leading');
    return leaders.toSorted((one, other) => (other.state?.epoch ?? 0) - (one.state?.epoch ?? 0))[0];
  }

  /** Hands an event to a node, whatever comes of it: nothing leaves before it is flushed. */
  take(name: string, event: RaftEvent, installed: Base | null = null): void {
    const node = this.node(name);
    const before = node.state;
    if (before === null) return;
    if (event.type === 'read') this.laws.asked(event.token);
    const outcome = step(before, event, this.#instant(name));
    node.state = this.#options.frozen === true ? deepFreeze(outcome.state) : outcome.state;
    this.laws.stepped(before, outcome, (other) => this.node(other).disk);
    this.refusals.push(...outcome.refusals);
    if (outcome.install !== null) node.install = outcome.install;
    const due = Math.max(node.unflushed.at(-1)?.due ?? 0, this.now + this.weather.flush(name));
    node.unflushed.push({ outcome, installed, due });
    this.#options.observe?.(name, before, event, outcome);
    // What has nothing to write waits only for what was to be written before it.
    if (node.unflushed.every(({ outcome: { writes }, installed: base }) => writes === null && base === null))
      this.flush(name);
  }

  #instant(name: string): Instant {
    return { monotonic: this.now, wall: 1_000_000 + this.now, chance: this.#options.chance(name) };
  }

  /** Writes the first `steps` that wait, and lets go what they held back. */
  flush(name: string, steps = Number.POSITIVE_INFINITY): void {
    const node = this.node(name);
    for (const { outcome, installed } of node.unflushed.splice(0, Math.min(steps, node.unflushed.length))) {
      if (installed !== null) node.disk.install(installed);
      const commit = outcome.state.log.commit;
      if (outcome.writes !== null) node.disk.write(outcome.writes, commit);
      this.laws.wrote(outcome.writes?.records ?? []);
      node.disk.commit = Math.max(node.disk.commit, commit);
      const due = Math.max(node.reports.at(-1)?.due ?? 0, this.now + this.weather.sign(name));
      if (outcome.writes?.ticket !== undefined) node.reports.push({ ticket: outcome.writes.ticket, due });
      for (const envelope of outcome.messages) this.#post(name, envelope);
    }
  }

  #post(from: string, envelope: Envelope): void {
    this.laws.said(from, envelope);
    const { to, message } = envelope;
    for (const latency of this.weather.latencies()) this.network.push({ from, to, message, due: this.now + latency });
  }

  /** Tells a node of the flushes that are done, or of the first of them. */
  report(name: string, flushes = Number.POSITIVE_INFINITY): void {
    const { reports } = this.node(name);
    for (const { ticket } of reports.splice(0, Math.min(flushes, reports.length)))
      this.take(name, { type: 'flushed', ticket });
  }

  /** `keep`: it will arrive once more. What crosses a cut is lost; false then. */
  deliver(flight: Flight, { keep = false } = {}): boolean {
    const isLost = this.severed.includes(flight.from) !== this.severed.includes(flight.to);
    if (!keep || isLost) this.lose(flight);
    if (!isLost) this.take(flight.to, { type: 'receive', from: flight.from, message: flight.message });
    return !isLost;
  }

  lose(flight: Flight): void {
    this.network = this.network.filter((other) => other !== flight);
  }

  /** Gives a node what it fetches: everything that is committed at the node that sent it there, or up to `index`. */
  fetch(name: string, until?: number): void {
    const node = this.node(name);
    const { install } = node;
    if (install === null || node.state === null) return;
    node.install = null;
    const index = until ?? Math.max(install.upTo.index, this.node(install.from).disk.commit);
    const base = baseAt(this.origin, this.laws.committed, index);
    this.take(name, { type: 'installed', base }, base);
  }

  crash(name: string): void {
    const node = this.node(name);
    node.state = null;
    node.unflushed = [];
    node.reports = [];
    node.install = null;
  }

  restart(name: string): void {
    const node = this.node(name);
    if (node.state === null) this.#start(node);
  }

  /** The disk is an old copy. Its node knows, and what it said in its former life is not believed any more. */
  restore(name: string, keep: number): void {
    this.crash(name);
    const node = this.node(name);
    node.disk.cut(keep);
    node.disk.ballot = { generation: 1, epoch: 0, vote: null };
    node.abstains = true;
    this.network = this.network.filter(({ from }) => from !== name);
    this.#start(node);
  }

  #start(node: ModelNode): void {
    node.state = begin(node.disk.origin(node.name, node.abstains), this.tuning, this.#instant(node.name));
  }

  enroll(name: string): void {
    this.node(name).abstains = false;
    this.take(name, { type: 'enroll' });
  }

  /** Lets time pass; whoever is due is told. */
  advance(ms: number): void {
    this.now += ms;
    for (const node of this.up) {
      const due = node.state === null ? null : wakeAt(node.state);
      if (due !== null && due <= this.now) this.take(node.name, { type: 'tick' });
    }
  }

  /** Does everything that takes no time: flushes, reports, fetches. */
  flushAll(): void {
    for (const { name } of this.up) {
      this.flush(name);
      this.report(name);
      this.fetch(name);
    }
  }

  /** Runs by itself until `isReached`; false where `maxMs` were not enough. */
  run(maxMs: number, isReached: () => boolean = () => false): boolean {
    const until = this.now + maxMs;
    while (!isReached()) {
      const next = this.#nextMoment();
      if (next > until) {
        this.now = until;
        return false;
      }
      this.now = Math.max(this.now, next);
      this.#happen();
    }
    return true;
  }

  /** Everything that is due. */
  #happen(): void {
    const isDue = ({ due }: { readonly due: number }): boolean => due <= this.now;
    for (const flight of this.network.filter(isDue)) this.deliver(flight);
    for (const node of this.up) {
      this.flush(node.name, node.unflushed.filter(isDue).length);
      this.report(node.name, node.reports.filter(isDue).length);
      this.fetch(node.name);
    }
    this.advance(0);
  }

  #nextMoment(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.network) next = Math.min(next, due);
    for (const { state, unflushed, reports } of this.up) {
      const wake = state === null ? null : wakeAt(state);
      next = Math.min(next, wake ?? next, unflushed[0]?.due ?? next, reports[0]?.due ?? next);
    }
    return next;
  }
}

/** The function must not change what it is given: here it can't. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
