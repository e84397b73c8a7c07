import type { Promotion } from '../contract/entries.ts';
import { isFault } from '../contract/errors.ts';
import type {
  CallOptions,
  Conflict,
  FileInfo,
  FileService,
  InvitationOptions,
  OrganismStatus,
  PromoteOptions,
  PromotionDraft,
  PutOptions,
  PutReceipt,
  VerifyReport,
} from '../contract/services.ts';
import type { NodeId } from '../contract/words.ts';
import { Exchange } from './exchange.ts';
import { FILES, fileAt } from './file-address.ts';
import { type LedgerClient, ledgerClient } from './ledger/ledger-client.ts';
import { type LetterClient, letterClient } from './letters.ts';
import { type MemoryClient, memoryClient } from './memory.ts';
import type { Passport } from './passport.ts';
import { type Trust, trustingAgent } from './pinning.ts';
import { Receptors } from './receptors.ts';
import { type Download, get, head, put } from './transfer.ts';

export type ConnectOptions = {
  readonly url: string;
  /** Signs what is asked of the receptors of genomes. @default nobody signs */
  readonly passport?: Passport;
} & Trust;

/** What a node answers over HTTPS. Every call rejects with a `Fault` of the same code as the node's. */
export interface Client {
  readonly url: string;
  /** Streams the source; `onProgress` tells the bytes that were sent so far. */
  put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<PutReceipt>;
  get(idOrName: string, options?: CallOptions): Promise<Download>;
  head(idOrName: string, options?: CallOptions): Promise<FileInfo>;
  remove(idOrName: string, options?: CallOptions): Promise<FileInfo>;
  list: FileService['list'];
  verify(idOrName: string, options?: CallOptions): Promise<VerifyReport>;
  status(options?: CallOptions): Promise<OrganismStatus>;
  /** The token that a newcomer shows. */
  invite(options?: InvitationOptions): Promise<string>;
  /** Resolves to the number of nodes that were told to stand still. */
  halt(options?: CallOptions): Promise<number>;
  /** The node gives up its slots; resolves when it may exit, to its id. */
  leave(options?: CallOptions): Promise<NodeId>;
  /** The receptors of genomes: `peertree genome types` writes a typed client on top of them. */
  readonly receptors: Receptors;
  /** Bars a member's key for good, by a signature of the organism's key. */
  revoke(node: NodeId, warrant: string, options?: CallOptions): Promise<void>;
  /** How the node would begin a new generation without the others: what the operator signs. */
  draftPromotion(options?: CallOptions): Promise<PromotionDraft>;
  promote(promotion: Promotion, options?: CallOptions & PromoteOptions): Promise<Promoted>;
  /** What other sides had decided differently, and the organism has kept. */
  conflicts(options?: CallOptions): Promise<readonly Conflict[]>;
  /** The ledger of the organism; rejects with `no-actor` where it keeps none. */
  readonly ledger: LedgerClient;
  /** The node's dead letters, by their numbers. */
  readonly letters: LetterClient;
  /** Files by what they are about. */
  readonly memory: MemoryClient;
  /** Whether all cells of the node are placed; rejects where it doesn't answer at all. */
  ready(options?: CallOptions): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * A client of the node at `url`. No connection is made before the first call.
 *
 * @example
 * const client = connect({ url: 'https://127.0.0.1:4400', pin: nodeId });
 * const { id } = await client.put(createReadStream('a.txt'), { name: 'a.txt' });
 * await client.close();
 */
export function connect({ url, passport, ...trust }: ConnectOptions): Client {
  const agent = trustingAgent(trust);
  const exchange = new Exchange(new URL(url).origin, agent);
  return {
    url,
    put: (source, options) => put(exchange, source, options),
    get: (idOrName, options) => get(exchange, idOrName, options),
    head: (idOrName, options) => head(exchange, idOrName, options),
    remove: (idOrName, options) => exchange.ask('DELETE', fileAt(idOrName), options),
    list: ({ prefix, after, limit } = {}) => exchange.ask('GET', `${FILES}${queryOf({ prefix, after, limit })}`),
    // A big file takes its holders as long as it takes them, and so does handing over what a leaving node holds.
    verify: (idOrName, options) => exchange.ask('POST', `${fileAt(idOrName)}/verification`, { ...options, idleMs: 0 }),
    leave: async (options) => (await exchange.ask<Left>('POST', '/organism/leave', { ...options, idleMs: 0 })).left,
    status: (options) => exchange.ask('GET', '/organism', options),
    invite: async (options = {}) =>
      (await exchange.ask<Invited>('POST', '/organism/invitations', { json: options })).invitation,
    halt: async (options) => (await exchange.ask<Halted>('POST', '/organism/halt', options)).told,
    receptors: new Receptors(exchange, new URL(url).origin, passport),
    revoke: async (node, warrant, options) => {
      await exchange.ask('POST', '/organism/revocations', { ...options, json: { node, warrant } });
    },
    draftPromotion: (options) => exchange.ask('GET', '/organism/promotion', options),
    promote: (promotion, { despiteMajority = false, ...options } = {}) =>
      exchange.ask('POST', '/organism/promotion', { ...options, json: { promotion, despiteMajority } }),
    conflicts: async (options) => (await exchange.ask<Kept>('GET', '/organism/conflicts', options)).conflicts,
    ledger: ledgerClient(exchange),
    letters: letterClient(exchange),
    memory: memoryClient(exchange),
    ready: (options) => ready(exchange, options),
    close: () => agent.destroy(),
  };
}

type Left = { readonly left: NodeId };
type Invited = { readonly invitation: string };
export interface Promoted {
  readonly generation: number;
  readonly version: number;
}

type Kept = { readonly conflicts: readonly Conflict[] };
type Halted = { readonly told: number };

async function ready(exchange: Exchange, options?: CallOptions): Promise<boolean> {
  try {
    await exchange.ask('GET', '/health/ready', options);
    return true;
  } catch (error) {
    if (isFault(error, 'starting')) return false;
    throw error;
  }
}

function queryOf(parameters: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
