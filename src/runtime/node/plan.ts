import type { AnyOrgan } from '../../actors/any-organ.ts';
import type { Genome } from '../../actors/genome.ts';
import type { Founding } from '../../contract/entries.ts';
import type { Timing } from '../../contract/limits.ts';
import type { Extractor } from '../../contract/memory.ts';
import type { Ports } from '../../contract/organ.ts';
import type { Membrane, PeerAddress } from '../../contract/ports.ts';
import type { OrganismId } from '../../contract/words.ts';
import type { JoinIntent, SelfDescription } from '../../organs/consensus/index.ts';
import type { Model, Sample } from '../../organs/index/index.ts';
import type { Operator } from '../../organs/ledger/index.ts';
import type { Keyring } from './invitation.ts';

/** Who a node is and what it starts from; the same for a process and for a node of a simulation. */
export interface NodePlan {
  readonly ports: Ports;
  readonly membrane: Membrane;
  /** Hands frames over by reference; only for simulations, whose nodes share a process. @default false */
  readonly seal?: boolean;
  readonly keyring: Keyring;
  /** Checked together: names are unique, and what they use is among them. */
  readonly genomes: readonly Genome[];
  readonly timing: Timing;
  /** Organs of the stem besides the shipped ones. @default none */
  readonly organs?: readonly AnyOrgan[];
  /** Gets the text out of files that are remembered. */
  readonly extractor: Extractor;
  /** Trains semantic models. @default on the event loop */
  train?(sample: Sample, generation: number): Promise<Model | undefined>;
  /** Failure domain. */
  readonly zone: string;
  /** A power of two. @default 1 */
  readonly weight?: number;
  readonly incarnation: number;
  /** The organism it belongs to, founds, or was invited to. */
  readonly organism: OrganismId;
  /** The signed first entry, made once the node's address is known; null for a node that founds nothing. */
  found(self: SelfDescription): Founding | null;
  /** The organism's key, on the node that holds it: it names who validates a ledger. @default none */
  readonly operator?: Operator;
  readonly join: JoinIntent | null;
  /** Nodes whose address is known before any view is. */
  readonly contacts: readonly PeerAddress[];
  /** For the status. */
  readonly pid: number;
  /** For the status: the data folder. */
  readonly data: string;
}
