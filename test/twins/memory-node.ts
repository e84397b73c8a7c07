import { createHash } from 'node:crypto';
import { base32, canonical, isId, sha256 } from '../../src/contract/encoding.ts';
import type { Promotion } from '../../src/contract/entries.ts';
import { Fault } from '../../src/contract/errors.ts';
import { nextGeneration } from '../../src/contract/generation.ts';
import type { LedgerService } from '../../src/contract/ledger.ts';
import type { DeadLetter, LetterService } from '../../src/contract/letters.ts';
import type { MemoryService, RememberedFile } from '../../src/contract/memory.ts';
import type {
  Conflict,
  FileHandle,
  FileInfo,
  FileService,
  InvitationOptions,
  NodeServices,
  OrganismStatus,
  PromoteOptions,
  PromotionDraft,
  PutReceipt,
  ShardService,
} from '../../src/contract/services.ts';

const PIECE_BYTES = 64 * 1024;

interface StoredFile {
  readonly info: FileInfo;
  readonly bytes: Buffer;
}

/** A node's services in memory, with the rules of names and versions but without an organism around them. */
export interface MemoryNode extends NodeServices {
  /** By id. */
  readonly stored: Map<string, StoredFile>;
  readonly shardBytes: Map<string, Uint8Array>;
  /** By number. */
  readonly deadLetters: Map<number, DeadLetter>;
  /** What the ledger answers, by the name of the call. */
  readonly ledgerSays: Map<string, unknown>;
  /** What was called besides files and shards, in order. */
  readonly calls: string[];
  /** Called before each piece of a read with its offset; throw to break the read there. */
  onRead: (offset: number, signal: AbortSignal | undefined) => void | Promise<void>;
  /** Called after each chunk of a put. */
  onWrite: (bytes: number, signal: AbortSignal | undefined) => void | Promise<void>;
  readyNow: boolean;
  statusNow: OrganismStatus;
  conflictsNow: readonly Conflict[];
  /** Whether a leader with a majority is within reach. */
  sovereignNow: boolean;
}

export function memoryNode(id = idOf('node-1'), url = 'https://127.0.0.1:4400'): MemoryNode {
  const node: Omit<MemoryNode, keyof NodeServices> = {
    stored: new Map(),
    shardBytes: new Map(),
    deadLetters: new Map(),
    ledgerSays: new Map(),
    calls: [],
    onRead: () => undefined,
    onWrite: () => undefined,
    readyNow: true,
    statusNow: statusOf(id, url),
    conflictsNow: [],
    sovereignNow: false,
  };
  return Object.assign(node, {
    id,
    url,
    files: filesOf(node),
    shards: shardsOf(node, id),
    letters: lettersOf(node),
    memory: memoryOf(node),
    ledger: ledgerOf(node),
    catalogue: (genome: string) => {
      throw new Fault('no-actor', `there is no cell of ${genome} here`);
    },
    knows: () => false,
    status: async () => node.statusNow,
    ready: () => node.readyNow,
    invite: async (options: InvitationOptions = {}) => {
      node.calls.push(`invite ${JSON.stringify(options)}`);
      return 'token-1';
    },
    halt: async () => {
      node.calls.push('halt');
      return 1;
    },
    revoke: async (who: string, warrant: string) => {
      node.calls.push(`revoke ${who} ${warrant}`);
    },
    draftPromotion: async () => draftOf(id, node.sovereignNow),
    promote: async ({ generation, after }: Promotion, options: PromoteOptions = {}) => {
      node.calls.push(`promote ${JSON.stringify(options)}`);
      return { generation, version: after + 1 };
    },
    conflicts: () => node.conflictsNow,
    leave: async () => {
      node.calls.push('leave');
    },
  });
}

