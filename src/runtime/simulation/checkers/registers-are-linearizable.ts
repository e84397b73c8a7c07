import type { Invariant } from '../invariant.ts';
import { linearize } from '../linearizability/linearize.ts';
import { registerEvents, registerModel } from '../linearizability/register.ts';

export const registersAreLinearizable: Invariant = {
  name: 'registers-are-linearizable',
  promise:
    'Registers behave as if each SET and each linear read happened at one moment between its call and its answer.',
  how: 'What all clients saw of a register is searched for an order that explains it, key by key; a SET without an answer may have happened at any later time, or never.',
  holds: 'always',
  watch: (scene) => ({
    conclude: () => {
      for (const [key, events] of registerEvents(scene.operations)) {
        const verdict = linearize(registerModel, events);
        if (verdict.verdict === 'impossible') scene.violate(`no order explains register ${key}: ${verdict.detail}`);
      }
    },
  }),
};
