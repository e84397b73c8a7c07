import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Member } from '../../../src/contract/words.ts';
import { unexpired } from '../../../src/organs/consensus/apply.ts';
import { invite, joinRequest, Logbook, memberOf, nodeOf, signerOf } from './logbook.ts';

const refusal = (detail: string) => ({ plan: 'refuse', code: 'refused', detail });

describe('JOIN', () => {
  it('gives the slots n+1, n+2, ... of every tree in the order of joining', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), (n) => {
        const names = Array.from({ length: n }, (_, index) => `node ${index}`);
        const log = new Logbook();
        log.join(...names);
        expect(log.slots()).toEqual(['founder', ...names].map(nodeOf));
        expect(log.slots('ftreeFileMgr')).toEqual(log.slots());
      }),
      { numRuns: 5 },
    );
  });

  it('places a node only in the trees of its own genomes', () => {
    const log = new Logbook();
    const { signer, open } = invite('open', log.now + 1);
    log.add({ type: 'INVITE', invitation: open });
    const request = { ...joinRequest(log.organism, 'a', signer), genomes: ['ftreeFileMgr', 'unknown'] };
    log.propose({ type: 'join', request });
    expect(log.slots()).toEqual([nodeOf('founder')]);
    expect(log.slots('ftreeFileMgr')).toEqual([nodeOf('founder'), nodeOf('a')]);
    const none = { ...joinRequest(log.organism, 'b', signer), genomes: ['unknown'] };
    expect(log.plan({ type: 'join', request: none })).toEqual(refusal('the organism has no tree of these genomes'));
  });

  it('draws a seed of its own for each place, so that nobody chooses its rank', () => {
    const log = new Logbook();
    log.join('a');
    const [, shards] = log.view.trees[log.tree()]?.slots ?? [];
    expect(shards).toMatchObject({ node: nodeOf('a'), weight: 1 });
    expect(shards?.seed).toMatch(/^[\w-]{16}$/);
  });

  it('refuses a key that does not belong to the node id', () => {
    const log = new Logbook();
    const request = joinRequest(log.organism, 'a', null);
    for (const spki of [signerOf('b').spki, `${request.spki}=`, '']) {
      expect(log.plan({ type: 'join', request: { ...request, spki } })).toEqual(
        refusal('the key does not belong to the node id'),
      );
    }
  });

  it('refuses one newcomer past the limit of members, but never one who is a member', () => {
    const log = new Logbook();
    log.join('a');
    const { signer, open } = invite('open', log.now + 1);
    const crowd = (size: number) => {
      const names = Array.from({ length: size }, (_, index) => [`node ${index}`, memberOf('a')] as const);
      return { ...log.view, members: { ...Object.fromEntries(names), [nodeOf('a')]: memberOf('a') } };
    };
    const planIn = (size: number, name: string) => {
      log.views.push({ ...crowd(size), invitations: { [open.id]: open }, trees: log.view.trees });
      const plan = log.plan({ type: 'join', request: joinRequest(log.organism, name, signer, 2) });
      log.views.pop();
      return plan;
    };
    expect(planIn(LIMITS.nodesMax - 2, 'b').plan).toBe('append');
    expect(planIn(LIMITS.nodesMax - 1, 'b')).toEqual(refusal(`the organism has ${LIMITS.nodesMax} members`));
    expect(planIn(LIMITS.nodesMax - 1, 'a').plan).toBe('append');
  });
});