/** A memory that finds the names which hold the words. */
function memoryOf(node: Pick<MemoryNode, 'stored' | 'calls'>): MemoryService {
  const told = new Map<string, RememberedFile>();
  const find = (idOrName: string): FileInfo => {
    const found = [...node.stored.values()].find(({ info }) => info.id === idOrName || info.name === idOrName);
    if (found === undefined) throw new Fault('not-found');
    return found.info;
  };
  const say = (idOrName: string, more: Partial<RememberedFile>): RememberedFile => {
    const { id, name } = find(idOrName);
    const before = told.get(id) ?? { id, name, remembered: 'done', cut: false, note: '' };
    told.set(id, { ...before, ...more });
    return { ...before, ...more };
  };
  return {
    search: async (search) => {
      node.calls.push(`search ${JSON.stringify(search)}`);
      const results = [...node.stored.values()]
        .filter(({ info }) => search.q.split(' ').some((word) => info.name.includes(word)))
        .map(({ info }, i) => ({ id: info.id, name: info.name, score: 1 / (i + 1), snippet: `**${info.name}**` }));
      return { results: results.slice(0, search.limit ?? 10), partial: false };
    },
    remember: async (idOrName, { note } = {}) =>
      say(idOrName, { remembered: 'done', ...(note === undefined ? {} : { note }) }),
    forget: async (idOrName) => say(idOrName, { remembered: 'forgotten' }),
    stat: async (idOrName) => say(idOrName, {}),
  };
}

/** What a node of two, one of which is gone, would have its operator sign. */
function draftOf(id: string, sovereign: boolean): PromotionDraft {
  const decision = { after: 7, hash: 'a'.repeat(64), by: id, keeps: [id] };
  const promotion = { type: 'PROMOTE' as const, generation: nextGeneration(1, decision), ...decision };
  return { organism: idOf('organism'), promotion, lost: [idOf('gone')], sovereign };
}

/** A ledger without a committee, but for what `ledgerSays` answers. */
function ledgerOf({ calls, ledgerSays }: Memory): LedgerService {
  const answer = async (call: string, ...given: readonly unknown[]): Promise<never> => {
    calls.push(`ledger.${call} ${JSON.stringify(given)}`);
    if (!ledgerSays.has(call)) throw new Fault('no-committee');
    return ledgerSays.get(call) as never;
  };
  return {
    office: () => answer('office'),
    submit: (signed) => answer('submit', signed),
    unlock: (request) => answer('unlock', request),
    read: (shell) => answer('read', shell),
    history: (shell, after) => answer('history', shell, after),
    proof: (value) => answer('proof', value),
    list: (what, options) => answer('list', what, options),
    change: (drop) => answer('change', drop),
  };
}

function lettersOf({ deadLetters }: Memory): LetterService {
  const read = (number: number): DeadLetter => {
    const letter = deadLetters.get(number);
    if (letter === undefined) throw new Fault('not-found', `there is no dead letter ${number}`);
    return letter;
  };
  return {
    list({ after = 0, limit = 100 } = {}) {
      const rest = [...deadLetters.values()].filter(({ number }) => number > after);
      const letters = rest.slice(0, limit).map(({ body, ...letter }) => ({ ...letter, bytes: canonical(body).length }));
      return { letters, next: rest.length > limit ? (letters.at(-1)?.number ?? null) : null };
    },
    read,
    async replay(number) {
      const { message } = read(number);
      deadLetters.delete(number);
      return message + 1_000;
    },
    async drop(number) {
      read(number);
      deadLetters.delete(number);
    },
  };
}

/** A well-formed id that says the same every time. */
export function idOf(name: string): string {
  return base32(sha256(name));
}

type Memory = Omit<MemoryNode, keyof NodeServices>;

