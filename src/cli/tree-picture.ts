import { childSlots } from '../contract/slots.ts';
import { padded, widthOf } from './paint.ts';

/** What stands at a slot: a name that is aligned with the others below the branches, and notes behind it. */
export interface Leaf {
  readonly label: string;
  readonly notes: string;
}

/** More slots than this are counted instead of drawn. */
export const SLOTS_DRAWN_MAX = 200;

/**
 * The slots of a tree with their branches, root first, each under its parent, and the notes in one column.
 *
 * @example
 * drawTree([{ label: '1 a', notes: 'placed' }, { label: '2 b', notes: 'placed' }], 4)
 * // ['1 a     placed', '└─ 2 b  placed']
 */
export function drawTree(leaves: readonly Leaf[], fanout: number): string[] {
  const drawn: { readonly branch: string; readonly leaf: Leaf }[] = [];
  const visit = (slot: number, here: string, below: string): void => {
    const leaf = leaves[slot - 1];
    if (leaf === undefined || drawn.length >= SLOTS_DRAWN_MAX) return;
    drawn.push({ branch: here, leaf });
    const children = childSlots(slot, fanout, leaves.length);
    for (const [index, child] of children.entries()) {
      const last = index === children.length - 1;
      visit(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    }
  };
  visit(1, '', '');
  const width = drawn.reduce((widest, { branch, leaf }) => Math.max(widest, widthOf(branch + leaf.label)), 0);
  const lines = drawn.map(({ branch, leaf }) => `${padded(branch + leaf.label, width)}  ${leaf.notes}`.trimEnd());
  const hidden = leaves.length - drawn.length;
  return hidden > 0 ? [...lines, `… and ${hidden} more`] : lines;
}
