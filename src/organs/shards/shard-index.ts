import type { Json, NodeId, ShardHash } from '../../contract/words.ts';

/** A row of the store's `shardIndex`. */
export interface ShardRow {
  readonly bytes: number;
}

export function rowOf(value: Json): ShardRow | undefined {
  const bytes = (value as { readonly bytes?: unknown } | null)?.bytes;
  return typeof bytes === 'number' ? { bytes } : undefined;
}

const NONE: readonly number[] = [];

interface Held {
  readonly bytes: number;
  /** Lives of the nodes that confirmed it. Numbers, because there is one such list per shard. */
  confirmed: number[];
}

/**
 * What this node holds, and who else is known to hold it. The former is on the disk as well; the latter is hearsay: it is
 * never written down, and what a node confirmed is void once its process was started again or it lost its place.
 */
export class ShardIndex {
  readonly #held = new Map<ShardHash, Held>();
  /** Shards that arrived lately and whose other holders were not asked yet, with the time of their arrival. */
  readonly #fresh = new Map<ShardHash, number>();
  readonly #lives = new Map<NodeId, number>();
  readonly #nodes = new Map<number, NodeId>();
  #nextLife = 1;

  get size(): number {
    return this.#held.size;
  }

  clear(): void {
    this.#held.clear();
    this.#fresh.clear();
  }

  has(hash: ShardHash): boolean {
    return this.#held.has(hash);
  }

  bytesOf(hash: ShardHash): number | undefined {
    return this.#held.get(hash)?.bytes;
  }

  hashes(): IterableIterator<ShardHash> {
    return this.#held.keys();
  }

  /** `arrivedAt` (monotonic) marks it fresh; a shard known already stays as it is. */
  add(hash: ShardHash, bytes: number, arrivedAt?: number): void {
    if (this.#held.has(hash)) return;
    this.#held.set(hash, { bytes, confirmed: [] });
    if (arrivedAt !== undefined) this.#fresh.set(hash, arrivedAt);
  }

  remove(hash: ShardHash): void {
    this.#held.delete(hash);
    this.#fresh.delete(hash);
  }

  /** Does nothing for a shard that this node doesn't hold: only holders repair. */
  confirm(hash: ShardHash, node: NodeId): void {
    const held = this.#held.get(hash);
    if (held === undefined) return;
    const life = this.#lifeOf(node);
    if (held.confirmed.includes(life)) return;
    held.confirmed = [...held.confirmed.filter((other) => this.#nodes.has(other)), life];
  }

  deny(hash: ShardHash, node: NodeId): void {
    const held = this.#held.get(hash);
    const life = this.#lives.get(node);
    if (held !== undefined && life !== undefined) held.confirmed = held.confirmed.filter((other) => other !== life);
  }

  /** Those that confirmed it in their present life, in the order of their confirmations. */
  confirmed(hash: ShardHash): NodeId[] {
    const nodes: NodeId[] = [];
    for (const life of this.#held.get(hash)?.confirmed ?? NONE) {
      const node = this.#nodes.get(life);
      if (node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  isConfirmed(hash: ShardHash, node: NodeId): boolean {
    const life = this.#lives.get(node);
    return life !== undefined && (this.#held.get(hash)?.confirmed.includes(life) ?? false);
  }

  /** All that this node confirmed is hearsay of an earlier life. */
  forget(node: NodeId): void {
    const life = this.#lives.get(node);
    if (life === undefined) return;
    this.#lives.delete(node);
    this.#nodes.delete(life);
  }

  isFresh(hash: ShardHash): boolean {
    return this.#fresh.has(hash);
  }

  get freshCount(): number {
    return this.#fresh.size;
  }

  /** Fresh shards that arrived at this time or before. */
  freshUntil(arrivedAt: number): ShardHash[] {
    return [...this.#fresh].flatMap(([hash, at]) => (at <= arrivedAt ? [hash] : []));
  }

  settle(hash: ShardHash): void {
    this.#fresh.delete(hash);
  }

  #lifeOf(node: NodeId): number {
    const known = this.#lives.get(node);
    if (known !== undefined) return known;
    const life = this.#nextLife;
    this.#nextLife += 1;
    this.#lives.set(node, life);
    this.#nodes.set(life, node);
    return life;
  }
}
