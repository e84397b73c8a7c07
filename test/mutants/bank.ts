import type { Mutant } from './mutant.ts';

/** The bank, in the order of the layers that they live in. Names are for ever: the killing seeds go by them. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'effects-before-flush',
    bug: 'What a step says leaves before its writes are on the disk.',
    file: 'src/actors/pipeline.ts',
    changes: [
      [
        `    const only = group.length === 1 ? group[0] : undefined;
    try {`,
        `    const only = group.length === 1 ? group[0] : undefined;
    this.#release(group);
    try {`,
      ],
      [
        `    this.#release(group);
    this.#flying = NONE;
    if (this.#dead) return;`,
        `    this.#flying = NONE;
    if (this.#dead) return;`,
      ],
    ],
  },
  {
    name: 'timer-outlives-actor',
    bug: 'The timers of an actor go on when it has ended.',
    file: 'src/actors/life.ts',
    changes: [['    for (const timer of this.#timers?.values() ?? []) timer.cancel();\n', '']],
  },
  {
    name: 'unsigned-relay',
    bug: 'A relayed message is believed whatever its author has signed: anybody shuts the tree down in the name of the root.',
    file: 'src/runtime/membrane/authored.ts',
    changes: [
      [
        `return signer.verify('message', claim, author.signature, spki) ? 'authentic' : 'forged';`,
        `return claim.length > 0 ? 'authentic' : 'forged';`,
      ],
    ],
  },
  {
    name: 'mark-after-effect',
    bug: 'The mark that recognises repeats is written after the effect, not with it.',
    file: 'src/runtime/node/reception.ts',
    changes: [
      ['(isCrash(answer) && !isLast ? [] : markFor(mark, message, answer))', '(isCrash(answer) && !isLast ? [] : [])'],
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
    name: 'row-removed-before-ack',
    bug: 'A message leaves the queue when it is sent, not when its receiver has it.',
    file: 'src/organs/outbox/sending.ts',
    changes: [
      [
        'writes: lane === before ? [] : [putLane(node, name, lane)],',
        'writes: lane === before ? [] : [putLane(node, name, lane), ...lane.assigned.flatMap((row) => (row === null ? [] : [removeRow(row)]))],',
      ],
    ],
  },
  {
    name: 'queue-forgotten-in-restart',
    bug: 'Messages that waited when a process died are not sent after its restart.',
    file: 'src/organs/outbox/facts.ts',
    changes: [
      ['      waiting.filter((row) => row.lost === undefined),', '      waiting.filter((row) => row.seq < 0),'],
    ],
  },
  {
    name: 'adopted-without-proof',
    bug: 'A later view is taken over though no majority of its voters has signed it.',
    file: 'src/organs/consensus/records.ts',
    changes: [['  return signers.size >= Math.floor(voters.length / 2) + 1;', '  return signers.size >= 0;']],
  },
  {
    name: 'everybody-leads',
    bug: 'Whoever sits in the lowest slot that it holds alive appends entries, whatever the voters say.',
    file: 'src/organs/consensus/authority.ts',
    changes: [
      [
        '  mayAppend: (view, self) => view.voters[0] === self,',
        '  mayAppend: (view, self) => view.voters[0] === self || Object.values(view.trees)[0]?.slots[1]?.node === self,',
      ],
    ],
  },
  {
    name: 'set-without-copies',
    bug: 'A SET is answered when the leader alone has flushed it.',
    file: 'src/organs/consensus/authority.ts',
    changes: [
      ['copiesOfSet: (liveNodes) => Math.min(3, liveNodes)', 'copiesOfSet: (liveNodes) => Math.min(1, liveNodes)'],
    ],
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
    file: 'src/organs/consensus/facts.ts',
    changes: [['  if (latest !== undefined) return', '  if (latest !== undefined && key.length === 0) return']],
  },
  {
    name: 'hole-filled-by-anyone',
    bug: 'A lost cell is replaced by its neighbour in slot order, which was none of the last.',
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
    name: 'one-observer-removes',
    bug: 'A node is removed on the word of one observer, without a probe of the leader itself.',
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
    file: 'src/organs/tree/rules.ts',
    changes: [['    old === undefined || old === parent ? stay(next) : cut(next, old, options),', '    stay(next),']],
  },
  {
    name: 'immediate-graft',
    bug: 'A cell takes children before its own edge is renewed, and whatever their slots are: attachments form circles.',
    file: 'src/organs/tree/rules.ts',
    changes: [
      ['  if (!isAttached(facts)) return stay(facts, busy);\n', ''],
      ['  if (slotOf(map, from) <= facts.slot)\n', '  if (slotOf(map, from) < 0)\n'],
    ],
  },
  {
    name: 'broadcast-told-again',
    bug: 'A broadcast that comes by two ways is delivered twice.',
    file: 'src/organs/broadcast/origin.ts',
    changes: [
      [
        '  return number > origin.delivered && origin.held[number] === undefined;',
        '  return number > origin.delivered - 2 && origin.held[number] === undefined;',
      ],
    ],
  },
  {
    name: 'gap-skipped',
    bug: 'What comes before its turn is delivered at once, and what was missing is never asked for.',
    file: 'src/organs/broadcast/receiving.ts',
    changes: [['release(isOverfull(origin) ? giveUp(origin) : origin)', 'release(giveUp(origin))']],
  },
  {
    name: 'copies-in-one-zone',
    bug: 'The copies of a shard are counted, and not the failure domains that they lie in.',
    file: 'src/organs/shards/ranking.ts',
    changes: [
      ['    const zone = members[node]?.zone ?? node;', "    const zone = members[node] === undefined ? '' : node;"],
    ],
  },
  {
    name: 'put-acknowledged-early',
    bug: 'A put is acknowledged when the first cell has flushed the shard.',
    file: 'src/organs/shards/rules.ts',
    changes: [
      [
        '  return Math.max(Math.min(copies, live), Math.min(2, cells));',
        '  return Math.min(1, Math.max(Math.min(copies, live), Math.min(2, cells)));',
      ],
    ],
  },
];
