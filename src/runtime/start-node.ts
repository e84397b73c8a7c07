import { hostname } from 'node:os';
import type { Observable } from 'rxjs';
import { receptorSet } from '../actors/genome/receptor-set.ts';
import type { Genome } from '../actors/genome.ts';
import type { BroadcastOptions, BroadcastReceipt, HeardMessage } from '../contract/broadcast.ts';
import { Fault, isFault } from '../contract/errors.ts';
import { PRESETS } from '../contract/limits.ts';
import type { Node, NodeEvent, NodeOptions } from '../contract/node.ts';
import type { PeerAddress, Store } from '../contract/ports.ts';
import type {
  CallOptions,
  FileHandle,
  FileInfo,
  NodeServices,
  OrganismStatus,
  PutOptions,
  PutReceipt,
} from '../contract/services.ts';
import type { Json, NodeId, OrganismId, View } from '../contract/words.ts';
import type { JoinIntent } from '../organs/consensus/index.ts';
import type { Operator } from '../organs/ledger/index.ts';
import { receptors } from '../receptors/index.ts';
import { realClock } from './clock/real.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { realEntropy } from './entropy/real.ts';
import { ExtractionProcess } from './extraction-process.ts';
import { identify } from './identify.ts';
import { bumpIncarnation } from './incarnation.ts';
import { p256Keyring } from './keyring.ts';
import { type NdjsonLog, ndjsonLog } from './log/ndjson.ts';
import { HttpsMembrane } from './membrane/https.ts';
import { identityOf } from './membrane/peer-identity.ts';
import { type Charter, charter } from './node/founding.ts';
import { grow } from './node/grow.ts';
import { claimInvite, decodeInvite, type Invite } from './node/invitation.ts';
import type { LivingNode } from './node/living-node.ts';
import type { NodePlan } from './node/plan.ts';
import { openOperatorKey, readOperatorKey } from './operator-key.ts';
import { type LoadedGenomes, loadGenomes, loadRemembered, rememberGenomes } from './remembered-genomes.ts';
import { heedMark } from './restored-folder.ts';
import { p256Signer } from './signer/p256.ts';
import { openLmdbStore } from './store/lmdb.ts';

/** Addresses that nobody can reach a node at. */
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** How a node gets, or got, its organism. */
interface Origin {
  readonly organism: OrganismId;
  readonly charter: Charter | null;
  /** Where this data folder holds the organism's key. */
  readonly operator?: Operator | undefined;
  readonly invite: Invite | null;
}

/**
 * Starts a node and resolves when every one of its cells has its place. Rejects with `refused` where the organism does
 * not admit it, `data-in-use`, `data-too-new`, `port-in-use`, `genome-invalid` (also where it ran others before), and with
 * `stopping` when `signal` aborts first.
 *
 * @example
 * const node = await startNode({ data: './node-1', port: 4400 })
 * const { id } = await node.put(createReadStream('report.pdf'), { name: 'report.pdf' })
 * await node.close()
 */
export async function startNode(options: NodeOptions): Promise<Node> {
  // What can't work fails before anything is touched.
  const given = options.genomes === undefined ? undefined : await loadGenomes(options.genomes);
  const folder = await openDataFolder(options.data);
  const log = ndjsonLog(folder.logPath);
  try {
    return await startIn(folder, given, log, options);
  } catch (error) {
    log.error('node.failed', { error: String(error) });
    await folder.close();
    throw error;
  }
}

