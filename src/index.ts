/** PeerTree: cells that join into self-healing trees, sign every message and keep each other's files alive. */
export type { Broadcasting, BroadcastOptions, BroadcastReceipt, HeardMessage } from './contract/broadcast.ts';
export { FAULTS, Fault, type FaultCode, isFault } from './contract/errors.ts';
export { LIMITS, PRESETS } from './contract/limits.ts';
export type { Node, NodeEvent, NodeOptions } from './contract/node.ts';
export type {
  CallOptions,
  FileHandle,
  FileInfo,
  FileService,
  InvitationOptions,
  NodeServices,
  OrganismStatus,
  PutOptions,
  PutReceipt,
  VerifyReport,
} from './contract/services.ts';
export type { FileId, Json, NodeId, Preset } from './contract/words.ts';
export { startNode } from './runtime/start-node.ts';
