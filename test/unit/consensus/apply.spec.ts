import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../src/contract/entries.ts';
import type { View } from '../../../src/contract/words.ts';
import { applyRecord } from '../../../src/organs/consensus/apply.ts';
import { nextRecord } from '../../../src/organs/consensus/records.ts';
import { foundingOf, Logbook, memberOf, nodeOf } from './logbook.ts';

/** A log with every kind of entry in it. */
function fullLog(): Logbook {
  const log = new Logbook();
  log.join('a', 'b', 'c');
  log.propose({ type: 'set', tree: log.tree(), writes: [{ key: 'x', expected: 0, value: 1 }] });
  log.propose({ type: 'return', member: memberOf('b', { incarnation: 2 }), genomes: ['shardTree'], weight: 1 });
  log.propose({ type: 'leave', node: nodeOf('a') });
  log.propose({ type: 'config', key: 'pace', value: 'slow' });
  log.propose({ type: 'set', tree: log.tree(), writes: [{ key: 'x', expected: 8, value: null }] });
  log.add({ type: 'VOTERS', voters: [nodeOf('founder'), nodeOf('c')] });
  log.add({ type: 'REPLACE', nodes: [], reason: 'dead', moves: [] });
  return log;
}

const log = fullLog();

function replay(from: View | null, records: readonly LogRecord[]): View | null {
  return records.reduce<View | null>((view, record) => applyRecord(view, record).view, from);
}

describe('applying the log', () => {
  it('leads to the same view from the start, however often it was interrupted', () => {
    fc.assert(
      fc.property(fc.nat({ max: log.records.length }), fc.nat({ max: log.records.length }), (first, again) => {
        const half = replay(null, log.records.slice(0, first));
        // What came before is read again, as after a crash that lost the note of how far it had got.
        const resumed = replay(half, log.records.slice(half === null ? 0 : Math.min(first, again)));
        expect(resumed).toEqual(log.view);
      }),
    );
  });

  it('twice changes nothing the second time, and writes nothing', () => {
    for (const record of log.records) {
      expect(applyRecord(log.view, record)).toEqual({ view: log.view, writes: [] });
    }
  });

  it('carries generation, epoch, version and hash of each record', () => {
    for (const [index, { generation, epoch, hash }] of log.records.entries()) {
      expect(log.views[index]).toMatchObject({ generation, epoch, version: index + 1, hash });
    }
  });

  it('writes registers with a SET and nothing else, which leaves everything but the version alone', () => {
    const viewBefore = (record: LogRecord): View | null => log.views[record.index - 2] ?? null;
    for (const record of log.records) {
      const { view, writes } = applyRecord(viewBefore(record), record);
      expect(writes.length > 0).toBe(record.entry.type === 'SET');
      const { version: _v, hash: _h, ...same } = viewBefore(record) ?? view;
      if (record.entry.type === 'SET') expect(view).toMatchObject(same);
    }
  });

  it('leaves alone what an entry does not name, so that views can share it', () => {
    const set = log.records.findIndex(({ entry }) => entry.type === 'SET');
    expect(log.views[set]?.trees).toBe(log.views[set - 1]?.trees);
    expect(log.views[set]?.members).toBe(log.views[set - 1]?.members);
    const config = log.records.findIndex(({ entry }) => entry.type === 'CONFIG');
    expect(log.views[config]?.trees).toBe(log.views[config - 1]?.trees);
  });

  it('starts with the founder in slot 1 of every tree, alone, and as the one voter', () => {
    const first = applyRecord(null, log.records[0] as LogRecord).view;
    const occupants = Object.values(first.trees).map((map) => map.slots);
    expect(occupants).toEqual([
      [{ node: nodeOf('founder'), weight: 1, seed: 'seed-shards' }],
      [{ node: nodeOf('founder'), weight: 1, seed: 'seed-files' }],
    ]);
    expect(first).toMatchObject({ voters: [nodeOf('founder')], genomes: ['shardTree', 'ftreeFileMgr'] });
  });

  it('stops at once where its caller left a gap, or begins in the middle', () => {
    const [first, , third] = log.records as [LogRecord, LogRecord, LogRecord];
    expect(() => applyRecord(applyRecord(null, first).view, third)).toThrow('record 3 does not follow version 1');
    expect(() => applyRecord(null, third)).toThrow('a log starts with FOUND');
  });

  it('takes several newcomers of one JOIN in their order', () => {
    const solo = new Logbook();
    const joins = ['a', 'b'].map((name, index) => ({
      member: memberOf(name),
      places: [{ tree: solo.tree(), slot: index + 2, weight: 2, seed: name }],
      invitation: null,
    }));
    solo.add({ type: 'JOIN', joins });
    expect(solo.slots()).toEqual(['founder', 'a', 'b'].map(nodeOf));
    expect(solo.view.trees[solo.tree()]?.version).toBe(2);
    expect(solo.view.trees[solo.tree('ftreeFileMgr')]?.version).toBe(1);
  });

  it('ignores a second founding, which only a lying leader can write', () => {
    const solo = new Logbook();
    const before = solo.view;
    const { view } = applyRecord(before, nextRecord(before, foundingOf('thief'), 1, 0));
    expect({ ...view, version: 1, hash: before.hash }).toEqual(before);
  });
});
