import type { Mutant } from '../mutant.ts';

/** Of the organism's log: its rules, its proofs, what is decided by it. */
export const MUTANTS_OF_THE_LOG: readonly Mutant[] = [
  {
    name: 'adopted-without-proof',
    bug: 'A later view is taken over though no majority of its voters has signed it.',
    under: ['forged-view', 'delay'],
    file: 'src/organs/consensus/records.ts',
    changes: [
      [
        '    if (isQuorum(lists, (voter) => signers.has(voter))) return true;\n  }\n  return false;',
        '    if (isQuorum(lists, (voter) => signers.has(voter))) return true;\n  }\n  return true;',
      ],
    ],
  },
  {
    name: 'set-without-copies',
    bug: 'A SET is answered when a majority of the voters has it, or the leader alone where it is the only one.',
    under: ['slow-disk', 'delay'],
    cells: 4,
    file: 'src/organs/consensus/leading.ts',
    changes: [['const COPIES_OF_SET = 3;', 'const COPIES_OF_SET = 1;']],
  },
  {
    name: 'set-without-comparison',
    bug: 'A compare-and-set sets the register whatever version its writer has seen.',
    file: 'src/organs/consensus/plan.ts',
    changes: [['    if (version !== expected) return refuse(', '    if (version < 0) return refuse(']],
  },
  {
    name: 'set-compared-with-the-flushed',
    bug: 'A compare-and-set is judged by the registers on the disk, past the entries that are on their way there.',
    under: ['slow-disk', 'delay'],
    file: 'src/organs/consensus/roles.ts',
    changes: [
      ['  if (latest !== undefined) return writeIn', '  if (latest !== undefined && key.length === 0) return writeIn'],
    ],
  },
  {
    name: 'stale-linear-read',
    bug: 'A linear read answers from the copy of the node that was asked, without asking how far the log is.',
    file: 'src/runtime/node/registers.ts',
    changes: [
      [
        "if (consistency === 'linear' || (consistency === 'best'",
        "if (consistency === 'linear' && false || (consistency === 'best'",
      ],
    ],
  },
  {
    name: 'hole-filled-by-anyone',
    bug: 'A lost cell is replaced by its neighbour in slot order, which was none of the last.',
    under: ['doom', 'crash', 'leave'],
    file: 'src/organs/consensus/plan.ts',
    changes: [
      [
        '  return nodes.slice(0, count).map((node) => node ?? (movers.shift() as NodeId));',
        `  const full = nodes.slice(0, count).map((node) => node ?? (movers.shift() as NodeId));
  const hole = nodes.indexOf(null);
  if (hole >= 0 && hole + 1 < count) [full[hole], full[hole + 1]] = [full[hole + 1] as NodeId, full[hole] as NodeId];
  return full;`,
      ],
    ],
  },
  {
    name: 'return-asked-once',
    bug: 'A node that asks for its place does so once: where the question is lost it stays a guest for ever.',
    under: ['crash', 'loss', 'thrash', 'one-way'],
    file: 'src/organs/consensus/admission.ts',
    changes: [
      [
        `      tag: command.type,
    },
    again,
  );`,
        `      tag: command.type,
    },
  );`,
      ],
    ],
  },
  {
    name: 'voters-swapped-in-one-step',
    bug: 'One list of voters follows another at once, and not by way of a list that both must agree to.',
    file: 'src/organs/consensus/raft/electorate.ts',
    changes: [
      [
        "  return { type: 'VOTERS', voters, leaving: today.voters };",
        "  return { type: 'VOTERS', voters, leaving: today.voters.slice(0, 0) };",
      ],
    ],
    also: {
      'src/organs/consensus/proving.ts': [
        [
          'return !isJoint({ voters, leaving }) && !sameNodes(voters, known);',
          'return isJoint({ voters, leaving }) && sameNodes(voters, known);',
        ],
      ],
    },
  },
  {
    name: 'voters-derived-from-slots',
    bug: 'Whoever gets a low slot votes, whatever the log says of voters.',
    under: ['crash', 'doom', 'leave'],
    file: 'src/organs/consensus/apply.ts',
    changes: [
      [
        '      return { trees: replace(view.trees, entry.moves, index), members: rosterWithout(view.members, entry) };',
        `      return {
        trees: replace(view.trees, entry.moves, index),
        members: rosterWithout(view.members, entry),
        voters: (Object.values(replace(view.trees, entry.moves, index))[0]?.slots ?? [])
          .slice(0, view.voters.length)
          .map(({ node }) => node),
      };`,
      ],
    ],
  },
  {
    name: 'vote-forgotten-in-restart',
    bug: 'A voter that is started again does not remember for whom it has voted, nor in which epoch.',
    under: ['thrash', 'crash', 'isolate-root', 'freeze', 'loss'],
    file: 'src/organs/consensus/opening.ts',
    changes: [
      [
        '    epoch: Math.max(ballot.epoch, newest),\n    vote: ballot.epoch >= newest ? ballot.vote : null,',
        '    epoch: newest,\n    vote: null,',
      ],
    ],
  },
  {
    name: 'vote-for-a-shorter-log',
    bug: 'A voter votes for whoever asks first, even where its own log is longer.',
    under: ['isolate-root', 'partition', 'crash', 'slow-disk', 'one-way'],
    file: 'src/organs/consensus/raft/log.ts',
    changes: [
      [
        '  return other.epoch > mine.epoch || (other.epoch === mine.epoch && other.index >= mine.index);',
        '  return other.epoch >= 0 || mine.epoch >= 0;',
      ],
    ],
  },
  {
    name: 'leads-by-its-own-vote',
    bug: 'A candidate leads as soon as it has voted for itself.',
    under: ['isolate-root', 'partition', 'crash', 'freeze'],
    file: 'src/organs/consensus/raft/election.ts',
    changes: [
      [
        "  if (tally(log.electorate, votes) === 'won') openTerm(turn);\n  else ask(",
        '  if (votes[self] === true) openTerm(turn);\n  else ask(',
      ],
    ],
  },
  {
    name: 'missing-no-op',
    bug: 'A new leader appends nothing of its own: what earlier leaders left behind is never committed, and nobody learns who leads.',
    under: ['isolate-root', 'crash', 'freeze', 'partition'],
    file: 'src/organs/consensus/raft/leading.ts',
    changes: [
      ['  const opened = log.base.index + log.records.length + 1;', '  const opened = log.commit;'],
      [
        "  append(turn, { type: 'LEAD', leader: self });",
        "  if (log.base.index < 0) append(turn, { type: 'LEAD', leader: self });",
      ],
    ],
  },
  {
    name: 'zombie-without-fencing',
    bug: 'What a leader of an earlier epoch says counts as much as what the one of today says.',
    under: ['isolate-root', 'freeze', 'partition', 'hold', 'replay'],
    file: 'src/organs/consensus/raft/step.ts',
    changes: [
      [
        "  else if (message.epoch < turn.state.epoch && message.type !== 'preVoted') answerStale(turn, from, message);\n",
        '',
      ],
    ],
  },
  {
    name: 'zombie-keeps-its-slot',
    bug: 'A node whose slot was given away while it was asleep goes on acting for it.',
    under: ['freeze', 'crash', 'partition'],
    file: 'src/organs/consensus/adopting.ts',
    changes: [["    if (wasPlaced) return [{ type: 'consensus.removed' }];", '    if (wasPlaced) return [];']],
  },
  {
    name: 'equal-index-merge',
    bug: 'Of two records with one index a voter keeps its own, whoever wrote the other one and when.',
    under: ['isolate-root', 'partition', 'freeze', 'one-way'],
    file: 'src/organs/consensus/raft/log.ts',
    changes: [
      [
        '  return index <= log.commit || placeAt(log, index)?.epoch === epoch;',
        '  return index <= log.commit || (epoch >= 0 && index <= lastOf(log).index);',
      ],
    ],
  },
  {
    name: 'set-answered-in-a-fragment',
    bug: 'A SET is answered when its leader has appended it, with or without a majority behind it.',
    under: ['isolate-root', 'partition', 'freeze', 'split'],
    file: 'src/organs/consensus/waiting.ts',
    changes: [
      [
        "    have >= version && (needs === 'local' || flushedBy(copies) >= version);",
        "    have >= version || (needs !== 'local' && flushedBy(copies) < version);",
      ],
    ],
  },
  {
    name: 'detector-bypasses-the-quorum',
    bug: 'What the probes of a leader say of the dead is done at once, without the votes of the others.',
    under: ['crash', 'doom', 'freeze', 'partition'],
    file: 'src/organs/consensus/proving.ts',
    changes: [
      [
        '  return isQuorum([...listsOf(view), knownVoters(facts)], by);',
        "  return facts.trail.at(-1)?.record.entry.type === 'REPLACE' || isQuorum([...listsOf(view), knownVoters(facts)], by);",
      ],
      [
        "  if (raft?.role.mode !== 'leading' || raft.log.commit <= have || trail.length === 0) return null;",
        "  if (raft?.role.mode === 'leading' && trail.at(-1)?.record.entry.type === 'REPLACE') return lastOf(raft.log).index;\n  if (raft?.role.mode !== 'leading' || raft.log.commit <= have || trail.length === 0) return null;",
      ],
    ],
  },
  {
    name: 'deposed-leader-reads',
    bug: 'A leader answers a linear read without asking whether it still leads.',
    under: ['freeze', 'isolate-root', 'partition', 'hold'],
    file: 'src/organs/consensus/raft/reading.ts',
    changes: [['  else if (isSure(turn)) turn.reads', '  else if (isSure(turn) || log.commit > 0) turn.reads']],
  },
  {
    name: 'alarm-lost-in-restart',
    bug: 'A voter that is started again believes that its timer is set already: it never beats and never campaigns.',
    under: ['crash', 'thrash'],
    file: 'src/organs/consensus/facts.ts',
    changes: [['    led: null,\n    armedFor: null,', '    led: null,\n    armedFor: view === null ? null : 0,']],
  },
];
