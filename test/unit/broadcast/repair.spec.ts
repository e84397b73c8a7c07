import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { withoutNodes } from '../../stage/organism.ts';
import { Chorus, TREE } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('what was missed', () => {
  it('is fetched from neighbours, at 20 % loss, in order and once', () => {
    const chorus = new Chorus({ nodes: 20, loss: 0.2, seed: 4 });
    chorus.stage.advance(20_000);
    for (const number of counting(20)) {
      chorus.tell(chorus.at(1 + (number % 3)), number, false);
      chorus.stage.advance(300);
    }
    chorus.stage.advance(60_000);
    for (const node of chorus.nodes) {
      const heard = chorus.heard(node) as number[];
      expect([...heard].sort((a, b) => a - b)).toEqual(counting(20));
      for (const origin of [0, 1, 2]) {
        const own = heard.filter((number) => number % 3 === origin);
        expect(own).toEqual([...own].sort((a, b) => a - b));
      }
    }
  });

  it('is noticed without any further message, by comparing with neighbours', () => {
    const chorus = new Chorus({ nodes: 12 });
    const deaf = chorus.at(12);
    chorus.stage.link = (_from, to) => to !== deaf;
    chorus.tell(chorus.at(1), 'hello', false);
    chorus.stage.advance(2_000);
    expect(chorus.heard(deaf)).toEqual([]);
    chorus.stage.link = () => true;
    chorus.stage.advance(LIMITS.broadcastDigestMs * 3);
    expect(chorus.heard(deaf)).toEqual(['hello']);
  });

  it('takes those below along', () => {
    const chorus = new Chorus({ nodes: 12, view: { fanout: 2 } });
    const island = [2, 4, 5, 8, 9, 10, 11].map((slot) => chorus.at(slot));
    chorus.stage.link = (from, to) => island.includes(from) === island.includes(to);
    chorus.tell(chorus.at(1), 'hello', false);
    chorus.stage.advance(3_000);
    chorus.stage.link = () => true;
    chorus.stage.advance(LIMITS.broadcastDigestMs * 3);
    for (const node of chorus.nodes) expect(chorus.heard(node)).toEqual(['hello']);
  });

  it('is given up when nobody has it any more, and what came after it is delivered', () => {
    const chorus = new Chorus({ nodes: 6 });
    const origin = chorus.at(6);
    chorus.stage.link = (from) => from !== origin;
    chorus.tell(origin, 'lost', false);
    chorus.stage.advance(LIMITS.broadcastHopMs / 2);
    chorus.stage.link = () => true;
    chorus.tell(origin, 'second', false);
    chorus.stage.advance(15);
    chorus.stage.crash(origin);
    chorus.stage.advance(LIMITS.broadcastGapMs);
    const others = chorus.nodes.slice(0, 5);
    expect(others.flatMap((node) => chorus.heard(node))).toEqual([]);
    chorus.stage.advance(60_000);
    for (const node of others) expect(chorus.heard(node)).toEqual(['second']);
    expect(chorus.stage.warned).toContain('broadcast.missed');
  });

  it('is not believed on a neighbour’s word alone', () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.tell(chorus.at(1), 'first', false);
    chorus.stage.advance(1_000);
    const marks = [{ origin: chorus.at(1), incarnation: 1, after: 0, number: 1_000_000 }];
    chorus.stage.request(chorus.at(4), 'broadcast.digest', { tree: TREE, marks, all: false }, () => undefined);
    chorus.stage.advance(60_000);
    chorus.tell(chorus.at(1), 'second', false);
    chorus.stage.advance(1_000);
    expect(chorus.heard(chorus.at(4))).toEqual(['first', 'second']);
  });
});

describe('a fragment', () => {
  const islanders = (chorus: Chorus) => [7, 8, 9].map((slot) => chorus.at(slot));

  it.each([
    ['kept its slots', false],
    ['lost its slots, and gets new ones', true],
  ])('that %s brings along what was told in it, and gets what was told elsewhere', (_how, isReplaced) => {
    const chorus = new Chorus({ nodes: 9 });
    const island = islanders(chorus);
    const whole = chorus.view;
    chorus.tell(chorus.at(8), 'before', false);
    chorus.stage.advance(1_000);
    chorus.stage.link = (from, to) => island.includes(from) === island.includes(to);
    for (const node of chorus.nodes)
      for (const gone of chorus.nodes)
        if (island.includes(node) !== island.includes(gone))
          chorus.stage.emit(node, 'pulse.changed', { node: gone, state: 'dead' });
    chorus.tell(chorus.at(8), 'among us', false);
    chorus.tell(chorus.at(2), 'among them', false);
    // Longer than neighbours go on comparing.
    chorus.stage.advance(LIMITS.broadcastRepairMs * 2);
    chorus.stage.link = () => true;
    if (isReplaced) chorus.commit({ ...withoutNodes(whole, island), version: 2 });
    for (const node of chorus.nodes)
      for (const back of chorus.nodes) chorus.stage.emit(node, 'pulse.changed', { node: back, state: 'live' });
    chorus.stage.advance(1_000);
    if (isReplaced) chorus.commit({ ...whole, version: 3, trees: { ...whole.trees } });
    chorus.stage.advance(20_000);
    for (const node of chorus.nodes) {
      expect(chorus.heard(node)).toHaveLength(3);
      expect(new Set(chorus.heard(node))).toEqual(new Set(['before', 'among us', 'among them']));
    }
  });
});
