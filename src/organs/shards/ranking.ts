import { sha256 } from '../../contract/encoding.ts';
import type { NodeId, ShardHash, TreeId, TreeMap, View } from '../../contract/words.ts';

/**
 * Weighted rendezvous hashing over the committed slot map: for each shard every cell gets a score from its seed and the
 * shard's hash, and the best scores hold the copies. Whoever has the same view ranks alike, and a cell that comes or goes
 * moves only its own shards.
 *
 * The score is a uniform u raised to 1/weight, which orders as -weight / ln(u) does. Weights are powers of two, so the
 * root is repeated `sqrt`, which IEEE 754 rounds exactly: unlike a logarithm it is the same bit for bit everywhere.
 */

/** What scoring needs of a tree's map, worked out once per map. */
interface Field {
  /** The roster its zones were read from. */
  readonly members: View['members'];
  readonly nodes: readonly NodeId[];
  readonly places: ReadonlyMap<NodeId, number>;
  /** Four words per occupant: the first half of SHA-256(seed). */
  readonly seeds: Int32Array;
  /** log2 of the weights. */
  readonly doublings: Int8Array;
  /** Numbers of the failure domains, from 0. */
  readonly zones: Int32Array;
  /** Scratch for one ranking: everybody's score, or OUT. */
  readonly scores: Float64Array;
  /** Scratch for one round of it: the best place of each zone, or NOWHERE. */
  readonly best: Int32Array;
}

const NOBODY: ReadonlySet<NodeId> = new Set();
/** The score of those that don't take part any more. */
const OUT = -1;
const NOWHERE = -1;
/** Beyond it a weight would leave too few of a score's 52 bits. */
const DOUBLINGS_MAX = 16;

const fields = new WeakMap<TreeMap, Field>();

/**
 * The best cells for a shard, best first: the best of each zone, then each zone's second best, and so on.
 *
 * @example ranked(view, tree, hash, 3) // the three cells that should hold it
 * @param without cells that don't count as being there
 */
export function ranked(
  view: View,
  tree: TreeId,
  hash: ShardHash,
  count: number,
  without: ReadonlySet<NodeId> = NOBODY,
): NodeId[] {
  const field = fieldOf(view, tree);
  const chosen: NodeId[] = [];
  if (field === undefined) return chosen;
  scoreAll(field, wordsOf(hash), without);
  while (chosen.length < count) {
    const round = bestOfZones(field, count - chosen.length);
    if (round.length === 0) break;
    for (const place of round) {
      chosen.push(field.nodes[place] as NodeId);
      field.scores[place] = OUT;
    }
  }
  return chosen;
}

/** These nodes by score alone, best first; those without a place in the tree come last, in the order of their ids. */
export function byScore(view: View, tree: TreeId, hash: ShardHash, nodes: readonly NodeId[]): NodeId[] {
  const field = fieldOf(view, tree);
  const words = wordsOf(hash);
  const scores = new Map(nodes.map((node) => [node, field === undefined ? OUT : scoreOf(field, words, node)]));
  return [...nodes].sort((a, b) => (scores.get(b) as number) - (scores.get(a) as number) || (a < b ? -1 : 1));
}

/** True where none of the others comes before this node by score: what `byScore` tells in full, at a tenth of the cost. */
export function leads(view: View, tree: TreeId, hash: ShardHash, node: NodeId, others: readonly NodeId[]): boolean {
  if (others.length === 0) return true;
  const field = fieldOf(view, tree);
  if (field === undefined) return others.every((other) => node < other);
  const words = wordsOf(hash);
  const own = scoreOf(field, words, node);
  return others.every((other) => {
    const difference = own - scoreOf(field, words, other);
    return difference !== 0 ? difference > 0 : node <= other;
  });
}

function scoreOf(field: Field, words: Words, node: NodeId): number {
  const place = field.places.get(node);
  return place === undefined ? OUT : score(field, words, place);
}

type Words = readonly [number, number, number, number];

/** A shard's hash is uniform already: its first half is enough. */
function wordsOf(hash: ShardHash): Words {
  const word = (at: number): number => Number.parseInt(hash.slice(at, at + 8), 16) | 0;
  return [word(0), word(8), word(16), word(24)];
}

