import { broadcastMax, broadcastMedian, broadcastSends } from './broadcast.ts';
import { burstEight } from './burst-eight.ts';
import type { Figure } from './figure.ts';
import { get64mib } from './get-64mib.ts';
import { idleNodeCpu, idleNodeMemory } from './idle-node.ts';
import { joinOne } from './join-one.ts';
import { kernelAsk, kernelBytes, kernelSpawn, kernelTell } from './kernel.ts';
import { kernelPeers } from './kernel-peers.ts';
import { messagesBatched } from './messages-batched.ts';
import { heliaGet64mib, hyperdriveGet64mib } from './peers.ts';
import { put64mib } from './put-64mib.ts';
import {
  simulationJoiners,
  simulationMany,
  simulationRealTime,
  simulationSealed,
  simulationSeeds,
  simulationWire,
} from './simulation.ts';
import { upFive } from './up-five.ts';

/** All figures, in the order in which they run and are printed. */
export const FIGURES: readonly Figure[] = [
  upFive,
  joinOne,
  burstEight,
  put64mib,
  get64mib,
  messagesBatched,
  broadcastSends,
  broadcastMedian,
  broadcastMax,
  idleNodeMemory,
  idleNodeCpu,
  simulationSealed,
  simulationWire,
  simulationRealTime,
  simulationSeeds,
  simulationJoiners,
  simulationMany,
  kernelTell,
  kernelAsk,
  kernelSpawn,
  kernelBytes,
  hyperdriveGet64mib,
  heliaGet64mib,
  ...kernelPeers,
];
