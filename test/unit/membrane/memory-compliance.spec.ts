import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { MemoryNetwork } from '../../../src/runtime/membrane/memory.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';
import { membraneCompliance } from '../../compliance/membrane.ts';

membraneCompliance('MemoryNetwork', async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock, entropy: seededEntropy(1) });
  let ends = 0;
  return {
    open: async (at) => {
      ends += 1;
      const identity = twinSigner(`node ${ends}`);
      const membrane = network.membrane(identity, at ?? `https://node-${ends}:4400`, clock.scope());
      return { membrane, identity: membrane.identity };
    },
    vacantUrl: 'https://nobody:4400',
    settle: async (promise) => {
      let isSettled = false;
      const settled = (): void => {
        isSettled = true;
      };
      promise.then(settled, settled);
      await clock.runUntil(() => isSettled, 60_000);
      return promise;
    },
    close: async () => undefined,
  };
});