function filesOf(node: Memory): FileService {
  const find = (idOrName: string): StoredFile => {
    const found = node.stored.get(idOrName) ?? [...node.stored.values()].find(({ info }) => info.name === idOrName);
    if (found === undefined) throw new Fault('not-found', `there is no file '${idOrName}'`);
    return found;
  };
  return {
    async put(source, { name, ifAbsent, signal, bytes: declared }) {
      if (name !== undefined && (isId(name) || name === '')) throw new Fault('bad-name');
      const old = [...node.stored.values()].find(({ info }) => info.name === name);
      if (ifAbsent === true && old !== undefined) throw new Fault('already-exists', `'${name}' is taken`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) {
        chunks.push(chunk);
        await node.onWrite(chunk.byteLength, signal);
        signal?.throwIfAborted();
      }
      const bytes = Buffer.concat(chunks);
      if (declared !== undefined && declared !== bytes.byteLength) throw new Fault('truncated');
      return keep(node, bytes, name, old);
    },
    async open(idOrName) {
      const { info, bytes } = find(idOrName);
      return { ...info, read: (options) => piecesOf(node, bytes, options?.signal) } satisfies FileHandle;
    },
    async remove(idOrName) {
      const { info } = find(idOrName);
      node.stored.delete(info.id);
      return info;
    },
    async list({ prefix = '', after = '', limit = 100 } = {}) {
      const names = [...node.stored.values()].map(({ info }) => info).sort((a, b) => (a.name < b.name ? -1 : 1));
      const rest = names.filter(({ name }) => name.startsWith(prefix) && name > after);
      const files = rest.slice(0, limit);
      return { files, next: rest.length > limit ? (files.at(-1)?.name ?? null) : null };
    },
    async verify(idOrName) {
      const { info } = find(idOrName);
      const { id, name, shards, bytes } = info;
      return { id, name, shards, bytes, ok: true, copies: { good: 3 * shards, bad: 0 }, missing: [] };
    },
  };
}

function keep(node: Memory, bytes: Buffer, name: string | undefined, old: StoredFile | undefined): PutReceipt {
  const id = old?.info.id ?? idOf(`file ${node.stored.size}`);
  const info: FileInfo = {
    id,
    name: name ?? id,
    bytes: bytes.byteLength,
    shards: Math.ceil(bytes.byteLength / (1024 * 1024)),
    version: (old?.info.version ?? 0) + 1,
    storedAt: '2026-01-02T03:04:05.000Z',
    etag: createHash('sha256').update(bytes).digest('hex'),
  };
  node.stored.set(id, { info, bytes });
  return { ...info, created: old === undefined };
}

async function* piecesOf(node: Memory, bytes: Buffer, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.byteLength; offset += PIECE_BYTES) {
    await node.onRead(offset, signal);
    signal?.throwIfAborted();
    yield bytes.subarray(offset, offset + PIECE_BYTES);
  }
}

function shardsOf(node: Memory, id: string): ShardService {
  const find = (hash: string): Uint8Array => {
    const bytes = node.shardBytes.get(hash);
    if (bytes === undefined) throw new Fault('not-found');
    return bytes;
  };
  return {
    async put(bytes, options = {}) {
      const hash = createHash('sha256').update(bytes).digest('hex');
      if (options.hash !== undefined && options.hash !== hash) throw new Fault('wrong-hash');
      node.shardBytes.set(hash, bytes);
      return hash;
    },
    get: async (hash) => find(hash),
    stat: async (hash) => find(hash).byteLength,
    storage: () => ({ shards: node.shardBytes.size, bytes: 0, underReplicated: 0 }),
    audit: async (hash) => [{ node: id, ok: find(hash) !== undefined }],
  };
}

function statusOf(id: string, url: string): OrganismStatus {
  const tree = {
    fanout: 4,
    generation: 1,
    epoch: 1,
    version: 7,
    sovereign: true,
    cells: [{ slot: 1, node: id, state: 'placed' }],
  };
  return {
    organism: idOf('organism'),
    node: id,
    leader: id,
    voters: [id],
    nodes: [{ id, url, zone: 'a', pid: 1234, data: '/data/node-1', state: 'live', rejected: {}, failures: [] }],
    trees: ['shardTree', 'ftreeFileMgr'].map((genome) => ({ genome, treeId: idOf(genome), ...tree })),
    storage: { shards: 0, bytes: 0, underReplicated: 0 },
    queues: { outbox: 0, deadLetters: 0 },
  };
}
