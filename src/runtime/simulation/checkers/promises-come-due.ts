import type { Invariant } from '../invariant.ts';
import { DUE } from '../witness.ts';

/** What a timer may be late. */
const LATE_MS = 2_000;
const START = Date.UTC(2025, 0, 1);

export const promisesComeDue: Invariant = {
  name: 'promises-come-due',
  promise: 'What an organ has written down to do at a time is done then, or as soon as its node lives again.',
  how: 'At the end: no promise on the disk of a node that runs is overdue.',
  holds: 'in the end',
  watch: (scene) => ({
    conclude: () => {
      for (const node of scene.nodes) {
        if (!node.running) continue;
        for (const [key, due] of node.disk.table('facts').entries()) {
          if (key.startsWith(DUE) && (due as number) + LATE_MS < START + scene.now)
            scene.violate(
              `node ${node.index} has not done ${key.slice(DUE.length)}, due ${Math.round(START + scene.now - (due as number))} ms ago`,
            );
        }
      }
    },
  }),
};
