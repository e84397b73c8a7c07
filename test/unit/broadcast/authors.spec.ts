import { describe, expect, it } from 'vitest';
import { treeName } from '../../stage/organism.ts';
import { Chorus, TREE } from './chorus.ts';

describe('what is not the author’s own', () => {
  const forward = (chorus: Chorus, change: object) => {
    const message = {
      id: '1',
      tree: TREE,
      kind: 'broadcast.told',
      body: { topic: 'test', body: 'forged', late: true },
      author: { node: chorus.at(1), incarnation: 1, signature: 'none', expiresAt: Number.MAX_SAFE_INTEGER },
      ...change,
    };
    let landings: unknown;
    const body = { parcels: [{ message, wave: 'below', countMs: 0, ageMs: 0 }], tallies: [] };
    chorus.stage.request(chorus.at(2), 'broadcast.forward', body, (outcome) => {
      if (outcome.ok) ({ landings } = outcome.body as { landings: unknown });
    });
    chorus.stage.advance(2_000);
    return landings;
  };

  it('is neither delivered nor passed on', () => {
    const chorus = new Chorus({ nodes: 9 });
    expect(forward(chorus, {})).toEqual(['refused']);
    expect(chorus.nodes.flatMap((node) => chorus.heard(node))).toEqual([]);
  });

  it('nor is what has expired, or is for a tree in which the cell has no place', () => {
    const chorus = new Chorus({ nodes: 9 });
    const author = { node: chorus.at(1), incarnation: 1, signature: 'none', expiresAt: 1 };
    expect(forward(chorus, { author })).toEqual(['refused']);
    expect(forward(chorus, { tree: treeName('other') })).toEqual(['refused']);
  });

  it('nor is anything of a member whose key was revoked', () => {
    const chorus = new Chorus({ nodes: 5 });
    const author = chorus.at(3);
    const member = chorus.view.members[author];
    if (member === undefined) throw new Error('no such member');
    const members = { ...chorus.view.members, [author]: { ...member, revoked: true } };
    const others = chorus.nodes.filter((node) => node !== author);
    chorus.commit({ ...chorus.view, version: 2, members }, ...others);
    chorus.tell(author, 'let me in', false);
    chorus.stage.advance(5_000);
    expect(others.flatMap((node) => chorus.heard(node))).toEqual([]);
  });
});
