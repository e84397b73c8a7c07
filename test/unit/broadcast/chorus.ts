import type { Message } from '../../../src/contract/wire.ts';
import type { Json, NodeId, View } from '../../../src/contract/words.ts';
import { type BroadcastFacts, broadcastOrgan } from '../../../src/organs/broadcast/index.ts';
import { makeView, nodeName, treeName, type ViewOptions } from '../../stage/organism.ts';
import type { Shelf } from '../../stage/shelf.ts';
import { Stage, type StageOptions } from '../../stage/stage.ts';

export const TREE = treeName('shardTree');

/** A signature that anyone can check and, in these tests, nobody forges but on purpose. */
export const signatureOf = (message: Message, node: NodeId, incarnation: number): string =>
  JSON.stringify([message.id, message.tree, message.body, node, incarnation]).slice(0, 100);

export interface ChorusOptions extends StageOptions {
  readonly nodes: number;
  readonly view?: ViewOptions;
}

/** Nodes that only know how to broadcast. */
export class Chorus {
  readonly stage: Stage;
  readonly nodes: readonly NodeId[];
  view: View;

  constructor(options: ChorusOptions) {
    this.stage = new Stage(options);
    this.nodes = Array.from({ length: options.nodes }, (_, index) => nodeName(index + 1));
    this.view = makeView(this.nodes, options.view);
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
    });
    this.stage.enter(node, [organ], store);
    this.commit(this.view, node);
  }

  commit(view: View, ...nodes: readonly NodeId[]): void {
    this.view = view;
    const body = { view, previous: view, records: [] };
    for (const node of nodes.length === 0 ? this.nodes : nodes) this.stage.emit(node, 'consensus.committed', body);
  }

  /** The number of cells that were confirmed, once it is known. */
  tell(from: NodeId, body: Json, confirm = true): { confirmed: number | undefined; code: string | undefined } {
    const outcome: { confirmed: number | undefined; code: string | undefined } = {
      confirmed: undefined,
      code: undefined,
    };
    this.stage.request(from, 'broadcast.publish', { tree: TREE, topic: 'test', body, confirm }, (answer) => {
      if (answer.ok) outcome.confirmed = (answer.body as { confirmed: number }).confirmed;
      else outcome.code = answer.code;
    });
    return outcome;
  }

  /** What a node was told, in order. */
  heard(node: NodeId): Json[] {
    return this.stage.toldOf<{ body: Json }>('broadcast.received', node).map(({ body }) => body.body);
  }

  /** All nodes know that these are gone. */
  know(gone: readonly NodeId[]): void {
    for (const node of this.nodes) {
      for (const dead of gone) this.stage.emit(node, 'pulse.changed', { node: dead, state: 'dead' });
    }
  }

  facts(node: NodeId): BroadcastFacts {
    return this.stage.facts<BroadcastFacts>(node, 'broadcast');
  }

  /** Messages sent by all nodes together. */
  sent(): number {
    return [...this.stage.sent.values()]
      .flatMap((counts) => [...counts.values()])
      .reduce((sum, count) => sum + count, 0);
  }
}