async function startIn(
  folder: DataFolder,
  given: LoadedGenomes | undefined,
  log: NdjsonLog,
  options: NodeOptions,
): Promise<Node> {
  const store = await openLmdbStore(folder.storePath, { log });
  try {
    const loaded = given ?? (await loadRemembered(store));
    await rememberGenomes(store, loaded);
    if (await heedMark(folder.path, store)) log.warn('node.restored', { data: folder.path });
    return await startOn(store, folder, loaded.genomes, log, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function startOn(
  store: Store,
  folder: DataFolder,
  genomes: readonly Genome[],
  log: NdjsonLog,
  options: NodeOptions,
): Promise<Node> {
  const { host = '127.0.0.1', port = 0, preset = 'lan', signal } = options;
  const signer = p256Signer(folder.keyPem);
  const entropy = realEntropy();
  const origin = await originOf(folder, store, genomes, options);
  const certPem = await folder.certPem(host === '127.0.0.1' ? [] : [host]);
  const clock = realClock();
  const sets = genomes.map(receptorSet);
  let living: LivingNode | undefined;
  const membrane = new HttpsMembrane({
    keyPem: folder.keyPem,
    certPem,
    host,
    port,
    log,
    ...(WILDCARDS.has(host) ? { publicHost: hostname() } : {}),
    isMember: (peer) => living?.knows(peer.node) ?? false,
    routes: async (app) => void (await app.register(receptors(() => living, log, { sets, clock, identityOf }))),
  });
  const extractor = new ExtractionProcess();
  const plan: NodePlan = {
    ports: { clock, entropy, store, signer, log },
    membrane,
    keyring: p256Keyring,
    genomes,
    extractor,
    train: (sample, generation) => extractor.train(sample, generation),
    timing: PRESETS[preset],
    zone: options.zone ?? signer.node,
    incarnation: await bumpIncarnation(folder.path),
    organism: origin.organism,
    found: (self) => origin.charter?.entryFor(self) ?? null,
    ...(origin.operator === undefined ? {} : { operator: origin.operator }),
    join: origin.invite === null ? null : intentOf(origin.invite, signer.node),
    contacts: origin.invite?.contacts ?? [],
    pid: process.pid,
    data: folder.path,
  };
  living = await grow(plan);
  log.info('node.started', { node: living.id, url: living.url, pid: process.pid });
  const node = new RunningNode(living, folder, log);
  signal?.addEventListener('abort', () => void node.close(), { once: true });
  if (signal?.aborted === true) await node.close();
  await settled(living, node);
  return node;
}

/** Whose organism this data folder belongs to: the one on its disk, the one it was invited to, or a new one. */
async function originOf(
  folder: DataFolder,
  store: Store,
  genomes: readonly Genome[],
  options: NodeOptions,
): Promise<Origin> {
  const view = store.get('meta', 'view') as unknown as View | undefined;
  if (view !== undefined) {
    return { organism: view.organism, charter: null, operator: await operatorOf(folder, store), invite: null };
  }
  const token = options.invite ?? (store.get('meta', 'invite') as string | undefined);
  if (token !== undefined) {
    const invite = await reachedBy(decodeInvite(token), options.join ?? []);
    await store.commit([{ table: 'meta', key: 'invite', value: token }]);
    return { organism: invite.organism, charter: null, invite };
  }
  if (options.join !== undefined && options.join.length > 0)
    throw new Fault('refused', 'joining takes an invitation: peertree invite prints one');
  const operator = p256Signer(await openOperatorKey(folder.path));
  const founded = charter(operator, genomes, { preset: options.preset ?? 'lan' }, realEntropy());
  await store.commit([{ table: 'meta', key: NONCE_KEY, value: founded.operator.nonce }]);
  return { organism: founded.organism, charter: founded, operator: founded.operator, invite: null };
}

/** Where the store keeps what the organism's id is made of besides the key. */
const NONCE_KEY = 'organism-nonce';

/** Undefined where this node did not found its organism, or the key was taken away to a safer place. */
async function operatorOf(folder: DataFolder, store: Store): Promise<Operator | undefined> {
  const nonce = store.get('meta', NONCE_KEY);
  if (typeof nonce !== 'string') return undefined;
  try {
    return { signer: p256Signer(await readOperatorKey(folder.path)), nonce };
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}

/** The URLs that the caller gave, each with the key found there, which must be one that the invitation names. */
async function reachedBy(invite: Invite, urls: readonly string[]): Promise<Invite> {
  const contacts: PeerAddress[] = [];
  for (const url of urls) {
    const known = invite.contacts.find((contact) => contact.url === url);
    const node = known?.node ?? (await identify(url));
    if (!invite.contacts.some((contact) => contact.node === node))
      throw new Fault('refused', `the node at ${url} has the key ${node}, which the invitation does not name`);
    contacts.push({ node, url });
  }
  return contacts.length === 0 ? invite : { ...invite, contacts };
}

function intentOf(invite: Invite, self: NodeId): JoinIntent {
  return { contacts: invite.contacts.map(({ node }) => node), invitation: claimInvite(invite, self, p256Keyring) };
}

/** Waits for the node's place; a node that gets none is closed again. */
async function settled(living: LivingNode, node: RunningNode): Promise<void> {
  try {
    await living.placed();
  } catch (error) {
    await node.close();
    throw error;
  }
}

/** What `startNode` hands out: a living node that owns its data folder and its log. */
class RunningNode implements Node {
  readonly services: NodeServices;
  readonly #living: LivingNode;
  readonly #folder: DataFolder;
  readonly #log: NdjsonLog;
  #closing: Promise<void> | undefined;

  constructor(living: LivingNode, folder: DataFolder, log: NdjsonLog) {
    this.services = living;
    this.#living = living;
    this.#folder = folder;
    this.#log = log;
    // A node that can't go on ends by itself, and then its folder is free.
    living.events$.subscribe({ complete: () => void this.close() });
  }

  get id(): NodeId {
    return this.#living.id;
  }

  get url(): string {
    return this.#living.url;
  }

  get events$(): Observable<NodeEvent> {
    return this.#living.events$;
  }

  get messages$(): Observable<HeardMessage> {
    return this.#living.messages$;
  }

  status(): Promise<OrganismStatus> {
    return this.#living.status();
  }

  broadcast(topic: string, body: Json, options?: BroadcastOptions): Promise<BroadcastReceipt> {
    return this.#living.broadcast(topic, body, options);
  }

  put(source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<PutReceipt> {
    return this.#living.files.put(source, options);
  }

  get(idOrName: string, options: CallOptions = {}): Promise<FileHandle> {
    return this.#living.files.open(idOrName, options);
  }

  remove(idOrName: string, options: CallOptions = {}): Promise<FileInfo> {
    return this.#living.files.remove(idOrName, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#living.close();
    this.#log.info('node.stopped', { node: this.id });
    this.#log.close();
    await this.#folder.close();
  }
}
