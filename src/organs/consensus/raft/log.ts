import type { LogRecord } from '../../../contract/entries.ts';
import { LIMITS } from '../../../contract/limits.ts';
import { isChain } from '../records.ts';
import { type Electorate, electorateOf } from './electorate.ts';

/** A place in the log. Index and epoch name one record: two logs that agree on a mark agree on everything before it. */
export interface Mark {
  readonly index: number;
  readonly epoch: number;
}

/** What is known of the record before the first one at hand. */
export interface Base extends Mark {
  readonly hash: string;
  readonly electorate: Electorate;
}

/** An append whose flush has not been reported yet. */
interface Writing {
  readonly ticket: number;
  /** The last index that this flush makes durable: less than it was where the tail has been replaced since. */
  readonly upTo: number;
}

/**
 * The end of the log that is kept in memory. Everything up to `base` is committed and only on the disk; a peer that lacks
 * some of that is sent there.
 */
export interface RaftLog {
  readonly base: Base;
  /** The records after `base`, without gap. */
  readonly records: readonly LogRecord[];
  /** Effective on append: of the last record that names voters, committed or not. */
  readonly electorate: Electorate;
  /** The index of that record. */
  readonly electorateAt: number;
  readonly commit: number;
  /** Everything up to here is on this node's disk, and nothing under way will replace it there. */
  readonly stable: number;
  readonly writing: readonly Writing[];
  readonly nextTicket: number;
}

export function openLog(base: Base, records: readonly LogRecord[], commit: number): RaftLog {
  const last = records.at(-1)?.index ?? base.index;
  const log = { base, records, commit, stable: last, writing: [], nextTicket: 1 };
  return { ...log, ...electorateIn(base, records) };
}

function electorateIn(base: Base, records: readonly LogRecord[]): Pick<RaftLog, 'electorate' | 'electorateAt'> {
  for (let at = records.length - 1; at >= 0; at--) {
    const record = records[at];
    const electorate = record === undefined ? undefined : electorateOf(record.entry);
    if (record !== undefined && electorate !== undefined) return { electorate, electorateAt: record.index };
  }
  return { electorate: base.electorate, electorateAt: base.index };
}

/** Every electorate that may be in force: the one that is committed, and those appended since. */
export function openElectorates({ base, records, commit, electorate, electorateAt }: RaftLog): readonly Electorate[] {
  if (electorateAt <= commit) return [electorate];
  const at = commit - base.index;
  const since = records.slice(at).flatMap(({ entry }) => electorateOf(entry) ?? []);
  return [electorateIn(base, records.slice(0, at)).electorate, ...since];
}

/** The last place of the log, with its hash. */
export function lastOf({ base, records }: RaftLog): Mark & { readonly hash: string } {
  return records.at(-1) ?? base;
}

/** The record at `index`, or what is known of the base; undefined where that is not at hand. */
export function placeAt({ base, records }: RaftLog, index: number): (Mark & { readonly hash: string }) | undefined {
  return index === base.index ? base : records[index - base.index - 1];
}

/** True where this log surely has the record at `mark`: all logs are alike up to what is committed. */
export function hasMark(log: RaftLog, { index, epoch }: Mark): boolean {
  return index <= log.commit || placeAt(log, index)?.epoch === epoch;
}

/** Raft's rule for votes: the later epoch, then the longer log. */
export function isAsGoodAs(log: RaftLog, other: Mark): boolean {
  const mine = lastOf(log);
  return other.epoch > mine.epoch || (other.epoch === mine.epoch && other.index >= mine.index);
}

/**
 * The last index at or before `from` whose epoch is no later than `from.epoch`: what comes after it in this log can't be in
 * the other one. So a whole epoch is skipped at each step back. Nothing at or below `floor` is looked at.
 */
export function lastNotAfter(log: RaftLog, from: Mark, floor: number): number {
  let index = Math.min(from.index, lastOf(log).index);
  while (index > floor && (placeAt(log, index)?.epoch ?? 0) > from.epoch) index -= 1;
  return index;
}

export function recordsAfter({ base, records }: RaftLog, index: number, max: number): readonly LogRecord[] {
  const start = index - base.index;
  return records.slice(start, start + max);
}

/** What is left of `records` once those are taken away that this log has already. */
export function newRecords(log: RaftLog, records: readonly LogRecord[]): readonly LogRecord[] {
  const first = records.findIndex((record) => !hasMark(log, record));
  return first < 0 ? [] : records.slice(first);
}

