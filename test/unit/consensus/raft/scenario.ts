import type { Outcome, RaftEvent, RaftState } from '../../../../src/organs/consensus/raft/index.ts';
import { Cluster, type Flight, type ModelNode } from './cluster.ts';
import { tellMessage, tellOutcome, tellRecord, tellState } from './narration.ts';

/** More deliveries in one `settle` are a livelock. */
const SETTLE_MAX = 2_000;

/**
 * Plays a script over a model cluster and returns it with its trace. A line `> command` is done; the lines after it are
 * what came of it, and are made anew; `#` starts a comment. Disks flush at once unless they are held. Commands:
 *
 *     cluster N.. [voters N..] [window K] [lease]    must be the first
 *     campaign N | propose N TEXT | reseat N VOTER.. | learners N NODE.. | read N NAME | transfer N [HEIR] | forget N
 *     deliver | lose | repeat [FROM->TO] [K]         all in flight, or those of a link, or the K-th of those
 *     settle [N..]                                   deliver until nothing is in flight (among these)
 *     advance MS [N..]                               time passes (for these alone)
 *     hold N | flush N [STEPS] | report N | release N      what a disk does
 *     crash N | restart N | damage N K | restore N K | enroll N | fetch N [K] | sever N.. | heal
 *     status [N..] | log N | flights | quiet | loud
 *
 * @example playScenario('> cluster 1 2 3\n> campaign 1\n> settle\n')
 */
export function playScenario(script: string): string {
  const play = new Scenario();
  const out: string[] = [];
  for (const [at, line] of script.split('\n').entries()) {
    if (line.startsWith('#') || (line === '' && out.at(-1) !== '')) out.push(line);
    if (!line.startsWith('> ')) continue;
    out.push(line);
    try {
      out.push(...play.run(line.slice(2).trim()));
    } catch (error) {
      throw new Error(`line ${at + 1}, '${line}': ${(error as Error).message}`, { cause: error });
    }
  }
  return `${out.join('\n').trimEnd()}\n`;
}

type Command = (words: readonly string[]) => void;

class Scenario {
  #cluster: Cluster | undefined;
  #lines: string[] = [];
  #isLoud = true;
  readonly #held = new Set<string>();

