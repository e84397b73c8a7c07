import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, LogRecord } from '../../../../src/contract/entries.ts';
import { LIMITS } from '../../../../src/contract/limits.ts';
import { NOBODY } from '../../../../src/organs/consensus/raft/electorate.ts';
import {
  committedTo,
  contradicts,
  flushed,
  follows,
  hasMark,
  jumpedTo,
  lastNotAfter,
  lastOf,
  newRecords,
  openElectorates,
  openLog,
  placeAt,
  type RaftLog,
  underWay,
  withRecords,
} from '../../../../src/organs/consensus/raft/log.ts';
import { hashRecord, ROOT_HASH } from '../../../../src/organs/consensus/records.ts';
import { electorateAfter } from './disk.ts';

const START = { index: 0, epoch: 0, hash: ROOT_HASH, electorate: NOBODY };

/** Records of these epochs, after `before`; every third one names voters. */
function chained(before: { index: number; hash: string }, epochs: readonly number[], salt = 0): LogRecord[] {
  const records: LogRecord[] = [];
  let { index, hash } = before;
  for (const epoch of epochs) {
    index += 1;
    const entry: Entry =
      index % 3 === 0
        ? { type: 'VOTERS', voters: [`v${index}-${epoch}`] }
        : { type: 'CONFIG', key: 'k', value: `${index}@${epoch}-${salt}` };
    const record = { generation: 1, epoch, index, at: 0, entry };
    hash = hashRecord(hash, record);
    records.push({ ...record, hash });
  }
  return records;
}

const rising = fc.array(fc.nat(2), { minLength: 1, maxLength: 12 }).map((steps) => {
  let epoch = 1;
  return steps.map((step) => {
    epoch += step;
    return epoch;
  });
});

const logOf = (epochs: readonly number[], commit = 0): RaftLog => openLog(START, chained(START, epochs), commit);

