import { beforeEach, describe, expect, it } from 'vitest';
import type { Promotion } from '../../../src/contract/entries.ts';
import { nextGeneration, ordinalOf } from '../../../src/contract/generation.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { PromotionDraft } from '../../../src/contract/services.ts';
import { promotionClaim, revocationClaim } from '../../../src/contract/warrants.ts';
import type { Json } from '../../../src/contract/words.ts';
import { Logbook, nodeOf, operator, signerOf } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

const founder = nodeOf('founder');

describe('a node that has lost its voters', () => {
  let log: Logbook;
  let organ: LoneOrgan;

  beforeEach(() => {
    log = new Logbook();
    log.join('a', 'b');
    organ = new LoneOrgan('a');
    organ.give('consensus.append', { records: log.records, proof: log.proof() }, founder);
    organ.give('pulse.changed', { node: founder, state: 'dead' });
  });

  function drafted(): PromotionDraft {
    organ.give('consensus.draft', null);
    return organ.effectsOf('reply')[0]?.body as unknown as PromotionDraft;
  }

  function promote(
    changes: Partial<Promotion> = {},
    options: { despiteMajority?: boolean; signer?: typeof operator } = {},
  ) {
    const { despiteMajority = false, signer = operator } = options;
    const claim = { ...drafted().promotion, ...changes };
    const warrant = signer.sign('organism-key', promotionClaim(log.organism, claim));
    return organ.give('consensus.promote', { promotion: { ...claim, warrant }, despiteMajority });
  }

  const refusals = () => organ.effectsOf('refuse').map(({ code }) => code);
  const ends = () =>
    [...organ.store.range('log')].map(([, record]) => (record as { entry: { type: string } }).entry.type).slice(-2);

  it('drafts to go on with those that it holds alive', () => {
    const { promotion, lost, sovereign } = drafted();
    expect(promotion).toMatchObject({ after: log.view.version, hash: log.view.hash, by: nodeOf('a') });
    expect([promotion.keeps, lost, sovereign]).toEqual([[nodeOf('a'), nodeOf('b')].sort(), [founder], false]);
  });

  it('leads at once, alone, and is told so only when that is on the disk', () => {
    promote();
    expect(organ.effectsOf('reply')).toMatchObject([{ body: { version: log.view.version + 1 } }]);
    expect(ends()).toEqual(['PROMOTE', 'LEAD']);
    expect(organ.facts.raft?.role.mode).toBe('leading');
    expect(ordinalOf(organ.facts.raft?.generation ?? 0)).toBe(2);
    // Not proven yet: nothing of it is shown.
    expect(organ.facts.view).toEqual(log.view);
  });

  it('gives up what it had beyond what was proven', () => {
    const tail = new Logbook();
    tail.join('a', 'b');
    tail.add({ type: 'CONFIG', key: 'k', value: 1 });
    const [record] = tail.after(log.records.length);
    const { generation, epoch, version } = log.view;
    const append = {
      type: 'append',
      after: { index: version, epoch },
      records: [record],
      commit: version,
      generation,
      epoch,
    };
    organ.give('consensus.raft', { messages: [append] }, founder);
    expect(ends().at(-1)).toBe('CONFIG');
    promote();
    expect(ends()).toEqual(['PROMOTE', 'LEAD']);
  });

  it.each<[string, Partial<Promotion>, string]>([
    ['for another node', { by: founder }, 'malformed'],
    ['of another version', { after: 2 }, 'conflict'],
    ['of another log', { hash: 'f'.repeat(64) }, 'conflict'],
    ['with a number of its own', { generation: 7 }, 'conflict'],
  ])('refuses a promotion %s', (_, changes, code) => {
    promote(changes);
    expect([refusals(), organ.facts.raft?.role.mode]).toEqual([[code], 'following']);
  });

  it('refuses one that does not keep it, or keeps strangers', () => {
    for (const keeps of [[nodeOf('b')], [nodeOf('a'), nodeOf('stranger')]]) {
      const decision = { ...drafted().promotion, keeps };
      promote({ keeps, generation: nextGeneration(1, decision) });
      expect(refusals()).toEqual(['malformed']);
    }
  });

  it("refuses one that is not signed with the organism's key", () => {
    promote({}, { signer: signerOf('a') });
    expect(refusals()).toEqual(['refused']);
  });

  it('refuses it while a leader with a majority is within reach, unless told', () => {
    organ.give('pulse.sovereignty', { sovereign: true });
    expect(drafted().sovereign).toBe(true);
    promote();
    expect(refusals()).toEqual(['conflict']);
    promote({}, { despiteMajority: true });
    expect([refusals(), organ.facts.raft?.role.mode]).toEqual([[], 'leading']);
  });

  it('is promoted so often, and no more', () => {
    const { view } = organ.facts;
    if (view === null) throw new Error('it has no view');
    const lineage = Array.from({ length: LIMITS.generationsMax }, (_, at) => ({ generation: at + 2, version: 1 }));
    organ.facts = { ...organ.facts, view: { ...view, lineage } };
    promote();
    expect(refusals()).toEqual(['refused']);
    organ.facts = { ...organ.facts, view: { ...view, lineage: lineage.slice(1) } };
    promote();
    expect(refusals()).toEqual([]);
  });

  it('decides again after a fork, which was for an operator to settle', () => {
    organ.facts = { ...organ.facts, forked: true };
    promote();
    expect([organ.facts.forked, organ.facts.raft?.role.mode]).toEqual([false, 'leading']);
  });

  it('has the leader keep so many conflict versions at a time', () => {
    for (const count of [LIMITS.conflictsAtOnce, LIMITS.conflictsAtOnce + 1]) {
      const row = (at: number) => ({ tree: log.tree(), key: `conflict:1-${at}:k`, value: at });
      organ.disk.apply(
        Array.from({ length: count }, (_, at) => ({ table: 'meta' as const, key: `conflict/${at}`, value: row(at) })),
      );
      organ.give('consensus.keepConflicts', null);
      expect(organ.effectsOf('ask')).toHaveLength(LIMITS.conflictsAtOnce);
    }
    const [ask] = organ.effectsOf('ask');
    organ.answer('consensus.keptConflict', founder, { version: 9 }, ask?.tag);
    expect(organ.step.writes).toEqual([{ table: 'meta', key: ask?.tag, remove: true }]);
    organ.answer('consensus.keptConflict', founder, { code: 'no-authority' }, 'conflict/3');
    expect(organ.step.writes ?? []).toEqual([]);
  });
});

