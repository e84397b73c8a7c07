import { sha256Hex } from '../../../src/contract/encoding.ts';
import type { Entry, LogRecord } from '../../../src/contract/entries.ts';
import { Fault } from '../../../src/contract/errors.ts';
import { inOrder, UNORDERED } from '../../../src/contract/ordering.ts';
import type { Message } from '../../../src/contract/wire.ts';
import type { Json, NodeId, View } from '../../../src/contract/words.ts';
import { type BroadcastFacts, broadcastOrgan, type PublishBody } from '../../../src/organs/broadcast/index.ts';
import { makeView, nodeName, treeName, type ViewOptions } from '../../stage/organism.ts';
import type { Shelf } from '../../stage/shelf.ts';
import { Stage, type StageOptions } from '../../stage/stage.ts';

export const TREE = treeName('shardTree');

/** A signature that anyone can check and, in these tests, nobody forges but on purpose. */
export const signatureOf = (message: Message, node: NodeId, incarnation: number): string =>
  sha256Hex(JSON.stringify([message.id, message.tree, message.kind, message.body, node, incarnation]));

export interface ChorusOptions extends StageOptions {
  readonly nodes: number;
  readonly view?: ViewOptions;
}

/** What became of a publication. */
export interface Outcome {
  number?: number;
  confirmed?: number;
  cells?: number;
  code?: string;
}

/** One message as a node was told it. */
export interface Heard {
  readonly body: Json;
  readonly origin: NodeId;
  readonly number: number;
  readonly order: 'origin' | 'total';
}

/** Nodes that only know how to broadcast, and a log that somebody else keeps for them. */
export class Chorus {
  readonly stage: Stage;
  readonly nodes: readonly NodeId[];
  view: View;
  /** Who commits entries; `undecided` gives messages no places, and says so. */
  leader: NodeId;
  undecided = false;
  /** From an entry to its commit at every node, milliseconds. */
  commitMs = 20;
  /** Whether a node that lags gets the entries that it lacks, or the view alone. */
  snapshots = false;
  readonly #records: LogRecord[] = [];
  /** How far each node's log is. */
  readonly #have = new Map<NodeId, number>();

  constructor(options: ChorusOptions) {
    this.stage = new Stage(options);
    this.nodes = Array.from({ length: options.nodes }, (_, index) => nodeName(index + 1));
    this.view = makeView(this.nodes, options.view);
    this.leader = this.at(1);
    for (const node of this.nodes) this.start(node, 1);
    this.stage.advance(2_000);
  }

  at(slot: number): NodeId {
    return this.nodes[slot - 1] as NodeId;
  }

  /** @param store what an earlier life left on the disk. @default an empty one */
  start(node: NodeId, incarnation: number, store?: Shelf): void {
    const organ = broadcastOrgan({
      self: node,
      incarnation,
      sign: (message, expiresAt) => {
        const signature = signatureOf(message, node, incarnation);
        return { ...message, author: { node, incarnation, expiresAt, signature } };
      },
      verify: (message, now, spkiOf) => {
        const { author } = message;
        if (author === undefined || author.expiresAt <= now || spkiOf(author.node) === undefined) return false;
        return author.signature === signatureOf(message, author.node, author.incarnation);
      },
      hash: ({ author, ...message }) => sha256Hex(signatureOf(message, author?.node ?? '', author?.incarnation ?? 0)),
      place: async (_tree, hashes) => this.#place(node, hashes),
    });
    this.stage.enter(node, [organ], store);
    this.stage.emit(node, 'consensus.led', { leader: this.leader });
    this.stage.emit(node, 'pulse.sovereignty', { sovereign: true });
    this.commit(this.view, node);
  }

  commit(view: View, ...nodes: readonly NodeId[]): void {
    this.view = view;
    for (const node of nodes.length === 0 ? this.nodes : nodes) this.catchUp(node, true);
  }

  /** A node's log gets as far as the leader's. */
  catchUp(node: NodeId, always = false): void {
    const have = this.#have.get(node) ?? 0;
    const records = this.snapshots ? [] : this.#records.filter(({ index }) => index > have);
    if (have === this.#records.length && !always) return;
    this.#have.set(node, this.#records.length);
    this.stage.emit(node, 'consensus.committed', { view: this.view, previous: this.view, records });
  }

  /** The log, as far as messages got their places in it. */
  ordered(): string[] {
    return this.#records.flatMap(({ entry }) => (entry.type === 'ORDER' ? entry.hashes : []));
  }

  entries(): number {
    return this.#records.length;
  }

  async #place(leader: NodeId, hashes: readonly string[]): Promise<void> {
    if (this.undecided || leader !== this.leader) throw new Fault('no-authority');
    const index = this.#records.length + 1;
    const entry: Entry = { type: 'ORDER', tree: TREE, hashes };
    this.#records.push({ generation: 0, epoch: 1, index, at: 0, entry, hash: '' });
    const ordered = inOrder(this.view.ordered?.[TREE] ?? UNORDERED, hashes);
    this.view = { ...this.view, version: this.view.version + 1, ordered: { [TREE]: ordered } };
    for (const node of this.nodes) {
      if (this.stage.link(leader, node)) this.stage.after(this.commitMs, () => this.catchUp(node));
    }
  }

  /** The number of cells that were confirmed, once it is known. */
  tell(from: NodeId, body: Json, terms: boolean | Partial<PublishBody> = true): Outcome {
    const outcome: Outcome = {};
    const chosen = typeof terms === 'boolean' ? { confirm: terms } : terms;
    this.stage.request(from, 'broadcast.publish', { tree: TREE, topic: 'test', body, ...chosen }, (answer) => {
      if (answer.ok) Object.assign(outcome, answer.body);
      else outcome.code = answer.code;
    });
    return outcome;
  }

  /** Time passes with room for the promises of effects. */
  async pass(ms: number): Promise<void> {
    const until = this.stage.now + ms;
    while (this.stage.now < until) {
      this.stage.advance(Math.min(5, until - this.stage.now));
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
  }

  /** What a node was told, in order. @param since index into `stage.told`. @default 0 */
  heard(node: NodeId, since = 0): Json[] {
    return this.messages(node, since).map(({ body }) => body);
  }

  messages(node: NodeId, since = 0): Heard[] {
    return this.stage.told
      .slice(since)
      .filter((told) => told.kind === 'broadcast.received' && told.node === node)
      .map(({ body }) => body as Heard);
  }

  /** All nodes know that these are gone. */
  know(gone: readonly NodeId[], state = 'dead'): void {
    for (const node of this.nodes) {
      for (const dead of gone) this.stage.emit(node, 'pulse.changed', { node: dead, state });
    }
  }

  facts(node: NodeId): BroadcastFacts {
    return this.stage.facts<BroadcastFacts>(node, 'broadcast');
  }

  /** Messages sent by all nodes together, answers included. @param kinds those that begin with it. @default all */
  sent(kinds = ''): number {
    let sum = 0;
    for (const counts of this.stage.sent.values())
      for (const [kind, count] of counts) if (kind.startsWith(kinds)) sum += count;
    return sum;
  }
}
