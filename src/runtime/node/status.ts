import { LIMITS } from '../../contract/limits.ts';
import { anything, count, listOf, nothing, shape, text } from '../../contract/schema.ts';
import type {
  LocalStatus,
  NodeState,
  NodeStatus,
  OrganismStatus,
  Storage,
  TreeStatus,
} from '../../contract/services.ts';
import { placedNodes } from '../../contract/slots.ts';
import type { JsonObject, NodeId, TreeMap, View } from '../../contract/words.ts';

/** The kind by which nodes ask each other for their share of the status. It is answered by the node, not by an organ. */
export const STATUS_KIND = 'node.status';
export const statusMessages: { readonly [kind: string]: JsonObject } = { [STATUS_KIND]: nothing };
const storage = shape({ shards: count, bytes: count, underReplicated: count });
export const statusAnswers: { readonly [kind: string]: JsonObject } = {
  [STATUS_KIND]: shape({
    pid: count,
    data: text(4_096),
    rejected: { type: 'object', additionalProperties: count },
    cells: listOf(shape({ treeId: text(52), state: text(64) }), 64),
    storage,
    queues: anything,
    failures: listOf(
      shape({ genome: text(1_000), organ: text(64), error: text(1_000), at: count }),
      LIMITS.failuresListed,
    ),
  }),
};

export interface StatusSources {
  readonly self: NodeId;
  readonly view: View;
  readonly sovereign: boolean;
  stateOf(node: NodeId): NodeState;
  local(): LocalStatus;
  /** Undefined where the node doesn't answer in time. */
  askNode(node: NodeId): Promise<LocalStatus | undefined>;
}

/** The whole organism, asked node by node at once; who does not answer is shown as such. */
export async function organismStatus(sources: StatusSources): Promise<OrganismStatus> {
  const { self, view } = sources;
  const placed = placedNodes(view);
  const answers = new Map<NodeId, LocalStatus | undefined>();
  const asked = [...placed].filter((node) => node !== self && sources.stateOf(node) !== 'dead');
  const replies = await Promise.all(asked.map((node) => sources.askNode(node)));
  for (const [index, node] of asked.entries()) answers.set(node, replies[index]);
  answers.set(self, sources.local());
  const all = [...answers.values()].filter((answer) => answer !== undefined);
  return {
    organism: view.organism,
    node: self,
    leader: view.leader ?? view.voters[0] ?? null,
    voters: view.voters,
    nodes: nodeRows(sources, placed, answers),
    trees: view.genomes.flatMap((genome) => {
      const map = Object.values(view.trees).find((tree) => tree.genome === genome);
      return map === undefined ? [] : [treeRow(sources, map, answers)];
    }),
    storage: all.map((answer) => answer.storage).reduce(addStorage, { shards: 0, bytes: 0, underReplicated: 0 }),
    queues: all
      .map((answer) => answer.queues)
      .reduce((sum, one) => ({ outbox: sum.outbox + one.outbox, deadLetters: sum.deadLetters + one.deadLetters }), {
        outbox: 0,
        deadLetters: 0,
      }),
  };
}

function addStorage(a: Storage, b: Storage): Storage {
  return {
    shards: a.shards + b.shards,
    bytes: a.bytes + b.bytes,
    underReplicated: a.underReplicated + b.underReplicated,
  };
}

function nodeRows(
  sources: StatusSources,
  placed: ReadonlySet<NodeId>,
  answers: ReadonlyMap<NodeId, LocalStatus | undefined>,
): NodeStatus[] {
  const members = Object.values(sources.view.members).filter((member) => !member.revoked);
  return members.map((member) => {
    const answer = answers.get(member.node);
    const believed = placed.has(member.node) ? sources.stateOf(member.node) : 'dead';
    return {
      id: member.node,
      url: member.urls[0] ?? '',
      zone: member.zone,
      pid: answer?.pid ?? null,
      data: answer?.data ?? null,
      state: believed === 'live' && answer === undefined ? 'suspect' : believed,
      rejected: answer?.rejected ?? {},
      failures: answer?.failures ?? [],
    };
  });
}

function treeRow(
  sources: StatusSources,
  map: TreeMap,
  answers: ReadonlyMap<NodeId, LocalStatus | undefined>,
): TreeStatus {
  const { generation, epoch, version } = sources.view;
  const stateOf = (node: NodeId): string =>
    answers.get(node)?.cells.find((cell) => cell.treeId === map.tree)?.state ?? 'unknown';
  const cells = map.slots.map(({ node }, index) => ({ slot: index + 1, node, state: stateOf(node) }));
  return {
    genome: map.genome,
    treeId: map.tree,
    fanout: map.fanout,
    generation,
    epoch,
    version,
    sovereign: sources.sovereign,
    cells,
  };
}
