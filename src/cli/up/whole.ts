import type { OrganismStatus, TreeStatus } from '../../contract/services.ts';
import { counted } from '../quantity.ts';

/** Whether every tree has a placed cell of each of the nodes. */
export function isWhole({ trees }: OrganismStatus, nodes: number): boolean {
  return trees.length > 0 && trees.every((tree) => placedCells(tree) === nodes && tree.cells.length === nodes);
}

/** What is still missing, for whoever waits in vain. */
export function whatIsMissing({ trees }: OrganismStatus, nodes: number): string {
  if (trees.length === 0) return 'there is no tree yet';
  const short = trees.filter((tree) => placedCells(tree) !== nodes || tree.cells.length !== nodes);
  return short.map((tree) => `${tree.genome} has ${counted(placedCells(tree), 'placed cell')} of ${nodes}`).join(', ');
}

function placedCells({ cells }: TreeStatus): number {
  return cells.filter(({ state }) => state === 'placed' || state.startsWith('placed.')).length;
}
