import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { foundingOf, Logbook, memberOf, nodeOf } from './logbook.ts';
import { LoneOrgan, momentAt } from './lone-organ.ts';

const started = (organ: LoneOrgan) => organ.organ.begin(organ.store, momentAt(0, 'seeking'));

describe('a start from the disk', () => {
  it('finds the very view that was there, between two copies of it as well', () => {
    const log = new Logbook();
    log.join('a');
    const organ = new LoneOrgan('a');
    let copies = 0;
    for (let round = 0; round < LIMITS.viewCheckpointEntries * 2; round++) {
      if (round % 2 === 0) log.add({ type: 'CONFIG', key: `k${round % 7}`, value: round });
      else log.add({ type: 'RETURN', member: memberOf('founder', { incarnation: round }) });
      const { version } = organ.facts.view ?? { version: 0 };
      organ.give('consensus.append', { records: log.after(version), proof: log.proof() }, nodeOf('founder'));
      copies += (organ.step.writes ?? []).filter(({ table, key }) => table === 'meta' && key === 'view').length;
      if (round % 20 === 0) expect(started(organ).facts.view).toEqual(log.view);
    }
    expect(started(organ).facts).toMatchObject({ view: log.view, appended: log.view, proof: log.proof(), trail: [] });
    // The first adoption, and each time that the limit was passed.
    expect(copies).toBe(3);
  });

  it('founds, joins, leads or returns by what disk and options say', () => {
    const begun = (name: string, options: ConstructorParameters<typeof LoneOrgan>[1] = {}) =>
      new LoneOrgan(name, options).signals.map(({ type }) => type);
    const join = { contacts: [nodeOf('founder')], invitation: null };
    expect(begun('founder', { founding: foundingOf() })).toEqual(['consensus.found']);
    expect(begun('a', { join })).toEqual(['consensus.join']);
    expect(begun('a')).toEqual([]);
  });

  it('tells the other organs what is known, before anybody answers', () => {
    const log = new Logbook();
    log.join('a');
    const organ = new LoneOrgan('a');
    organ.give('consensus.append', { records: log.records, proof: log.proof() }, nodeOf('founder'));
    const { effects, signals } = started(organ);
    expect(effects).toEqual([
      { effect: 'emit', kind: 'consensus.led', body: { leader: nodeOf('founder'), epoch: 1 } },
      {
        effect: 'emit',
        kind: 'consensus.committed',
        body: { view: log.view, previous: log.view, records: [], proof: log.proof() },
      },
    ]);
    expect(signals).toEqual([{ type: 'consensus.resume' }]);
  });

  it('of the leader goes on where its disk ends, proven or not', () => {
    const leader = LoneOrgan.leader();
    leader.give('consensus.propose', { command: { type: 'config', key: 'k', value: 1 } });
    // The entry is flushed, but the node died before it vouched for it.
    const again = started(leader);
    expect(again.facts.view?.version).toBe(2);
    expect(again.facts.appended).toMatchObject({ version: 4, epoch: 3, config: { k: 1 } });
    expect(again.signals).toEqual([{ type: 'consensus.resume' }]);
  });
});
