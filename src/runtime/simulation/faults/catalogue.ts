import * as adversaries from './adversaries.ts';
import * as disks from './disks.ts';
import type { FaultKind } from './kind.ts';
import * as links from './links.ts';
import * as processes from './processes.ts';
import * as traffic from './traffic.ts';

/** Every kind of fault by its name in plans. docs/simulation.md lists them. */
export const FAULT_KINDS = {
  crash: processes.crash,
  doom: processes.doom,
  freeze: processes.freeze,
  thrash: processes.thrash,
  leave: processes.leave,
  'join-storm': processes.joinStorm,
  'clock-jump': processes.clockJump,
  'clock-drift': processes.clockDrift,
  partition: links.partition,
  'one-way': links.oneWay,
  split: links.split,
  'isolate-root': links.isolateRoot,
  hold: links.hold,
  loss: traffic.loss,
  duplication: traffic.duplication,
  reordering: traffic.reordering,
  delay: traffic.delay,
  bandwidth: traffic.bandwidth,
  'half-open': traffic.halfOpen,
  corruption: traffic.corruption,
  replay: traffic.replay,
  'disk-full': disks.diskFull,
  'failed-flush': disks.failedFlush,
  'slow-disk': disks.slowDisk,
  'bit-rot': disks.bitRot,
  'lying-disk': disks.lyingDisk,
  'stale-disk': disks.staleDisk,
  'lost-disk': disks.lostDisk,
  'forged-view': adversaries.forgedView,
  'forged-broadcast': adversaries.forgedBroadcast,
  'false-alerts': adversaries.falseAlerts,
  flood: adversaries.flood,
} as const;

export type FaultName = keyof typeof FAULT_KINDS;

type ParamsOf<K> = K extends FaultKind<infer P> ? P : never;

/** One fault, as a value: its kind and its parameters. */
export type Fault = { [N in FaultName]: { readonly kind: N } & ParamsOf<(typeof FAULT_KINDS)[N]> }[FaultName];

export const FAULT_NAMES = Object.keys(FAULT_KINDS) as readonly FaultName[];

/** The kind of a name, whatever its parameters are. */
export function faultKindOf(name: FaultName): FaultKind<object> {
  return FAULT_KINDS[name] as unknown as FaultKind<object>;
}
