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
  readonly zoneCount: number;
  /** Scratch for one ranking: the best place of each zone, or -1. */
  readonly bestPlace: Int32Array;
  readonly bestScore: Float64Array;
}

const NOBODY: ReadonlySet<NodeId> = new Set();
/** Beyond it a weight would leave too few of a score's 52 bits. */
const DOUBLINGS_MAX = 16;

const fields = new WeakMap<TreeMap, Field>();

/**
 * The best cells for a shard, best first: distinct zones as long as there are any, then each zone's second best, and so on.
 *
 * @example ranked(view, tree, hash, 3) // the three cells that should hold it
 * @param count how many are wanted @default all
 * @param without cells that don't count as being there
 */
export function ranked(
  view: View,
  tree: TreeId,
  hash: ShardHash,
  count = Number.POSITIVE_INFINITY,
  without: ReadonlySet<NodeId> = NOBODY,
): NodeId[] {
  const field = fieldOf(view, tree);
  if (field === undefined || count <= 0) return [];
  const words = wordsOf(hash);
  const zones = bestPerZone(field, words, without);
  const places = count <= zones ? bestZones(field, count) : allPlaces(field, words, without).slice(0, count);
  return places.map((place) => field.nodes[place] as NodeId);
}

/** These nodes by score alone, best first; those without a place in the tree come last, in the order of their ids. */
export function byScore(view: View, tree: TreeId, hash: ShardHash, nodes: readonly NodeId[]): NodeId[] {
  const field = fieldOf(view, tree);
  const words = wordsOf(hash);
  const scores = new Map(nodes.map((node) => [node, field === undefined ? -1 : scoreOf(field, words, node)]));
  return [...nodes].sort((a, b) => (scores.get(b) as number) - (scores.get(a) as number) || (a < b ? -1 : 1));
}

function scoreOf(field: Field, words: Words, node: NodeId): number {
  const place = field.places.get(node);
  return place === undefined ? -1 : score(field, words, place);
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

/** Fills the scratch with each zone's best cell; the number of zones that have one. */
function bestPerZone(field: Field, words: Words, without: ReadonlySet<NodeId>): number {
  const { nodes, zones, bestPlace, bestScore } = field;
  bestPlace.fill(-1);
  let found = 0;
  for (let place = 0; place < nodes.length; place++) {
    if (without.size > 0 && without.has(nodes[place] as NodeId)) continue;
    const zone = zones[place] as number;
    const own = score(field, words, place);
    const best = bestPlace[zone] as number;
    if (best === -1) found += 1;
    else if (!isAhead(field, own, place, bestScore[zone] as number, best)) continue;
    bestPlace[zone] = place;
    bestScore[zone] = own;
  }
  return found;
}

/** The best `count` of the scratch, best first: an insertion sort that drops what falls off its end. */
function bestZones(field: Field, count: number): number[] {
  const { bestPlace, bestScore, zoneCount } = field;
  const places: number[] = [];
  const scores: number[] = [];
  for (let zone = 0; zone < zoneCount; zone++) {
    const place = bestPlace[zone] as number;
    if (place === -1) continue;
    const own = bestScore[zone] as number;
    let at = places.length;
    while (at > 0 && isAhead(field, own, place, scores[at - 1] as number, places[at - 1] as number)) at -= 1;
    if (at >= count) continue;
    places.splice(at, 0, place);
    scores.splice(at, 0, own);
    if (places.length > count) {
      places.pop();
      scores.pop();
    }
  }
  return places;
}

/** Everybody: in rounds over the zones, each round by score. */
function allPlaces(field: Field, words: Words, without: ReadonlySet<NodeId>): number[] {
  const scores = new Map<number, number>();
  for (const [place, node] of field.nodes.entries()) {
    if (!without.has(node)) scores.set(place, score(field, words, place));
  }
  const at = (place: number): number => scores.get(place) as number;
  const sorted = [...scores.keys()].sort((a, b) => (isAhead(field, at(a), a, at(b), b) ? -1 : 1));
  const seen = new Int32Array(field.zoneCount);
  const round = new Map<number, number>();
  for (const place of sorted) {
    const zone = field.zones[place] as number;
    round.set(place, seen[zone] as number);
    seen[zone] = (seen[zone] as number) + 1;
  }
  return sorted.sort((a, b) => (round.get(a) as number) - (round.get(b) as number));
}

/** Equal scores are next to impossible; where they happen, ids decide, since slots change. */
function isAhead(field: Field, own: number, place: number, other: number, otherPlace: number): boolean {
  if (own !== other) return own > other;
  return (field.nodes[place] as NodeId) < (field.nodes[otherPlace] as NodeId);
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
    zoneCount: numbers.size,
    bestPlace: new Int32Array(numbers.size),
    bestScore: new Float64Array(numbers.size),
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