describe('an invitation', () => {
  function invited(uses = 1, expiresInMs = 1_000) {
    const log = new Logbook();
    const { signer, open } = invite('open', log.now + expiresInMs, uses);
    expect(log.propose({ type: 'invite', invitation: open }).plan).toBe('append');
    const ask = (name: string) => log.propose({ type: 'join', request: joinRequest(log.organism, name, signer) });
    return { log, signer, open, ask };
  }

  it('is needed by everybody who is not a member', () => {
    const { log } = invited();
    const request = joinRequest(log.organism, 'a', null);
    expect(log.plan({ type: 'join', request })).toEqual(refusal('an invitation is needed'));
  });

  it('lets in as many as it has uses, and no more', () => {
    const { log, open, ask } = invited(2);
    expect(ask('a').plan).toBe('append');
    expect(log.view.invitations[open.id]).toEqual({ ...open, usesLeft: 1 });
    expect(ask('b').plan).toBe('append');
    expect(log.view.invitations).toEqual({});
    expect(ask('c')).toEqual(refusal('the invitation is unknown or used up'));
  });

  it('is unknown where nobody gave it out', () => {
    const { log } = invited();
    const request = joinRequest(log.organism, 'a', signerOf('never given out'));
    expect(log.plan({ type: 'join', request })).toEqual(refusal('the invitation is unknown or used up'));
  });

  it("expires by the leader's clock", () => {
    const { log, open, ask } = invited();
    log.now = open.expiresAt;
    expect(ask('a')).toEqual(refusal('the invitation has expired'));
    log.now -= 1;
    expect(ask('a').plan).toBe('append');
  });

  it('is signed for one node of one organism', () => {
    const { log, signer, open } = invited();
    const other = joinRequest(log.organism, 'b', signer).invitation;
    const foreign = joinRequest(`${log.organism}x`, 'a', signer).invitation;
    const byAnother = {
      id: open.id,
      signature: joinRequest(log.organism, 'a', signerOf('x')).invitation?.signature ?? '',
    };
    for (const invitation of [other, foreign, byAnother]) {
      const request = { ...joinRequest(log.organism, 'a', signer), invitation };
      expect(log.plan({ type: 'join', request })).toEqual(refusal('the invitation is not signed for this node'));
    }
  });

  it('is given out once: again it changes nothing, whatever was used of it', () => {
    const { log, open, ask } = invited(3);
    ask('a');
    expect(log.plan({ type: 'invite', invitation: open })).toEqual({ plan: 'done' });
  });

  it('must be named by its key and lie in the future', () => {
    const { log, open } = invited();
    const plan = (changes: object) => log.plan({ type: 'invite', invitation: { ...open, ...changes } });
    expect(plan({ id: nodeOf('x') })).toMatchObject({ plan: 'refuse', code: 'malformed' });
    expect(plan({ expiresAt: log.now })).toMatchObject({ plan: 'refuse', code: 'malformed' });
  });

  it('is forgotten when another is given out after it has expired', () => {
    const { log, open } = invited();
    log.now = open.expiresAt + 1;
    const later = invite('later', log.now + 1);
    log.propose({ type: 'invite', invitation: later.open });
    expect(Object.keys(log.view.invitations)).toEqual([later.open.id]);
    expect(unexpired({ [open.id]: open }, open.expiresAt - 1)).toEqual({ [open.id]: open });
  });

  it('is one of a bounded number of open ones', () => {
    const { log, open } = invited();
    const planWith = (count: number) => {
      const others = Array.from({ length: count }, (_, index) => [`i${index}`, open] as const);
      log.views.push({ ...log.view, invitations: Object.fromEntries(others) });
      const plan = log.plan({ type: 'invite', invitation: invite('next', log.now + 9).open });
      log.views.pop();
      return plan;
    };
    expect(planWith(LIMITS.invitationsMax - 1).plan).toBe('append');
    expect(planWith(LIMITS.invitationsMax)).toMatchObject({ plan: 'refuse', code: 'busy' });
  });
});

