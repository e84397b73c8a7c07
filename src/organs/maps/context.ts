import { Fault, type FaultCode } from '../../contract/errors.ts';
import type { Ports } from '../../contract/organ.ts';
import type { RegisterService, ShardService, TreeService } from '../../contract/services.ts';
import type { Coding } from './head.ts';

/** What the organ and the byte path of one cell share. */
export interface MapContext {
  readonly tree: TreeService;
  readonly registers: RegisterService;
  readonly shards: ShardService;
  readonly ports: Ports;
  readonly shardBytes: number;
  readonly coding: Coding;
  /** What the organ's mode means for whoever wants to change a name; undefined where they may. */
  readonly gate: { refusal: FaultCode | undefined };
}

/** @throws Fault `no-authority`, `stopping` */
export function assertWritable({ gate }: MapContext): void {
  if (gate.refusal !== undefined) throw new Fault(gate.refusal);
}
