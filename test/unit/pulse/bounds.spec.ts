import { describe, expect, it } from 'vitest';
import { Directory } from '../../../src/contract/directory.ts';
import { LIMITS, PRESETS } from '../../../src/contract/limits.ts';
import type { Moment } from '../../../src/contract/organ.ts';
import { nearestLive } from '../../../src/contract/slots.ts';
import { alertLeader } from '../../../src/organs/pulse/alerts.ts';
import { nextBeat } from '../../../src/organs/pulse/beat.ts';
import { INITIAL_FACTS, type Peer, type PulseFacts } from '../../../src/organs/pulse/facts.ts';
import { failRound, feel } from '../../../src/organs/pulse/opinion.ts';
import { takeView } from '../../../src/organs/pulse/watch.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';

const SELF = nodeName(1);
const options = { self: SELF, incarnation: 1, timing: PRESETS.lan };
const moment: Moment = {
  now: 0,
  monotonic: 1_000,
  mode: 'watching',
  random: () => 0.5,
  randomBytes: (length) => new Uint8Array(length),
};
const peer: Peer = { heardAt: null, dueAt: 0, incarnation: 1, missed: 0, failed: 0, round: null, alertAt: null };
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => nodeName(index + 2));

describe('what a node keeps in mind', () => {
  it('is no more departed members than the limit', () => {
    const at = (count: number): number => {
      const members = [SELF, ...names(count)];
      const view = makeView(members, { trees: { shardTree: [SELF] } });
      return takeView(INITIAL_FACTS, view, options, moment).facts.departed.length;
    };
    expect(at(LIMITS.membersDepartedProbed)).toBe(LIMITS.membersDepartedProbed);
    expect(at(LIMITS.membersDepartedProbed + 1)).toBe(LIMITS.membersDepartedProbed);
  });

  it('is no more suspects in one alert than the limit; the others follow', () => {
    const suspects = names(LIMITS.alertSuspectsMax + 1);
    const facts: PulseFacts = {
      ...INITIAL_FACTS,
      view: makeView([SELF, ...suspects], { fanout: 64 }),
      leader: nodeName(0),
      watched: suspects,
      peers: Directory.of(suspects.map((node) => [node, { ...peer, alertAt: 900 }])),
      opinions: Object.fromEntries(suspects.map((node) => [node, 'suspect'])),
    };
    const sizes = (step: ReturnType<typeof alertLeader>): number[] =>
      (step.effects ?? []).map((effect) =>
        effect.effect === 'ask' ? (effect.body as { suspects: unknown[] }).suspects.length : 0,
      );
    const first = alertLeader(facts, options, moment);
    expect(sizes(first)).toEqual([LIMITS.alertSuspectsMax]);
    expect(sizes(alertLeader(first.facts, options, moment))).toEqual([1]);
  });

  it('is a health between well and the limit', () => {
    let facts = INITIAL_FACTS;
    for (let point = 0; point <= LIMITS.localHealthMax; point++) facts = feel(facts, 1);
    expect(facts.health).toBe(LIMITS.localHealthMax);
    for (let point = 0; point <= LIMITS.localHealthMax; point++) facts = feel(facts, -1);
    expect(facts.health).toBe(0);
  });
});

describe('a node that stays silent', () => {
  it('is probed again at once, then ever more slowly, up to the limit', () => {
    const target = nodeName(2);
    let facts: PulseFacts = { ...INITIAL_FACTS, peers: Directory.of([[target, peer]]) };
    const pauses = Array.from({ length: 7 }, () => {
      facts = failRound(facts, target, options, moment).facts;
      return (facts.peers.get(target)?.dueAt ?? 0) - moment.monotonic;
    });
    expect(pauses).toEqual([0, 500, 1_000, 2_000, ...Array<number>(3).fill(LIMITS.probeBackoffMaxMs)]);
  });
});

describe('the way past dead cells', () => {
  const map = makeView(names(100), { fanout: 4 }).trees[treeName('shardTree')];
  if (map === undefined) throw new Error('no tree');

  it('leads to the nearest live cells', () => {
    const dead = new Set([2, 7].map((slot) => map.slots[slot - 1]?.node));
    expect(nearestLive(map, [2, 3], (node) => !dead.has(node), 100)).toEqual([3, 6, 8, 9, 26, 27, 28, 29]);
  });

  it('looks at no more slots than it may', () => {
    let looked = 0;
    const count = (limit: number): number => {
      looked = 0;
      nearestLive(map, [1], () => ++looked < 0, limit);
      return looked;
    };
    expect(count(21)).toBe(21);
    expect(count(1_000)).toBe(100);
  });
});

describe('a beat', () => {
  it('goes on from the highest heard within an epoch, and starts anew in the next', () => {
    const known = { generation: 0, epoch: 3, number: 41 };
    expect(nextBeat(known, { generation: 0, epoch: 3 })).toEqual({ ...known, number: 42 });
    expect(nextBeat(known, { generation: 0, epoch: 4 })).toEqual({ generation: 0, epoch: 4, number: 1 });
    expect(nextBeat(known, { generation: 1, epoch: 3 })).toEqual({ generation: 1, epoch: 3, number: 1 });
  });
});
