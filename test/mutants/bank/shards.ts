import type { Mutant } from '../mutant.ts';

/** Of the copies of shards. */
export const MUTANTS_OF_THE_SHARDS: readonly Mutant[] = [
  {
    name: 'copies-in-one-zone',
    bug: 'The copies of a shard are counted, and not the failure domains that they lie in.',
    under: ['join-storm', 'crash'],
    file: 'src/organs/shards/ranking.ts',
    changes: [
      ['    const zone = members[node]?.zone ?? node;', "    const zone = members[node] === undefined ? '' : node;"],
    ],
  },
  {
    name: 'put-acknowledged-early',
    bug: 'A put is acknowledged when the first cell has flushed the shard.',
    under: ['slow-disk', 'partition', 'crash', 'failed-flush'],
    file: 'src/organs/shards/rules.ts',
    changes: [
      [
        '  return Math.max(Math.min(copies, live), Math.min(2, cells));',
        '  return Math.min(1, Math.max(Math.min(copies, live), Math.min(2, cells)));',
      ],
    ],
  },
  {
    name: 'copies-dropped-unpromised',
    bug: 'A cell gives up a copy that it need not hold before those who should have promised theirs.',
    under: ['join-storm', 'thrash', 'crash', 'partition'],
    file: 'src/organs/shards/rules.ts',
    changes: [
      [
        '  return isSurplus(at, hash) && ranked(at.view, at.tree, hash, at.copies).every((node) => promised.has(node));',
        '  return isSurplus(at, hash) && promised.size >= 0;',
      ],
    ],
  },
];
