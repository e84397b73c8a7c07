import type { Invariant } from '../invariant.ts';

export const nothingThrows: Invariant = {
  name: 'nothing-throws',
  promise: 'No organ ever fails but by what its disk does to it: an exception in a handler or an effect is a defect.',
  how: 'The log of each node is read for failures of actors that are none of the table of faults.',
  holds: 'always',
  watch: (scene) => {
    const read = new Map<number, number>();
    return {
      sweep: () => {
        for (const node of scene.nodes) {
          const { lines, dropped } = node.log;
          const from = Math.max(0, (read.get(node.index) ?? 0) - dropped);
          const failure = lines
            .slice(from)
            .find(({ event, fields }) => event === 'actor.failed' && !isExpected(fields.error));
          if (failure !== undefined)
            scene.violate(
              `organ ${failure.fields.organ} of node ${node.index}: ${failure.fields.stack ?? failure.fields.error}`,
            );
          read.set(node.index, lines.length + dropped);
        }
      },
    };
  },
};

/** How a Fault reads as text. */
function isExpected(error: unknown): boolean {
  return typeof error === 'string' && error.startsWith('Fault: ');
}