  readonly #commands: { readonly [name: string]: Command } = {
    cluster: (words) => this.#open(words),
    campaign: ([node]) => this.#take(node, { type: 'campaign' }),
    propose: ([node, ...text]) =>
      this.#take(node, { type: 'propose', entry: { type: 'CONFIG', key: 'said', value: text.join(' ') } }),
    reseat: ([node, ...voters]) => this.#take(node, { type: 'reseat', voters }),
    learners: ([node, ...nodes]) => this.#take(node, { type: 'learners', nodes }),
    read: ([node, token = '']) => this.#take(node, { type: 'read', token }),
    transfer: ([node, to]) => this.#take(node, { type: 'transfer', to: to ?? null }),
    forget: ([node]) => this.#take(node, { type: 'forget' }),
    deliver: (words) => this.#each(words, (flight) => this.#deliver(flight)),
    repeat: (words) => this.#each(words, (flight) => this.#deliver(flight, { keep: true })),
    lose: (words) => this.#each(words, (flight) => this.#lose(flight)),
    settle: (words) => this.#settle(words),
    advance: ([ms, ...nodes]) => this.#advance(Number(ms), nodes),
    hold: ([node = '']) => void this.#held.add(node),
    flush: ([node = '', steps]) => this.cluster.flush(node, steps === undefined ? undefined : Number(steps)),
    report: ([node = '']) => this.cluster.report(node),
    release: ([node = '']) => this.#release(node),
    crash: ([node = '']) => this.cluster.crash(node),
    restart: ([node = '']) => this.cluster.restart(node),
    damage: ([node = '', keep]) => this.#damage(node, Number(keep)),
    restore: ([node = '', keep]) => this.cluster.restore(node, Number(keep)),
    enroll: ([node = '']) => this.cluster.enroll(node),
    fetch: ([node = '', until]) => this.cluster.fetch(node, until === undefined ? undefined : Number(until)),
    sever: (nodes) => this.#sever(nodes),
    heal: () => this.#sever([]),
    status: (nodes) => this.#status(nodes),
    log: ([node]) => this.#log(node),
    flights: () => {
      for (const flight of this.cluster.network) this.#say(`  ${tellFlight(flight, '->')}`);
    },
    quiet: () => this.#hush(false),
    loud: () => this.#hush(true),
  };

  get cluster(): Cluster {
    if (this.#cluster === undefined) throw new Error('there is no cluster yet');
    return this.#cluster;
  }

  run(text: string): readonly string[] {
    const [name = '', ...words] = text.split(/\s+/);
    const command = this.#commands[name];
    if (command === undefined) throw new Error(`there is no command '${name}'`);
    this.#lines = [];
    command(words);
    this.#ensueAll();
    return this.#lines;
  }

  #open(words: readonly string[]): void {
    const lists: Record<string, string[]> = { nodes: [], voters: [], window: [], lease: [] };
    let list = 'nodes';
    for (const word of words) {
      if (lists[word] === undefined) lists[list]?.push(word);
      else list = word;
    }
    const { nodes = [], voters = [], window = [] } = lists;
    const tuning = {
      lease: words.includes('lease'),
      ...(window[0] === undefined ? {} : { window: Number(window[0]) }),
    };
    this.#cluster = new Cluster({
      nodes,
      voters: voters.length > 0 ? voters : nodes,
      tuning,
      // Each node has its own patience, so that a scenario can tell who loses it first.
      chance: (node) => nodes.indexOf(node) / 10,
      observe: (node, before, event, outcome) => this.#observe(node, before, event, outcome),
    });
  }

  #observe(node: string, before: RaftState, event: RaftEvent, outcome: Outcome): void {
    const lines = tellOutcome(node, before, outcome);
    // What only a clock, a flush or a fetch brought about has no line of its own to stand under.
    if (event.type === 'tick' && lines.length === 0) return;
    for (const line of lines) this.#say(line);
  }

  #say(line: string): void {
    if (this.#isLoud) this.#lines.push(line);
  }

  #hush(isLoud: boolean): void {
    this.#isLoud = isLoud;
  }

  #take(node: string | undefined, event: RaftEvent): void {
    this.cluster.take(this.#node(node).name, event);
  }

  #node(name = ''): ModelNode {
    return this.cluster.node(name);
  }

  /** Flushes and their reports follow at once, where no disk is held. */
  #ensueAll(): void {
    for (const { name } of this.#cluster?.up ?? []) this.#ensue(name);
  }

  #ensue(name: string): void {
    if (this.#held.has(name)) return;
    const node = this.#node(name);
    while (node.unflushed.length > 0 || node.reports.length > 0) {
      this.cluster.flush(name);
      this.cluster.report(name);
    }
  }

  #release(name: string): void {
    this.#held.delete(name);
    this.#ensue(name);
  }

  #each(words: readonly string[], act: (flight: Flight) => void): void {
    const flights = this.#flights(words);
    if (flights.length === 0) this.#say('  nothing is in flight');
    for (const flight of flights) act(flight);
  }

  #flights([link, nth]: readonly string[]): readonly Flight[] {
    const [from = '', to = ''] = (link ?? '->').split('->');
    const all = this.cluster.network.filter(
      (flight) => (from === '' || flight.from === from) && (to === '' || flight.to === to),
    );
    return nth === undefined ? all : all.slice(Number(nth) - 1, Number(nth));
  }

  #deliver(flight: Flight, options?: { readonly keep: boolean }): void {
    const isDown = this.#node(flight.to).state === null;
    const { severed } = this.cluster;
    const isLost = isDown || severed.includes(flight.from) !== severed.includes(flight.to);
    this.#say(`  ${tellFlight(flight, isLost ? '-x' : '->')}`);
    this.cluster.deliver(flight, options);
    this.#ensue(flight.to);
  }

  #lose(flight: Flight): void {
    this.#say(`  ${tellFlight(flight, '-x')}`);
    this.cluster.lose(flight);
  }

  #settle(nodes: readonly string[]): void {
    const isMeant = ({ from, to }: Flight): boolean =>
      nodes.length === 0 || (nodes.includes(from) && nodes.includes(to));
    for (let count = 0; count < SETTLE_MAX; count++) {
      const flight = this.cluster.network.find(isMeant);
      if (flight === undefined) return;
      this.#deliver(flight);
      this.#ensueAll();
    }
    throw new Error('messages never end');
  }

  #advance(ms: number, nodes: readonly string[]): void {
    if (nodes.length === 0) this.cluster.advance(ms);
    else this.cluster.now += ms;
    for (const node of nodes) this.#take(node, { type: 'tick' });
  }

  /** A disk that forgets without anybody knowing. */
  #damage(name: string, keep: number): void {
    this.cluster.crash(name);
    this.#node(name).disk.cut(keep);
    this.cluster.restart(name);
  }

  #sever(nodes: readonly string[]): void {
    this.cluster.severed = nodes;
  }

  #status(names: readonly string[]): void {
    for (const { name, state } of this.cluster.nodes.values())
      if (names.length === 0 || names.includes(name)) for (const line of tellState(name, state)) this.#say(line);
  }

  #log(name: string | undefined): void {
    const { state } = this.#node(name);
    for (const record of state?.log.records ?? []) this.#say(`  ${tellRecord(record)}`);
  }
}

function tellFlight({ from, to, message }: Flight, arrow: string): string {
  return `${from} ${arrow} ${to} ${tellMessage(message)}`;
}