describe('a member', () => {
  function joined() {
    const log = new Logbook();
    log.join('a', 'b');
    const ret = (name: string, changes: Partial<Member>, from = nodeOf(name)) => {
      const member = memberOf(name, changes);
      const genomes = ['shardTree', 'ftreeFileMgr'];
      return log.propose({ type: 'return', member, genomes, weight: 1 }, { from });
    };
    return { log, ret };
  }

  it('keeps slot and seed when it returns, and is found at its new address', () => {
    const { log, ret } = joined();
    const { trees } = log.view;
    expect(ret('a', { incarnation: 2, urls: ['https://moved:2'] })).toMatchObject({ entry: { type: 'RETURN' } });
    expect(log.view.trees).toBe(trees);
    expect(log.view.members[nodeOf('a')]).toEqual(memberOf('a', { incarnation: 2, urls: ['https://moved:2'] }));
  });

  it('that asks twice changes nothing the second time', () => {
    const { ret } = joined();
    ret('a', { incarnation: 2 });
    expect(ret('a', { incarnation: 2 })).toEqual({ plan: 'done' });
    expect(ret('a', { incarnation: 2, revoked: true })).toEqual({ plan: 'done' });
  });

  it('is superseded by a life of the same key that started later', () => {
    const { log, ret } = joined();
    ret('a', { incarnation: 5 });
    expect(ret('a', { incarnation: 4 })).toMatchObject({ plan: 'refuse', code: 'superseded' });
    const request = joinRequest(log.organism, 'a', null, 4);
    expect(log.plan({ type: 'join', request }, { from: nodeOf('a') })).toMatchObject({ code: 'superseded' });
  });

  it('returns with its own key and for itself only', () => {
    const { ret } = joined();
    expect(ret('a', { spki: signerOf('b').spki })).toEqual(refusal("the key is not the member's"));
    expect(ret('a', { incarnation: 2 }, nodeOf('b'))).toEqual(refusal('a node returns for itself only'));
    expect(ret('stranger', {})).toEqual(refusal('the node is not a member'));
  });

  it('gets new slots, with new seeds, where its own were given away', () => {
    const { log, ret } = joined();
    log.add({ type: 'REPLACE', nodes: [nodeOf('a')], reason: 'dead', moves: movesOut(log, 'a') });
    expect(log.slots()).toEqual([nodeOf('founder'), nodeOf('b')]);
    expect(ret('a', { incarnation: 2 })).toMatchObject({ entry: { type: 'JOIN', joins: [{ invitation: null }] } });
    expect(log.slots()).toEqual(['founder', 'b', 'a'].map(nodeOf));
  });

  it('that lost its slots joins again without an invitation', () => {
    const { log } = joined();
    log.add({ type: 'REPLACE', nodes: [nodeOf('a')], reason: 'dead', moves: movesOut(log, 'a') });
    const request = joinRequest(log.organism, 'a', null, 2);
    expect(log.propose({ type: 'join', request }, { from: nodeOf('a') }).plan).toBe('append');
    expect(log.slots()).toEqual(['founder', 'b', 'a'].map(nodeOf));
  });

  it('is not changed by a request to join that somebody else hands on', () => {
    const { log } = joined();
    const forged = { ...joinRequest(log.organism, 'a', signerOf('x'), 9), urls: ['https://thief:1'] };
    expect(log.plan({ type: 'join', request: forged }, { from: nodeOf('b') })).toEqual({ plan: 'done' });
  });

  it('is a stranger once it has left by its own wish', () => {
    const { log, ret } = joined();
    expect(log.propose({ type: 'leave', node: nodeOf('a') }, { from: nodeOf('a') }).plan).toBe('append');
    expect(log.slots()).toEqual([nodeOf('founder'), nodeOf('b')]);
    expect(log.view.members[nodeOf('a')]).toBeUndefined();
    expect(ret('a', { incarnation: 2 })).toEqual(refusal('the node is not a member'));
    const request = joinRequest(log.organism, 'a', null, 2);
    expect(log.plan({ type: 'join', request }, { from: nodeOf('a') })).toEqual(refusal('an invitation is needed'));
    log.join('a');
    expect(log.slots()).toEqual(['founder', 'b', 'a'].map(nodeOf));
  });

  it('leaves for good even after it lost its slots, and only once', () => {
    const { log } = joined();
    log.add({ type: 'REPLACE', nodes: [nodeOf('a')], reason: 'dead', moves: movesOut(log, 'a') });
    expect(log.propose({ type: 'leave', node: nodeOf('a') })).toMatchObject({ entry: { moves: [] } });
    expect(log.view.members[nodeOf('a')]).toBeUndefined();
    expect(log.plan({ type: 'leave', node: nodeOf('a') })).toEqual({ plan: 'done' });
  });

  it('leaves for itself only', () => {
    const { log } = joined();
    expect(log.plan({ type: 'leave', node: nodeOf('a') }, { from: nodeOf('b') })).toEqual(
      refusal('a node leaves for itself only'),
    );
  });

  it('whose key is revoked neither returns nor joins', () => {
    const { log, ret } = joined();
    log.add({ type: 'REPLACE', nodes: [nodeOf('a')], reason: 'revoked', moves: movesOut(log, 'a') });
    expect(log.view.members[nodeOf('a')]?.revoked).toBe(true);
    expect(ret('a', { incarnation: 2 })).toEqual(refusal('the key is revoked'));
    const request = joinRequest(log.organism, 'a', signerOf('x'), 2);
    expect(log.plan({ type: 'join', request }, { from: nodeOf('a') })).toEqual(refusal('the key is revoked'));
  });
});

function movesOut(log: Logbook, name: string) {
  const plan = log.plan({ type: 'leave', node: nodeOf(name) });
  return plan.plan === 'append' && plan.entry.type === 'REPLACE' ? plan.entry.moves : [];
}
