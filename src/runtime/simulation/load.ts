import { sha256Hex } from '../../contract/encoding.ts';
import { isFault } from '../../contract/errors.ts';
import type { Outcome, Recipient } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import type { Json, TreeId } from '../../contract/words.ts';
import type { PublishBody } from '../../organs/broadcast/index.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import { bodyOf } from '../node/registers.ts';
import { Dice } from './faults/kind.ts';
import { History, type Operation } from './history.ts';
import type { SimNode } from './sim-node.ts';
import { SIM_TOPIC, type Telling } from './told.ts';
import { PROMISE, SEND } from './witness.ts';
import type { World } from './world.ts';

export interface LoadOptions {
  /** Between two operations, milliseconds, on the average. @default drawn, 80 to 500 */
  readonly everyMs?: number;
}

/** Registers that all clients write to: so few that they meet. */
const KEYS = ['a', 'b', 'c'] as const;
const NAMES_MAX = 12;
const SMALL_BYTES_MAX = 4_000;
const LARGE_BYTES_MAX = 150_000;
/** Of what is told to all: how much is to be heard in one order. */
const ORDERED_SHARE = 0.3;
/** How long a client waits for its answer. */
const CALL_MS = 10_000;

/** What a client does; the share of each kind, in the mean over all seeds. */
const KINDS = [
  ['set', 5],
  ['read', 4],
  ['put', 3],
  ['get', 2],
  ['publish', 4],
  ['send', 6],
  ['promise', 1],
] as const;
type Kind = (typeof KINDS)[number][0];
/** How much more, or less, of each kind a seed may have. */
const MIXTURE = [0.1, 4] as const;
const EVERY_MS = [80, 500] as const;

/**
 * The clients of a run: they ask nodes for what the product promises, and write down what was asked and answered. What
 * they ask is drawn from a stream of its own, so that other faults don't change it.
 */
export class Load {
  readonly history = new History();
  readonly #world: World;
  readonly #dice: Dice;
  readonly #everyMs: number;
  readonly #weights: readonly (readonly [Kind, number])[];
  readonly #open = new Set<Promise<void>>();
  /** What each client has seen of a register: without it a SET would never meet the version. */
  readonly #seen = new Map<string, number>();
  #asked = 0;
  nextAt: number;

  constructor(world: World, entropy: SeededEntropy, { everyMs }: LoadOptions = {}) {
    this.#world = world;
    this.#dice = new Dice(entropy, world.nodes.length);
    const dice = new Dice(entropy.fork('mixture'), 1);
    this.#everyMs = everyMs ?? dice.between(...EVERY_MS);
    const [least, most] = MIXTURE;
    // As with faults, every seed has a mixture of its own: some are full of messages, some of registers.
    this.#weights = KINDS.map(([kind, weight]) => [kind, weight * least * (most / least) ** dice.float()]);
    this.nextAt = world.now + this.#everyMs;
  }

  /** One operation, and the time of the next. */
  ask(): void {
    const kind = this.#kind();
    const node = this.#node();
    this.nextAt = this.#world.now + Math.ceil(-Math.log(1 - this.#dice.float()) * this.#everyMs);
    if (node === undefined) return;
    this.#asked += 1;
    const tree = this.#dice.pick(node.trees);
    if (kind === 'set') this.#set(node, tree);
    else if (kind === 'read') this.#read(node, tree);
    else if (kind === 'put') this.#put(node);
    else if (kind === 'get') this.#get(node);
    else if (kind === 'publish') this.publish(node, tree);
    else if (kind === 'send') this.#send(node);
    else this.#promise(node);
  }

  /** Resolves when no operation is open any more: each has an end, at the latest after `CALL_MS`. */
  async settled(): Promise<void> {
    await this.#world.run(Promise.all(this.#open), 2 * CALL_MS);
  }

