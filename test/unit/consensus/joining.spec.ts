import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { NodeId } from '../../../src/contract/words.ts';
import { invite, joinRequest, nodeOf, signerOf } from './logbook.ts';
import { LoneOrgan } from './lone-organ.ts';

const { signer, open } = invite('crowd', 9_999_999, 1_000);
let leader: LoneOrgan;

beforeEach(() => {
  leader = LoneOrgan.leader();
  leader.give('consensus.propose', { command: { type: 'invite', invitation: open } }).flush();
});

const view = () => {
  if (leader.facts.view === null) throw new Error('the founding is proven');
  return leader.facts.view;
};
const ask = (name: string, from: string = name) =>
  leader.give('consensus.join', joinRequest(view().organism, name, signer), nodeOf(from));
/** What each JOIN of the leader's log let in, entry by entry. */
const entries = (): NodeId[][] =>
  leader.facts.recent.flatMap(({ entry }) =>
    entry.type === 'JOIN' ? [entry.joins.map(({ member }) => member.node)] : [],
  );
const slots = () => Object.values(view().trees).map((map) => map.slots.map(({ node }) => node));
const answers = () => leader.effectsOf('answer').map(({ outcome }) => outcome);

describe('newcomers that ask together', () => {
  it('are let in by two entries: the first at once, all that ask during its flush by the next', () => {
    const names = Array.from({ length: 40 }, (_, index) => `cell ${index}`);
    for (const name of names) {
      ask(name);
      expect(leader.effects[0]).toMatchObject({ effect: 'defer' });
    }
    expect(leader.facts.trail).toHaveLength(1);
    leader.prove();
    expect(answers()).toEqual([{ ok: true, body: { version: 4 } }]);
    leader.prove();
    expect(answers()).toEqual(Array.from({ length: 39 }, () => ({ ok: true, body: { version: 5 } })));
    const nodes = names.map(nodeOf);
    expect(entries()).toEqual([nodes.slice(0, 1), nodes.slice(1)]);
    for (const occupants of slots()) expect(occupants).toEqual([nodeOf('founder'), ...nodes]);
    expect(leader.facts).toMatchObject({ gathered: [], waiting: [], proving: false });
    expect(view().invitations[open.id]?.usesLeft).toBe(1_000 - 40);
  });

  it('gather also while another kind of entry is on its way', () => {
    leader.give('consensus.propose', { command: { type: 'config', key: 'k', value: 1 } });
    ask('a');
    ask('b');
    leader.flush();
    expect(entries()).toEqual([[nodeOf('a'), nodeOf('b')]]);
  });

  it('are as many as one entry takes; the next one is asked to come back', () => {
    ask('first');
    for (let index = 0; index < LIMITS.joinBatchMax; index++) ask(`cell ${index}`);
    expect(leader.facts.gathered).toHaveLength(LIMITS.joinBatchMax);
    ask('one too many');
    expect(leader.effects).toMatchObject([{ effect: 'refuse', code: 'busy', retryAfterMs: expect.any(Number) }]);
    leader.flush();
    expect(entries().map((nodes) => nodes.length)).toEqual([1, LIMITS.joinBatchMax]);
  });

  it('are judged one after the other: what one takes is not there for the next', () => {
    const two = invite('two', 9_999_999, 2);
    leader.give('consensus.propose', { command: { type: 'invite', invitation: two.open } }).flush();
    const with2 = (name: string) =>
      leader.give('consensus.join', joinRequest(view().organism, name, two.signer), nodeOf(name));
    ask('first');
    for (const name of ['a', 'b', 'c', 'd']) with2(name);
    leader.give('consensus.join', joinRequest(view().organism, 'e', null), nodeOf('e'));
    leader.prove();
    const used = { ok: false, code: 'refused', detail: 'the invitation is unknown or used up' };
    expect(answers().filter(({ ok }) => !ok)).toEqual([
      used,
      used,
      { ok: false, code: 'refused', detail: 'an invitation is needed' },
    ]);
    leader.flush();
    expect(entries().at(-1)).toEqual(['a', 'b'].map(nodeOf));
    expect(view().invitations[two.open.id]).toBeUndefined();
  });

  it('are let in once where they asked over several contacts, and every question is answered', () => {
    ask('first');
    ask('a');
    ask('b', 'contact');
    ask('a', 'contact');
    ask('a');
    leader.prove();
    leader.prove();
    expect(answers()).toEqual(Array.from({ length: 4 }, () => ({ ok: true, body: { version: 5 } })));
    expect(entries().at(-1)).toEqual(['a', 'b'].map(nodeOf));
  });

  it('are answered without an entry where all of them were members already', () => {
    ask('a');
    leader.flush();
    leader.give('consensus.propose', { command: { type: 'config', key: 'k', value: 1 } });
    ask('a');
    const { version } = view();
    leader.prove();
    expect(answers()).toEqual(Array.from({ length: 2 }, () => ({ ok: true, body: { version: version + 1 } })));
    expect(leader.facts).toMatchObject({ trail: [], waiting: [], gathered: [] });
  });

  it('have the same places, whatever gathered with whom', () => {
    const names = Array.from({ length: 12 }, (_, index) => `cell ${index}`);
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (flushes) => {
        leader = LoneOrgan.leader();
        leader.give('consensus.propose', { command: { type: 'invite', invitation: open } }).flush();
        for (const [index, name] of names.entries()) {
          ask(name);
          if (flushes[index] === true) leader.prove();
        }
        leader.flush();
        for (const occupants of slots()) expect(occupants).toEqual(['founder', ...names].map(nodeOf));
        const seeds = Object.values(view().trees).flatMap((map) => map.slots.map(({ seed }) => seed));
        expect(new Set(seeds).size).toBe(seeds.length);
        expect(signerOf('cell 3').node in view().members).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
