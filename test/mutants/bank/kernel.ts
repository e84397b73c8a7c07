import type { Mutant } from '../mutant.ts';

/** Of the actors and the membrane. */
export const MUTANTS_OF_THE_KERNEL: readonly Mutant[] = [
  {
    name: 'effects-before-flush',
    bug: 'What a step says leaves before its writes are on the disk.',
    under: ['crash', 'slow-disk'],
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
    under: ['leave', 'join-storm'],
    file: 'src/actors/life.ts',
    changes: [['    for (const timer of this.#timers?.values() ?? []) timer.cancel();\n', '']],
  },
  {
    name: 'unsigned-relay',
    bug: 'A relayed message is believed whatever its author has signed: anybody shuts the tree down in the name of the root.',
    under: ['forged-broadcast', 'delay'],
    file: 'src/runtime/membrane/authored.ts',
    changes: [
      [
        `return signer.verify('message', claim, author.signature, spki) ? 'authentic' : 'forged';`,
        `return claim.length > 0 ? 'authentic' : 'forged';`,
      ],
    ],
  },
];
