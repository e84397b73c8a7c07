import type { Mutant } from '../mutant.ts';

/** Of places, edges and probes. */
export const MUTANTS_OF_THE_TREE: readonly Mutant[] = [
  {
    name: 'one-observer-removes',
    bug: 'A node is removed on the word of one observer, without a probe of the leader itself.',
    under: ['false-alerts'],
    file: 'src/organs/pulse/alerts.ts',
    changes: [
      ['const OBSERVERS_NEEDED = 2;', 'const OBSERVERS_NEEDED = 1;'],
      [
        'if (view === null || (facts.peers.get(node)?.missed ?? 0) === 0 || facts.pauses[node] !== undefined) return false;',
        'if (view === null || facts.pauses[node] !== undefined) return false;',
      ],
      [
        '    else if (node === options.self || wasHeardLately(facts, node, options, moment)) live.push(node);',
        '    else if (node === options.self) live.push(node);',
      ],
    ],
  },
  {
    name: 'only-the-reachable-are-probed',
    bug: 'Who has been removed is never probed again, nor are the voters by who has lost them: a partition never heals.',
    under: ['partition', 'isolate-root'],
    file: 'src/organs/pulse/watch.ts',
    changes: [
      ['  if (!facts.sovereign) for (const voter of view.voters) wanted.add(voter);\n', ''],
      [
        '  return away.slice(0, LIMITS.membersDepartedProbed)',
        '  return away.slice(0, LIMITS.membersDepartedProbed * 0)',
      ],
    ],
  },
  {
    name: 'ghost-child-after-a-move',
    bug: 'A cell that has moved does not tell its old parent, which goes on forwarding to it.',
    under: ['crash', 'doom', 'leave', 'join-storm'],
    file: 'src/organs/tree/rules.ts',
    changes: [['    old === undefined || old === parent ? stay(next) : cut(next, old, options),', '    stay(next),']],
  },
  {
    name: 'immediate-graft',
    bug: 'A cell takes children before its own edge is renewed, and whatever their slots are: attachments form circles.',
    under: ['crash', 'partition', 'freeze', 'thrash'],
    file: 'src/organs/tree/rules.ts',
    changes: [
      ['  if (!isAttached(facts)) return stay(facts, busy);\n', ''],
      ['  if (slotOf(map, from) <= facts.slot)\n', '  if (slotOf(map, from) < 0)\n'],
    ],
  },
];
