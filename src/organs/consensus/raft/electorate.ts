import type { Entry } from '../../../contract/entries.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { NodeId } from '../../../contract/words.ts';

/**
 * Whose word counts. While `leaving` is not empty the electorate is *joint*: everything needs a majority of `voters` and
 * one of `leaving`, so that no two disjoint majorities exist at any moment of a change.
 */
export interface Electorate {
  readonly voters: readonly NodeId[];
  /** The voters of before, until the change is committed; a node may be in both lists. */
  readonly leaving: readonly NodeId[];
}

/** Of a node that has no log yet: it can neither campaign nor win. */
export const NOBODY: Electorate = { voters: [], leaving: [] };

export function isJoint({ leaving }: Electorate): boolean {
  return leaving.length > 0;
}

/** Everybody whose word counts, each once. */
export function electorsOf({ voters, leaving }: Electorate): readonly NodeId[] {
  return leaving.length === 0 ? voters : [...new Set([...voters, ...leaving])];
}

export function isElector({ voters, leaving }: Electorate, node: NodeId): boolean {
  return voters.includes(node) || leaving.includes(node);
}

/** What an entry makes of the electorate; undefined where it says nothing about it. */
export function electorateOf(entry: Entry): Electorate | undefined {
  if (entry.type === 'FOUND') return { voters: [entry.founder.node], leaving: [] };
  if (entry.type === 'PROMOTE') return { voters: [entry.by], leaving: [] };
  return entry.type === 'VOTERS' ? { voters: entry.voters, leaving: entry.leaving ?? [] } : undefined;
}

/** The entry that makes `voters` joint with today's. `LIMITS.votersMax` voters at most, at least one, each once. */
export function joining(today: Electorate, voters: readonly NodeId[]): Entry {
  return { type: 'VOTERS', voters, leaving: today.voters };
}

/** The entry that ends a joint electorate. */
export function settling({ voters }: Electorate): Entry {
  return { type: 'VOTERS', voters };
}

/** True for a list that voters may become. */
export function isSeatable(voters: readonly NodeId[]): boolean {
  return voters.length > 0 && voters.length <= LIMITS.votersMax && new Set(voters).size === voters.length;
}

export function sameNodes(one: readonly NodeId[], other: readonly NodeId[]): boolean {
  return one.length === other.length && one.every((node) => other.includes(node));
}

/**
 * The highest value that a majority has reached, of both lists while joint: the index that is committed, the round that
 * is confirmed, the time since when a majority was heard.
 *
 * @example reachedBy({ voters: ['a', 'b', 'c'], leaving: [] }, (node) => ({ a: 7, b: 5, c: 2 })[node]) // 5
 */
export function reachedBy({ voters, leaving }: Electorate, measure: (node: NodeId) => number): number {
  const reached = majorityValue(voters, measure);
  return leaving.length === 0 ? reached : Math.min(reached, majorityValue(leaving, measure));
}

function majorityValue(nodes: readonly NodeId[], measure: (node: NodeId) => number): number {
  const values = nodes.map(measure);
  // Infinite values are compared, not subtracted: their difference is no number.
  values.sort((one, other) => (one < other ? 1 : one > other ? -1 : 0));
  return values[Math.floor(nodes.length / 2)] ?? Number.NEGATIVE_INFINITY;
}

export type Votes = { readonly [node: NodeId]: boolean };

/** `won` and `lost` are final: votes still to come can't change them. */
export function tally({ voters, leaving }: Electorate, votes: Votes): 'won' | 'lost' | 'open' {
  const verdicts = (leaving.length === 0 ? [voters] : [voters, leaving]).map((nodes) => count(nodes, votes));
  if (verdicts.includes('lost')) return 'lost';
  return verdicts.includes('open') ? 'open' : 'won';
}

function count(nodes: readonly NodeId[], votes: Votes): 'won' | 'lost' | 'open' {
  const majority = Math.floor(nodes.length / 2) + 1;
  const granted = nodes.filter((node) => votes[node] === true).length;
  if (granted >= majority) return 'won';
  const open = nodes.filter((node) => votes[node] === undefined).length;
  return granted + open < majority ? 'lost' : 'open';
}
