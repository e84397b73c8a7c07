import type { NodeId } from '../../../contract/words.ts';
import { sameNodes } from '../../../organs/consensus/raft/index.ts';
import { committedIn } from '../annals.ts';
import type { Invariant } from '../invariant.ts';
import type { Model } from '../model.ts';

export const votersChangeJointly: Invariant = {
  name: 'voters-change-jointly',
  promise:
    'Who votes is what the log says, changed by VOTERS alone, and one list follows another only by way of both together.',
  how: 'Each VOTERS entry is compared with the lists before it, and each view that a node takes over with the lists that the log names at that version.',
  holds: 'always',
  watch: (scene) => ({
    committed: ({ record: { index, entry, generation }, before, after }) => {
      if (entry.type !== 'VOTERS' || generation !== before.generation) return;
      const isBegin = before.leaving.length === 0 && sameNodes(after.leaving, before.voters);
      const isEnd = before.leaving.length > 0 && after.leaving.length === 0 && sameNodes(after.voters, before.voters);
      if (!isBegin && !isEnd) scene.violate(`entry ${index} makes of ${named(before)} at once ${named(after)}`);
    },
    see: (observation) => {
      const view = committedIn(observation)?.view;
      const model = view === undefined ? undefined : scene.annals.at(view.generation, view.version)?.after;
      if (view === undefined || model === undefined || observation.what !== 'told') return;
      const { voters, leaving = [] } = view;
      if (!sameNodes(voters, model.voters) || !sameNodes(leaving, model.leaving))
        scene.violate(
          `node ${observation.node.index} believes at version ${view.version} that ${named({ voters, leaving })} vote; the log says ${named(model)}`,
        );
    },
  }),
};

function named({ voters, leaving }: Pick<Model, 'voters' | 'leaving'>): string {
  const short = (nodes: readonly NodeId[]): string => nodes.map((node) => node.slice(0, 6)).join('+');
  return leaving.length === 0 ? short(voters) : `${short(voters)} with ${short(leaving)}`;
}
