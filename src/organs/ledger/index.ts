import type { LedgerService } from '../../contract/ledger.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Organ, Ports } from '../../contract/organ.ts';
import type { RegisterService, TreeService } from '../../contract/services.ts';
import type { Json, OrganismId } from '../../contract/words.ts';
import type { Operator } from './office/context.ts';
import type { OfficeFacts } from './office/facts.ts';
import { officeOrgan } from './office/organ.ts';
import { remembering } from './office/remembered-checks.ts';
import { Post } from './relay/post.ts';
import { createLedgerService } from './relay/service.ts';

export type { Operator } from './office/context.ts';
export type { OfficeFacts } from './office/facts.ts';

export interface LedgerOptions {
  readonly organism: OrganismId;
  readonly tree: TreeService;
  readonly registers: RegisterService;
  readonly ports: Ports;
  /** So many validators may lie. @default 1 */
  readonly faults?: number;
  /** The organism's key, where this node holds it: it names the first committee. @default none */
  readonly operator?: Operator | undefined;
  /** Asks the organ of this very cell. Rejects with a Fault. */
  own(kind: string, body: Json): Promise<Json>;
}

export interface Ledger {
  readonly organ: Organ<OfficeFacts>;
  readonly service: LedgerService;
}

/**
 * The ledger of one cell: the organ validates, or follows those who do; the service brings orders of clients to their ends.
 *
 * @example
 * const { organ, service } = createLedger({ organism, tree, registers, ports, own })
 * cell.start([organ])
 * await service.submit(signOrder(body, [sign])) // { outcome: 'settled', ... }
 */
export function createLedger(options: LedgerOptions): Ledger {
  const { organism, tree, registers, ports, faults = 1, operator, own } = options;
  const verify = remembering(ports.signer.verify);
  const organ = officeOrgan({
    self: tree.self,
    tree: tree.tree,
    organism,
    f: faults,
    ports,
    registers,
    verify,
    operator,
    spkiOf: (node) => tree.view().members[node]?.spki,
  });
  const ask: ConstructorParameters<typeof Post>[0] = (to, kind, body) =>
    to === tree.self ? own(kind, body) : tree.ask(to, kind, body, { deadlineMs: LIMITS.ledgerAskMs });
  const { clock, entropy } = ports;
  const relay = { self: tree.self, clock, entropy, verify, post: new Post(ask), ask, own };
  return { organ, service: createLedgerService(relay) };
}