describe('a revocation', () => {
  const revoke = (log: Logbook, name: string, signer = operator) =>
    log.propose({
      type: 'revoke',
      node: nodeOf(name),
      warrant: signer.sign('organism-key', revocationClaim(log.organism, nodeOf(name))),
    });

  it("takes the organism's own signature, and bars a member for good", () => {
    const log = new Logbook();
    log.join('a', 'b');
    expect(revoke(log, 'a', signerOf('b'))).toMatchObject({ plan: 'refuse', code: 'refused' });
    expect(revoke(log, 'stranger')).toMatchObject({ plan: 'refuse', code: 'not-found' });
    expect(revoke(log, 'a')).toMatchObject({ entry: { type: 'REPLACE', reason: 'revoked', nodes: [nodeOf('a')] } });
    expect(log.view.members[nodeOf('a')]?.revoked).toBe(true);
    expect(log.slots()).not.toContain(nodeOf('a'));
    expect(revoke(log, 'a')).toEqual({ plan: 'done' });
  });

  it('first votes out who votes, and keeps the last who can', () => {
    const lone = LoneOrgan.leader();
    const warrant = operator.sign('organism-key', revocationClaim(lone.facts.view?.organism ?? '', founder));
    const command = { type: 'revoke', node: founder, warrant } as unknown as Json;
    lone.give('consensus.propose', { command });
    expect(lone.effectsOf('refuse').map(({ code }) => code)).toEqual(['no-authority']);
  });
});
