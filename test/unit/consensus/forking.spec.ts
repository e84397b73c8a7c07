import { beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../src/contract/entries.ts';
import type { Json, Proof } from '../../../src/contract/words.ts';
import { proofClaim } from '../../../src/organs/consensus/records.ts';
import { Logbook, nodeOf, signerOf } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

const founder = nodeOf('founder');
const PROPOSAL = { command: { type: 'config', key: 'k', value: 1 } };
let log: Logbook;
let organ: LoneOrgan;

/** Two logs with the same beginning, of which the second went on differently: the one disk was an old one. */
beforeEach(() => {
  log = new Logbook();
  log.join('a', 'b');
  for (let value = 0; value < 3; value++) log.add({ type: 'CONFIG', key: 'k', value });
  organ = new LoneOrgan('a');
  organ.give('consensus.append', { records: log.records, proof: log.proof() }, founder);
});

function branch(length: number, ...values: readonly number[]): Logbook {
  const other = new Logbook();
  for (const { entry } of log.records.slice(1, length)) other.add(entry);
  for (const value of values) other.add({ type: 'CONFIG', key: 'other', value });
  return other;
}

const append = (records: readonly LogRecord[], proof: Proof) =>
  organ.give('consensus.append', { records, proof }, founder);
const told = () => organ.effectsOf('emit').map(({ kind, body }) => [kind, body]);
const refusals = () => organ.effectsOf('refuse').map(({ code }) => code);

describe('two proofs for one version', () => {
  it.each([
    ['the newest one', 0],
    ['an earlier one', 2],
  ])('of %s convict who signed both, and whoever sees them follows nobody any more', (_which, back) => {
    const length = log.records.length - back;
    const other = branch(length - 1, 7);
    append(other.after(length - 1), other.proof());
    expect(organ.effectsOf('refuse')).toEqual([
      { effect: 'refuse', code: 'forked', detail: expect.any(String), body: { proof: log.proof() } },
    ]);
    expect(told()).toEqual([['consensus.forked', { version: length, signers: [founder] }]]);
    expect(organ.facts.view).toEqual(log.view);
    for (const [kind, body] of [
      ['consensus.propose', PROPOSAL],
      ['consensus.read', null],
    ] as const) {
      organ.give(kind, body);
      expect([refusals(), organ.effectsOf('ask')]).toEqual([['no-authority'], []]);
    }
  });

  it('convict nobody who has signed one of them only', () => {
    const other = branch(log.records.length - 1, 7);
    const { signatures, ...claim } = other.proof();
    const more = { node: nodeOf('b'), signature: signerOf('b').sign('view', proofClaim(claim)) };
    append(other.after(log.records.length - 1), { ...claim, signatures: [...signatures, more] });
    expect(told()).toEqual([['consensus.forked', { version: log.records.length, signers: [founder] }]]);
  });

  it('are told once, and refused each time', () => {
    const other = branch(3, 7, 8);
    for (const version of [4, 5]) append(other.after(version - 1).slice(0, 1), other.proof(version));
    expect([refusals(), told()]).toEqual([['forked'], []]);
  });

  it('are none where the voters did not sign one of them, and none where both say the same', () => {
    const other = branch(3, 7);
    append(other.after(3), other.proof(4, signerOf('b')));
    append(log.after(3).slice(0, 1), log.proof(4));
    append(log.records, log.proof());
    expect([refusals(), told(), organ.facts.forked]).toEqual([[], [], false]);
  });

  it('are none in different generations, of which the higher one holds', () => {
    const other = branch(3, 7);
    append(other.after(3), { ...other.proof(), generation: 0 });
    expect([refusals(), organ.facts.forked]).toEqual([[], false]);
  });

  it('end the waiting of those who hoped for a decision', () => {
    organ.give('consensus.propose', PROPOSAL);
    const [ask] = organ.effectsOf('ask');
    organ.answer('consensus.forwarded', founder, { version: log.view.version + 1 }, ask?.tag);
    expect(organ.facts.waiting).toHaveLength(1);
    append(branch(3, 7).after(3), branch(3, 7).proof());
    expect(organ.effectsOf('answer')).toEqual([
      { effect: 'answer', token: String(ask?.tag), outcome: expect.objectContaining({ code: 'no-authority' }) },
    ]);
  });
});

describe('a leader that is shown a proof of its own', () => {
  let leader: LoneOrgan;
  /** What everybody else has, of the same founding: one entry more than the leader's disk. */
  let newer: Logbook;
  const refuse = (proof: unknown) =>
    leader.answer('consensus.flushed', nodeOf('a'), { code: 'forked', body: { proof } as Json } as never);

  beforeEach(() => {
    leader = LoneOrgan.leader();
    newer = new Logbook();
    for (let value = 0; value < 3; value++) newer.add({ type: 'CONFIG', key: 'k', value });
    leader.give('consensus.propose', { command: { type: 'config', key: 'other', value: 1 } }).flush();
  });

  it.each([
    ['for another entry at a version that it has', 2],
    ['for a version that it does not have any more', 4],
  ])('%s leads no more', (_what, version) => {
    refuse(newer.proof(version));
    expect(leader.effectsOf('emit')).toEqual([
      { effect: 'emit', kind: 'consensus.forked', body: { version, signers: [founder] } },
    ]);
    leader.give('consensus.propose', PROPOSAL);
    expect(leader.effectsOf('refuse')).toMatchObject([{ code: 'no-authority' }]);
    leader.give('pulse.condemned', { nodes: [nodeOf('a')] });
    expect(leader.effects).toEqual([]);
  });

  it('that says the same, that somebody else signed, or that is none, leads on', () => {
    const { proof } = leader.facts;
    const forged = newer.proof(4, signerOf('b'));
    for (const evidence of [proof, forged, null, {}, { ...forged, signatures: [null] }, 'proof', undefined]) {
      refuse(evidence);
      expect([leader.facts.forked, leader.effectsOf('emit')]).toEqual([false, []]);
    }
    leader.answer('consensus.flushed', nodeOf('a'), { code: 'forked' });
    expect(leader.facts.forked).toBe(false);
  });
});
