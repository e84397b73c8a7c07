import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { makeView, nodeName } from '../../stage/organism.ts';
import { Chorus, TREE } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a cell that comes later', () => {
  it('hears what is retained, in order, and everything after', () => {
    const chorus = new Chorus({ nodes: 12 });
    for (const number of counting(3)) chorus.tell(chorus.at(2), number, false);
    chorus.stage.advance(2_000);
    chorus.stage.crash(chorus.at(12));
    chorus.start(chorus.at(12), 2);
    const told = chorus.stage.told.length;
    chorus.stage.advance(20_000);
    chorus.tell(chorus.at(2), 'new', false);
    chorus.stage.advance(20_000);
    const heard = chorus.stage.told.slice(told).filter(({ node }) => node === chorus.at(12));
    expect(heard.map(({ body }) => (body as { body: unknown }).body)).toEqual([0, 1, 2, 'new']);
    expect(chorus.stage.mode(chorus.at(12), 'broadcast')).toBe('relaying');
  });

  it.each([
    ['goes on counting when only its organ was restarted', 1],
    ['counts anew in its next life', 2],
  ])('%s, and is heard at once', (_name, incarnation) => {
    const chorus = new Chorus({ nodes: 5 });
    for (const word of ['one', 'two']) chorus.tell(chorus.at(3), word, false);
    chorus.stage.advance(1_000);
    chorus.stage.crash(chorus.at(3));
    chorus.start(chorus.at(3), incarnation, chorus.stage.storeOf(chorus.at(3)));
    chorus.stage.advance(1_000);
    chorus.tell(chorus.at(3), 'three', false);
    chorus.stage.advance(LIMITS.broadcastGapMs / 2);
    expect(chorus.heard(chorus.at(5))).toEqual(['one', 'two', 'three']);
  });

  it('is told in order what is older, whatever reaches it before it knows where to begin', () => {
    const chorus = new Chorus({ nodes: 5 });
    for (const number of counting(3)) chorus.tell(chorus.at(1), number, false);
    chorus.stage.advance(2_000);
    const late = chorus.at(5);
    // Nobody answers it for a while, but it can be heard.
    chorus.stage.link = (from, to) => from !== late && !(to === late && chorus.stage.now < 5_000);
    chorus.stage.crash(late);
    chorus.start(late, 2);
    const told = chorus.stage.told.length;
    chorus.stage.advance(1_100);
    chorus.stage.link = (from) => from !== late;
    chorus.tell(chorus.at(1), 'new', false);
    const marks = [{ origin: chorus.at(1), incarnation: 1, after: 0, number: 3 }];
    chorus.stage.request(late, 'broadcast.digest', { tree: TREE, marks, all: false }, () => undefined);
    chorus.stage.advance(100);
    expect(chorus.stage.mode(late, 'broadcast')).toBe('syncing');
    chorus.stage.link = () => true;
    chorus.stage.advance(60_000);
    const heard = chorus.stage.told.slice(told).filter(({ node }) => node === late);
    expect(heard.map(({ body }) => (body as { body: unknown }).body)).toEqual([0, 1, 2, 'new']);
  });

  it('delivers what reaches it while it is still asking where to begin', () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.stage.advance(1_000);
    chorus.stage.crash(chorus.at(5));
    chorus.start(chorus.at(5), 2);
    expect(chorus.stage.mode(chorus.at(5), 'broadcast')).toBe('syncing');
    chorus.tell(chorus.at(1), 'just now', false);
    chorus.stage.advance(5_000);
    expect(chorus.heard(chorus.at(5))).toEqual(['just now']);
  });

  it('waits for a slot before it takes part', () => {
    const chorus = new Chorus({ nodes: 3 });
    const late = nodeName(4);
    const members = [...chorus.nodes, late];
    chorus.view = makeView(members, { trees: { shardTree: chorus.nodes }, version: 2 });
    chorus.start(late, 1);
    expect(chorus.stage.mode(late, 'broadcast')).toBe('waiting');
    chorus.commit(makeView(members, { version: 3 }), ...members);
    chorus.stage.advance(2_000);
    chorus.tell(late, 'here I am', false);
    chorus.stage.advance(2_000);
    for (const node of members) expect(chorus.heard(node)).toEqual(['here I am']);
  });

  it.each([
    ['few', 3],
    ['nearly all', 8],
  ])('is told what is retained though %s others start with it, who know nothing either', (_how, count) => {
    const chorus = new Chorus({ nodes: 9, view: { fanout: 1 } });
    chorus.tell(chorus.at(1), 'old', false);
    chorus.tell(chorus.at(2), 'fleeting', { late: false, confirm: false });
    chorus.stage.advance(60_000);
    const newcomers = chorus.nodes.slice(9 - count);
    for (const node of newcomers) chorus.stage.crash(node);
    const since = chorus.stage.told.length;
    for (const node of newcomers) chorus.start(node, 2);
    chorus.stage.advance(120_000);
    for (const node of newcomers) expect(chorus.heard(node, since)).toEqual(['old']);
  });
});