describe('the end of a log', () => {
  it('calls stable only what a crash right now would leave, however appends, cuts and flushes follow each other', () => {
    const moves = fc.array(fc.record({ cut: fc.nat(3), add: fc.integer({ min: 1, max: 3 }), flush: fc.nat(2) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(moves, (list) => {
        let log = openLog(START, [], 0);
        let disk: readonly LogRecord[] = [];
        const queue: { ticket: number; from: number; records: readonly LogRecord[] }[] = [];
        for (const [at, { cut, add, flush }] of list.entries()) {
          const from = Math.max(0, lastOf(log).index - cut);
          const place = placeAt(log, from) ?? START;
          const records = chained(
            place,
            Array.from({ length: add }, () => at + 1),
            at,
          );
          log = underWay(withRecords(log, records));
          queue.push({ ticket: log.nextTicket - 1, from, records });
          for (const write of queue.splice(0, flush)) {
            disk = [...disk.slice(0, write.from), ...write.records];
            log = flushed(log, write.ticket);
          }
          // Whatever is still under way may or may not make it: the stable part must be there in either case.
          let later = disk;
          for (const write of [undefined, ...queue]) {
            if (write !== undefined) later = [...later.slice(0, write.from), ...write.records];
            for (let index = 1; index <= log.stable; index++)
              expect(later[index - 1]?.hash).toBe(placeAt(log, index)?.hash);
          }
        }
        for (const { ticket } of queue) log = flushed(log, ticket);
        expect(log.stable).toBe(lastOf(log).index);
      }),
    );
  });

  it('knows the electorate of its last record, through cuts, trims and jumps', () => {
    fc.assert(
      fc.property(rising, fc.nat(12), fc.nat(12), fc.integer({ min: 1, max: 4 }), (epochs, at, commit, window) => {
        const records = chained(START, epochs);
        const committed = committedTo(openLog(START, records, 0), Math.min(commit, records.length), window);
        expect(committed.electorate).toEqual(electorateAfter(START, records));
        expect(committed.base.electorate).toEqual(electorateAfter(START, records.slice(0, committed.base.index)));
        const cut = Math.max(committed.commit, Math.min(at, records.length));
        const other = chained(placeAt(committed, cut) ?? START, [99, 99], 1);
        const replaced = withRecords(committed, other);
        expect(replaced.electorate).toEqual(electorateAfter(START, [...records.slice(0, cut), ...other]));
        const base = { ...(other[0] as LogRecord), electorate: { voters: ['jumped'], leaving: [] } };
        expect(jumpedTo(committed, base).electorate).toEqual(base.electorate);
      }),
    );
  });

  it('keeps so many committed records at hand as its window, at least, and twice as many at most', () => {
    for (let commit = 0; commit <= 12; commit++) {
      const log = committedTo(logOf(Array.from({ length: 12 }, () => 1)), commit, 3);
      expect(log.commit - log.base.index).toBeLessThan(6);
      expect(log.commit - log.base.index).toBeGreaterThanOrEqual(Math.min(3, commit));
      expect(lastOf(log).index).toBe(12);
    }
  });

  it('puts no record away that is not on the disk yet', () => {
    const written = { ...logOf([1, 1, 1, 1, 1, 1, 1, 1]), stable: 1 };
    expect(committedTo(written, 8, 2).base.index).toBe(0);
  });

  it('keeps its tail over a jump only where the two agree', () => {
    const log = logOf([1, 1, 2, 2]);
    const agreed = { ...(log.records[2] as LogRecord), electorate: NOBODY };
    expect(lastOf(jumpedTo(log, agreed)).index).toBe(4);
    const other = { ...agreed, epoch: 3, hash: 'f'.repeat(64) };
    expect(jumpedTo(log, other)).toMatchObject({ records: [], commit: 3, stable: 3 });
    const beyond = { ...agreed, index: 9 };
    expect(jumpedTo(log, beyond)).toMatchObject({ base: { index: 9 }, records: [], commit: 9 });
  });

  it("names an index beyond which two logs can't be alike, and none before the last that is", () => {
    fc.assert(
      fc.property(rising, rising, fc.nat(12), (one, two, same) => {
        const shared = chained(START, one).slice(0, Math.min(same, one.length));
        const lastShared = shared.at(-1)?.epoch ?? 1;
        const tail = two.map((epoch) => epoch + lastShared);
        const mine = openLog(START, chained(START, one), 0);
        const yours = openLog(START, [...shared, ...chained(shared.at(-1) ?? START, tail, 1)], 0);
        const asked = lastOf(yours);
        const hint = lastNotAfter(mine, asked, 0);
        const answer = lastNotAfter(yours, { index: hint, epoch: placeAt(mine, hint)?.epoch ?? 0 }, 0);
        const alike = (index: number): boolean => placeAt(mine, index)?.hash === placeAt(yours, index)?.hash;
        let common = 0;
        while (common < Math.min(lastOf(mine).index, asked.index) && alike(common + 1)) common += 1;
        expect(hint).toBeGreaterThanOrEqual(common);
        expect(answer).toBeGreaterThanOrEqual(common);
        expect(answer).toBeLessThanOrEqual(hint);
      }),
    );
  });

  it('takes away what it has already, and nothing else', () => {
    const log = logOf([1, 1, 2, 3]);
    expect(newRecords(log, log.records)).toEqual([]);
    const other = chained(log.records[1] as LogRecord, [2, 4], 0);
    expect(newRecords(log, [...log.records.slice(0, 2), ...other]).map(({ index }) => index)).toEqual([4]);
    expect(hasMark(log, { index: 3, epoch: 2 })).toBe(true);
    expect(hasMark(log, { index: 3, epoch: 1 })).toBe(false);
    expect(hasMark(log, { index: 5, epoch: 3 })).toBe(false);
  });

  it("refuses records that don't hold together, or that contradict what is committed", () => {
    const log = logOf([1, 1, 2, 3], 2);
    const next = chained(lastOf(log), [3, 4]);
    expect(follows(log, next)).toBe(true);
    expect(follows(log, [])).toBe(true);
    expect(follows(log, next.slice(1))).toBe(false);
    expect(follows(log, next.toReversed())).toBe(false);
    expect(follows(log, chained({ index: 4, hash: ROOT_HASH }, [4]))).toBe(false);
    expect(follows(log, chained(lastOf(log), [2]))).toBe(false);
    expect(contradicts(log, log.records)).toBe(false);
    expect(contradicts(log, chained(START, [1, 1], 7))).toBe(true);
    expect(() => withRecords(log, chained(placeAt(log, 1) ?? START, [5]))).toThrow('committed');
  });

  it('names every electorate that may be in force', () => {
    const log = logOf([1, 1, 1, 1, 1, 2]);
    const open = (commit: number): (readonly string[])[] =>
      openElectorates({ ...log, commit }).map(({ voters }) => voters);
    expect(open(2)).toEqual([[], ['v3-1'], ['v6-2']]);
    expect(open(3)).toEqual([['v3-1'], ['v6-2']]);
    expect(open(6)).toEqual([['v6-2']]);
  });

  it('tells so many flushes apart as the limit says, and loses nothing beyond it', () => {
    let log = openLog(START, [], 0);
    for (let count = 0; count <= LIMITS.raftWritesMax; count++)
      log = underWay(withRecords(log, chained(lastOf(log), [1])));
    expect(log.writing).toHaveLength(LIMITS.raftWritesMax);
    expect(flushed(log, 1).stable).toBe(0);
    expect(flushed(log, 2).stable).toBe(2);
    expect(flushed(log, log.nextTicket - 1)).toMatchObject({ stable: LIMITS.raftWritesMax + 1, writing: [] });
  });
});
