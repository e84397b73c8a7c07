import type { LogRecord } from '../../../contract/entries.ts';
import type { NodeEvents } from '../../../contract/events.ts';
import { placedNodes } from '../../../contract/slots.ts';
import type { Json, NodeId, TreeId } from '../../../contract/words.ts';
import { logKey } from '../../../organs/consensus/facts.ts';
import type { ConsensusFacts } from '../../../organs/consensus/index.ts';
import type { PulseFacts } from '../../../organs/pulse/index.ts';
import type { Operation } from '../history.ts';
import type { Invariant, Scene, Subject } from '../invariant.ts';

/** On so many live nodes a SET is on the disk when it is answered. */
const COPIES = 3;
/** And every shard of a file at least on so many. */
const SHARD_COPIES = 2;

export const acknowledgedIsFlushed: Invariant = {
  name: 'acknowledged-is-flushed',
  promise:
    'When a SET is answered it is on the disks of three live nodes, or of all where fewer live; when a put is, each of its shards is on two.',
  how: 'The disks are looked at at the moment of the answer. Whom the leader held for dead or paused between call and answer is not counted among the live, nor who does not run any more; of a tree of a single cell one copy is asked.',
  holds: 'always',
  watch: (scene) => {
    let leader: NodeId | null = null;
    const liveAtCall = new Map<number, number>();
    const live = (): number => {
      const node = scene.nodes.find(({ id, running }) => running && id === leader);
      const opinions = node?.facts<PulseFacts>('pulse')?.opinions ?? {};
      if (node?.view == null) return 1;
      const running = new Set(scene.nodes.filter((one) => one.running).map(({ id }) => id));
      const isLive = (id: NodeId): boolean => running.has(id) && opinions[id] !== 'dead' && opinions[id] !== 'paused';
      // Whom a leader is about to replace it does not wait for any more.
      const planned = node.facts<ConsensusFacts>('consensus')?.appended ?? node.view;
      return [...placedNodes(planned)].filter(isLive).length;
    };
    const cellsAtCall = new Map<number, number>();
    const cellsBy = (index: number): number => {
      const view = scene.nodes[index]?.view;
      return view == null ? 1 : placedNodes(view).size;
    };
    return {
      see: (observation) => {
        if (observation.what === 'told' && observation.event.kind === 'consensus.led')
          leader = (observation.event.body as NodeEvents['consensus.led']).leader ?? leader;
        if (observation.what === 'called') {
          liveAtCall.set(observation.operation.id, live());
          cellsAtCall.set(observation.operation.id, cellsBy(observation.operation.node));
        }
        if (observation.what !== 'returned' || observation.operation.outcome?.ok !== true) return;
        const { operation } = observation;
        const { output } = observation.operation.outcome;
        if (operation.kind === 'set')
          lookAtSet(scene, operation, output as number, Math.min(live(), liveAtCall.get(operation.id) ?? 1));
        const cells = Math.min(cellsBy(operation.node), cellsAtCall.get(operation.id) ?? 1);
        const asked = { id: operation.id, copies: Math.min(SHARD_COPIES, cells) };
        if (operation.kind === 'put') lookAtPut(scene, asked, output as unknown as PutOutput);
        if (operation.kind === 'shard-put') lookAtShard(scene, operation.key, asked);
      },
    };
  },
};

function lookAtSet(scene: Scene, { id, key }: Operation, version: number, live: number): void {
  const hash = scene.annals.at(scene.annals.newest?.record.generation ?? 1, version)?.record.hash;
  const copies = scene.nodes.filter(({ disk }) => {
    const record = disk.table('log').get(logKey(version)) as unknown as LogRecord | undefined;
    return record !== undefined && (hash === undefined || record.hash === hash);
  }).length;
  const needed = Math.min(COPIES, live);
  if (copies < needed) scene.violate(`operation ${id} on ${key} was answered with ${copies} of ${needed} copies`);
}

/** How many copies an operation was promised. */
interface Asked {
  readonly id: number;
  readonly copies: number;
}

interface PutOutput {
  readonly id: string;
  readonly version: number;
}

/** The head says which shards there are; pages of large files are shards as well. */
function lookAtPut(scene: Scene, asked: Asked, { id, version }: PutOutput): void {
  for (const { disk } of scene.nodes) {
    for (const [key, register] of disk.table('registers').entries()) {
      if (!key.endsWith(`/head:${id}`)) continue;
      const { value } = register as unknown as { value: { version: number; entries: readonly string[] } };
      if (value.version !== version) continue;
      for (const hash of value.entries) lookAtShard(scene, hash, asked);
      return;
    }
  }
}

function lookAtShard(scene: Scene, hash: string, { id, copies }: Asked): void {
  const holders = scene.nodes.filter(
    (node) => node.trees.some((tree) => holds(node, tree, hash)) || heldOnDisk(node, hash),
  );
  if (holders.length < copies)
    scene.violate(`operation ${id} was answered with ${holders.length} copies of shard ${hash}`);
}

function holds({ disk }: Subject, tree: TreeId, hash: string): boolean {
  return disk.table('shards').has(`${tree}/${hash}`);
}

/** Of a node without a process nobody knows the trees. */
function heldOnDisk({ running, disk }: Subject, hash: string): boolean {
  return (
    !running &&
    [...disk.table('shardIndex').entries()].some(([key]: readonly [string, Json | Uint8Array]) =>
      key.endsWith(`/${hash}`),
    )
  );
}