/** True where a record claims a committed place for something else: one of two leaders lies, or a disk has. */
export function contradicts(log: RaftLog, records: readonly LogRecord[]): boolean {
  return records.some(({ index, hash }) => index <= log.commit && (placeAt(log, index)?.hash ?? hash) !== hash);
}

/** True where `records` can follow the record before them in this log: without gap, each hash the chain's. */
export function follows(log: RaftLog, records: readonly LogRecord[]): boolean {
  const first = records[0];
  if (first === undefined) return true;
  const before = placeAt(log, first.index - 1);
  if (before === undefined) return false;
  const epochs = [before.epoch, ...records.map(({ epoch }) => epoch)];
  const isRising = epochs.every((epoch, at) => at === 0 || epoch >= (epochs[at - 1] ?? 0));
  return isRising && isChain({ version: before.index, hash: before.hash }, records);
}

/**
 * Puts records at their places. Others that were there are given up, and with them what a flush under way would have said
 * about those places: it may report bytes that the next flush replaces.
 */
export function withRecords(log: RaftLog, records: readonly LogRecord[]): RaftLog {
  const first = records[0];
  if (first === undefined) return log;
  if (first.index <= log.commit) throw new Error(`record ${first.index} would replace a committed one`);
  const kept = first.index > lastOf(log).index ? log : cutAfter(log, first.index - 1);
  const all = [...kept.records, ...records];
  const named = records.findLast(({ entry }) => electorateOf(entry) !== undefined);
  const electorate = named === undefined ? undefined : electorateOf(named.entry);
  if (named === undefined || electorate === undefined) return { ...kept, records: all };
  return { ...kept, records: all, electorate, electorateAt: named.index };
}

function cutAfter(log: RaftLog, index: number): RaftLog {
  const records = log.records.slice(0, index - log.base.index);
  return {
    ...log,
    records,
    ...(log.electorateAt > index ? electorateIn(log.base, records) : {}),
    stable: Math.min(log.stable, index),
    writing: log.writing.map(({ ticket, upTo }) => ({ ticket, upTo: Math.min(upTo, index) })),
  };
}

/** Notes that everything appended so far is on its way to the disk, under a ticket. */
export function underWay(log: RaftLog): RaftLog {
  const writing = { ticket: log.nextTicket, upTo: lastOf(log).index };
  // The oldest tickets may be forgotten: flushes are made in order, and a later one says all that they would.
  return {
    ...log,
    nextTicket: log.nextTicket + 1,
    writing: [...log.writing, writing].slice(-LIMITS.raftWritesMax),
  };
}

/** The flush of `ticket` is done, and so are all before it. */
export function flushed(log: RaftLog, ticket: number): RaftLog {
  const done = log.writing.filter((writing) => writing.ticket <= ticket);
  const stable = Math.max(log.stable, ...done.map(({ upTo }) => upTo));
  return done.length === 0 ? log : { ...log, stable, writing: log.writing.slice(done.length) };
}

/** Commits up to `index`, and forgets records that peers have had time enough to fetch. */
export function committedTo(log: RaftLog, index: number, window: number): RaftLog {
  const next = { ...log, commit: index };
  // Cut only now and then, so that an append does not pay for it each time.
  return Math.min(index, log.stable) - log.base.index >= 2 * window ? rebased(next, index - window) : next;
}

function rebased(log: RaftLog, wanted: number): RaftLog {
  const index = Math.min(wanted, log.commit, log.stable);
  const place = placeAt(log, index);
  if (place === undefined) return log;
  const { electorate } = electorateIn(log.base, log.records.slice(0, index - log.base.index));
  const base = { index, epoch: place.epoch, hash: place.hash, electorate };
  return { ...log, base, records: log.records.slice(index - log.base.index) };
}

/**
 * The log after this node took over everything up to `base` by another way. What it has beyond is kept only if it follows.
 */
export function jumpedTo(log: RaftLog, base: Base): RaftLog {
  if (placeAt(log, base.index)?.epoch !== base.epoch)
    return { ...openLog(base, [], base.index), nextTicket: log.nextTicket };
  const records = log.records.slice(base.index - log.base.index);
  return {
    ...log,
    ...electorateIn(base, records),
    base,
    records,
    commit: Math.max(log.commit, base.index),
    stable: Math.max(log.stable, base.index),
  };
}