/** In (0, 1). Each word of input is mixed into all that came before it, so every bit of it changes every bit of the result. */
function score(field: Field, [a, b, c, d]: Words, place: number): number {
  const { seeds } = field;
  const at = place * 4;
  let mixed = mix(a ^ (seeds[at] as number));
  mixed = mix((mixed + (b ^ (seeds[at + 1] as number))) | 0);
  mixed = mix((mixed + (c ^ (seeds[at + 2] as number))) | 0);
  const high = mix((mixed + (d ^ (seeds[at + 3] as number))) | 0);
  const low = mix((high + mixed) | 0);
  return weighted(((high >>> 0) * 0x100000 + (low >>> 12) + 0.5) / 0x10000000000000, field.doublings[place] as number);
}

function weighted(uniform: number, doublings: number): number {
  let result = uniform;
  for (let i = 0; i < doublings; i++) result = Math.sqrt(result);
  for (let i = 0; i > doublings; i--) result *= result;
  return result;
}

/** The finalizer of MurmurHash3 (public domain): a bijection of 32 bits with full avalanche. */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function scoreAll(field: Field, words: Words, without: ReadonlySet<NodeId>): void {
  const { nodes, scores } = field;
  for (let place = 0; place < nodes.length; place++) {
    const isOut = without.size > 0 && without.has(nodes[place] as NodeId);
    scores[place] = isOut ? OUT : score(field, words, place);
  }
}

/** One round: of the best cell of each zone the best `count`, best first. */
function bestOfZones(field: Field, count: number): number[] {
  const { scores, zones, best } = field;
  best.fill(NOWHERE);
  for (let place = 0; place < scores.length; place++) {
    if (scores[place] === OUT) continue;
    const zone = zones[place] as number;
    const other = best[zone] as number;
    if (other === NOWHERE || isAhead(field, place, other)) best[zone] = place;
  }
  return firstOf(field, best, count);
}

/** An insertion sort that drops what falls off its end: `count` is small. */
function firstOf(field: Field, places: Int32Array, count: number): number[] {
  const first: number[] = [];
  for (const place of places) {
    if (place === NOWHERE) continue;
    let at = first.length;
    while (at > 0 && isAhead(field, place, first[at - 1] as number)) at -= 1;
    if (at >= count) continue;
    first.splice(at, 0, place);
    if (first.length > count) first.pop();
  }
  return first;
}

/** Equal scores are next to impossible; where they happen, ids decide, since slots change. */
function isAhead({ scores, nodes }: Field, place: number, other: number): boolean {
  const difference = (scores[place] as number) - (scores[other] as number);
  return difference !== 0 ? difference > 0 : (nodes[place] as NodeId) < (nodes[other] as NodeId);
}

function fieldOf(view: View, tree: TreeId): Field | undefined {
  const map = view.trees[tree];
  if (map === undefined) return undefined;
  const known = fields.get(map);
  if (known !== undefined && known.members === view.members) return known;
  const field = makeField(map, view.members);
  fields.set(map, field);
  return field;
}

function makeField(map: TreeMap, members: View['members']): Field {
  const nodes = map.slots.map(({ node }) => node);
  const numbers = new Map<string, number>();
  const zones = Int32Array.from(nodes, (node) => {
    const zone = members[node]?.zone ?? node;
    const number = numbers.get(zone) ?? numbers.size;
    numbers.set(zone, number);
    return number;
  });
  return {
    members,
    nodes,
    places: new Map(nodes.map((node, place) => [node, place])),
    seeds: Int32Array.from(map.slots.flatMap(({ seed }) => seedWords(seed))),
    doublings: Int8Array.from(map.slots, ({ weight }) => doublingsOf(weight)),
    zones,
    scores: new Float64Array(nodes.length),
    best: new Int32Array(numbers.size),
  };
}

function seedWords(seed: string): number[] {
  const digest = sha256(seed);
  const view = new DataView(digest.buffer, digest.byteOffset);
  return [0, 4, 8, 12].map((at) => view.getInt32(at));
}

function doublingsOf(weight: number): number {
  const doublings = Math.round(Math.log2(weight));
  return Math.max(-DOUBLINGS_MAX, Math.min(DOUBLINGS_MAX, doublings));
}
