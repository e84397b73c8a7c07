import type { Entry, Move } from '../../../contract/entries.ts';
import type { NodeId, TreeId } from '../../../contract/words.ts';
import type { Invariant, Scene } from '../invariant.ts';
import type { ModelTree } from '../model.ts';

type Replace = Extract<Entry, { type: 'REPLACE' }>;

export const replaceMovesLast: Invariant = {
  name: 'replace-moves-last',
  promise:
    'A REPLACE fills the slots of who is gone with the last cells of the tree, which had no children of their own left, and moves nobody else.',
  how: 'Each REPLACE is compared, tree by tree, with what the log says of the slots before and after it.',
  holds: 'always',
  watch: (scene) => ({
    committed: ({ record: { index, entry }, before, after }) => {
      if (entry.type !== 'REPLACE') return;
      for (const [tree, map] of before.trees) {
        const moves = entry.moves.filter((move) => move.tree === tree);
        const slots = after.trees.get(tree)?.slots ?? [];
        if (moves.length > 0) lookAt(scene, { entry, index, tree, map, moves, slots });
      }
    },
  }),
};

interface Replaced {
  readonly entry: Replace;
  readonly index: number;
  readonly tree: TreeId;
  readonly map: ModelTree;
  readonly moves: readonly Move[];
  readonly slots: readonly (NodeId | null)[];
}

function lookAt(scene: Scene, { entry, index, map, moves, slots }: Replaced): void {
  const what = `entry ${index} of ${map.genome}`;
  const gone = new Set<NodeId | null>(entry.nodes);
  const isAscending = moves.every(({ slot }, at) => at === 0 || slot > (moves[at - 1]?.slot ?? 0));
  if (!isAscending) scene.violate(`${what} lists its moves out of order`);
  const wrong = moves.find(({ slot, from }) => map.slots[slot - 1] !== from);
  if (wrong !== undefined) scene.violate(`${what} takes slot ${wrong.slot} from ${wrong.from}, who doesn't have it`);
  const stays = slots.find((node) => gone.has(node));
  if (stays !== undefined) scene.violate(`${what} leaves a slot to ${stays}, who is gone`);
  const left = map.slots.filter((node) => !gone.has(node)).length;
  if (slots.length !== left) scene.violate(`${what} leaves ${slots.length} slots for ${left} cells`);
  for (const [at, node] of map.slots.entries()) {
    if (gone.has(node)) continue;
    const now = slots.indexOf(node);
    if (now !== at && at < left)
      scene.violate(`${what} moves ${node} from slot ${at + 1}, which is not among the last`);
  }
}
