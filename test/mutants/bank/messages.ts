import type { Mutant } from '../mutant.ts';

/** Of queues and broadcasts. */
export const MUTANTS_OF_THE_MESSAGES: readonly Mutant[] = [
  {
    name: 'mark-after-effect',
    bug: 'The mark that recognises repeats is written after the effect, not with it.',
    under: ['loss', 'half-open', 'duplication', 'replay', 'crash'],
    file: 'src/runtime/node/reception.ts',
    changes: [
      ['(isCrash(answer) && !isLast ? [] : markFor(mark, message, answer))', '(isCrash(answer) && !isLast ? [] : [])'],
    ],
  },
  {
    name: 'row-removed-before-ack',
    bug: 'A message leaves the queue when it is sent, not when its receiver has it.',
    under: ['loss', 'half-open', 'partition', 'crash'],
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
    under: ['crash', 'thrash', 'partition'],
    file: 'src/organs/outbox/facts.ts',
    changes: [
      ['      waiting.filter((row) => row.lost === undefined),', '      waiting.filter((row) => row.seq < 0),'],
    ],
  },
  {
    name: 'broadcast-told-again',
    bug: 'A broadcast that comes by two ways is delivered twice.',
    under: ['duplication', 'loss', 'half-open'],
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
    under: ['loss', 'reordering', 'partition'],
    file: 'src/organs/broadcast/receiving.ts',
    changes: [['release(isOverfull(origin) ? giveUp(origin) : origin)', 'release(giveUp(origin))']],
  },
  {
    name: 'role-not-followed',
    bug: 'A message for a role stays with the cell that held the role when it was sent.',
    under: ['crash', 'doom', 'leave'],
    file: 'src/organs/outbox/redirect.ts',
    changes: [
      [
        '  return redirect(placeRows({ ...facts, view, unplaced: [] }, facts.unplaced));',
        '  return { facts: placeRows({ ...facts, view, unplaced: [] }, facts.unplaced) };',
      ],
    ],
  },
  {
    name: 'retry-never-comes',
    bug: 'A peer that could not be reached is tried again only when it says something itself.',
    under: ['partition', 'half-open', 'crash', 'one-way'],
    file: 'src/organs/outbox/rules.ts',
    changes: [
      [
        '  return { ...swept, facts: due.reduce((now, [node]) => retry(now, node, moment), swept.facts) };',
        '  return { ...swept, facts: due.slice(0, 0).reduce((now, [node]) => retry(now, node, moment), swept.facts) };',
      ],
    ],
  },
  {
    name: 'neighbours-never-compare',
    bug: 'What was told is never compared with what neighbours have: whoever missed the last word never learns of it.',
    under: ['loss', 'partition', 'half-open'],
    file: 'src/organs/broadcast/comparing.ts',
    changes: [
      [
        '    if (digestAt === null || digestAt > moment.monotonic) continue;',
        '    if (digestAt === null || digestAt <= moment.monotonic) continue;',
      ],
    ],
  },
];
