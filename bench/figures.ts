import { broadcastMax, broadcastMedian, broadcastSends } from './broadcast.ts';
import { burstEight } from './burst-eight.ts';
import { crashSixteen } from './crash-sixteen.ts';
import { failoverFigures } from './failover.ts';
import type { Figure } from './figure.ts';
import { genomeFigures } from './genomes.ts';
import { get64mib } from './get-64mib.ts';
import { idleNodeCpu, idleNodeMemory } from './idle-node.ts';
import { joinOne } from './join-one.ts';
import { kernelFigures, kernelPeers } from './kernel.ts';
import { killFigures } from './kill-roles.ts';
import { messagesBatched } from './messages-batched.ts';
import { heliaGet64mib, hyperdriveGet64mib } from './peers.ts';
import { put64mib } from './put-64mib.ts';
import { serfFigures } from './serf.ts';
import { simulationFigures } from './simulation.ts';
import { upFive } from './up-five.ts';

/** All figures, in the order in which they run and are printed. */
export const FIGURES: readonly Figure[] = [
  upFive,
  joinOne,
  burstEight,
  crashSixteen,
  ...killFigures,
  ...failoverFigures,
  put64mib,
  get64mib,
  messagesBatched,
  ...genomeFigures,
  broadcastSends,
  broadcastMedian,
  broadcastMax,
  idleNodeMemory,
  idleNodeCpu,
  ...simulationFigures,
  ...kernelFigures,
  ...kernelPeers,
  hyperdriveGet64mib,
  heliaGet64mib,
  ...serfFigures,
];