  #kind(): Kind {
    let left = this.#dice.float() * this.#weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [kind, weight] of this.#weights) {
      left -= weight;
      if (left < 0) return kind;
    }
    return 'read';
  }

  /** The node that was drawn, or the next one that answers at all. */
  #node(): SimNode | undefined {
    const { nodes } = this.#world;
    const first = this.#dice.below(nodes.length);
    const around = [...nodes.slice(first), ...nodes.slice(0, first)];
    return around.find((node) => node.running && !node.frozen && node.view !== null && node.trees.length > 0);
  }

  // ---- Registers ---------------------------------------------------------------------------------------------------

  #set(node: SimNode, tree: TreeId): void {
    const name = this.#dice.pick(KEYS);
    const key = `${tree}/${name}`;
    // Most know the register, some only believe to.
    const expected = this.#dice.chance(0.9) ? (this.#seen.get(key) ?? 0) : 0;
    const value = `v${this.#asked}`;
    const input = { expected, value };
    this.#call({ node, kind: 'set', key, input }, async () => {
      const version = await node.registers(tree).set([{ key: name, expected, value }], { deadlineMs: CALL_MS });
      this.#seen.set(key, version);
      return version;
    });
  }

  #read(node: SimNode, tree: TreeId): void {
    const name = this.#dice.pick(KEYS);
    const key = `${tree}/${name}`;
    this.#call({ node, kind: 'read', key, input: null }, async () => {
      const register = await node.registers(tree).read(name, 'linear', { deadlineMs: CALL_MS });
      if (register !== undefined) this.#seen.set(key, register.version);
      return register === undefined ? null : { version: register.version, value: register.value };
    });
  }

  // ---- Files -------------------------------------------------------------------------------------------------------

  #put(node: SimNode): void {
    const name = `file-${this.#dice.below(NAMES_MAX)}`;
    const bytes = this.#content();
    const etag = sha256Hex(bytes);
    if (!offersFiles(node)) {
      this.#call({ node, kind: 'shard-put', key: etag, input: etag }, () =>
        node.living.shards.put(bytes, { deadlineMs: CALL_MS }),
      );
      return;
    }
    this.#call({ node, kind: 'put', key: name, input: etag }, async (signal) => {
      const receipt = await node.living.files.put(once(bytes), { name, signal, deadlineMs: CALL_MS });
      return { id: receipt.id, etag: receipt.etag, version: receipt.version };
    });
  }

  #get(node: SimNode): void {
    const done = this.history.operations.filter(({ kind, outcome }) => kind.endsWith('put') && outcome?.ok === true);
    const last = done.at(-1 - this.#dice.below(NAMES_MAX));
    if (last === undefined) return;
    const kind = last.kind === 'put' ? 'get' : 'shard-get';
    this.#call({ node, kind, key: last.key, input: null }, async (signal) => {
      if (kind === 'shard-get')
        return sha256Hex(await node.living.shards.get(last.key, { signal, deadlineMs: CALL_MS }));
      return contentOf(node, last.key, signal);
    });
  }

  #content(): Uint8Array {
    const most = this.#dice.chance(0.15) ? LARGE_BYTES_MAX : SMALL_BYTES_MAX;
    return this.#world.entropy.fork(`content-${this.#asked}`).bytes(this.#dice.between(1, most));
  }

  // ---- Messages ----------------------------------------------------------------------------------------------------

  /** Tells all cells of a tree something. */
  publish(node: SimNode, tree: TreeId): void {
    const { stem } = node;
    const telling: Telling = { id: `b${this.history.operations.length + 1}` };
    const order = this.#dice.chance(ORDERED_SHARE) ? 'total' : 'origin';
    this.#call({ node, kind: 'publish', key: tree, input: telling }, async () => {
      const body: PublishBody = { tree, topic: SIM_TOPIC, body: telling, order };
      return answered(await stem.deliver({ kind: 'broadcast.publish', body }, { deadlineMs: CALL_MS }));
    });
  }

  #send(node: SimNode): void {
    const to = this.#recipient(node);
    const key = 'cell' in to ? to.cell : `role ${to.tree}/${to.slot}`;
    const testimony = { id: `m${this.#asked}`, unwelcome: this.#dice.chance(0.1) };
    this.#call({ node, kind: 'send', key, input: testimony }, async () =>
      answered(await node.stem.deliver({ kind: SEND, body: { to, testimony } }, { deadlineMs: CALL_MS })),
    );
  }

  /** A node that was ever there, or a role of the tree as the sender knows it. */
  #recipient(node: SimNode): Recipient {
    const tree = this.#dice.pick(node.trees);
    const map = node.view?.trees[tree];
    if (map === undefined || this.#dice.chance(0.7)) return { cell: this.#dice.pick(this.#world.nodes).id };
    const slot = 1 + this.#dice.below(map.slots.length);
    return slotOf(map, node.id) === slot ? { cell: node.id } : { tree, slot };
  }

  #promise(node: SimNode): void {
    const afterMs = this.#dice.between(50, 8_000);
    const body = { id: `p${this.#asked}`, afterMs };
    // Nobody waits for it: what counts is that it is on the disk, and then done.
    this.#track(node.stem.deliver({ kind: PROMISE, body }).then(() => undefined));
  }

  // ---- Calls -------------------------------------------------------------------------------------------------------

  #call(
    asked: { readonly node: SimNode } & Pick<Operation, 'kind' | 'key' | 'input'>,
    work: (signal: AbortSignal) => Promise<Json>,
  ): void {
    const world = this.#world;
    const { node, ...rest } = asked;
    const operation = this.history.call({ node: node.index, ...rest }, world.now);
    world.note({ what: 'called', operation });
    const { incarnation } = node;
    const abort = new AbortController();
    const end = (outcome: NonNullable<Operation['outcome']>): void => {
      if (abort.signal.aborted) return;
      abort.abort();
      world.note({ what: 'returned', operation: this.history.end(operation, outcome, world.now) });
    };
    const done = work(abort.signal).then(
      (output) => end({ ok: true, output }),
      (error: unknown) => {
        end({ ok: false, code: isFault(error) ? error.code : 'internal' });
        // What is no fault of the table is a defect, and the run ends with it; but a dead process may say anything.
        if (!isFault(error) && node.running && node.incarnation === incarnation) throw error;
      },
    );
    world.background(done);
    // A node that dies never answers, and nobody waits for it for ever.
    const given = new Promise<void>((resolve) => {
      world.clock.schedule(CALL_MS, () => {
        end({ ok: false, code: 'deadline' });
        resolve();
      });
    });
    this.#track(Promise.race([done.catch(() => undefined), given]));
  }

  #track(promise: Promise<void>): void {
    const tracked: Promise<void> = promise.finally(() => void this.#open.delete(tracked));
    this.#open.add(tracked);
  }
}

export function offersFiles(node: SimNode): boolean {
  return node.living.cells.some(({ files }) => files !== undefined);
}

/** The SHA-256 of a file as a node reads it. */
export async function contentOf(node: SimNode, name: string, signal?: AbortSignal): Promise<string> {
  const options = { deadlineMs: CALL_MS, ...(signal === undefined ? {} : { signal }) };
  const file = await node.living.files.open(name, options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read(options)) chunks.push(chunk);
  return sha256Hex(...chunks);
}

function answered(outcome: Outcome): Json {
  return bodyOf(outcome);
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
