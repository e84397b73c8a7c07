import { describe, expect, it } from 'vitest';
import { Directory } from '../../../src/contract/directory.ts';
import { PRESETS } from '../../../src/contract/limits.ts';
import type { Moment, Step } from '../../../src/contract/organ.ts';
import { observersOf } from '../../../src/contract/slots.ts';
import { alertLeader, forgetAlerts, judgeAlerts, takeAlert, takeAlerted } from '../../../src/organs/pulse/alerts.ts';
import { INITIAL_FACTS, type Peer, type PulseFacts, stateOf } from '../../../src/organs/pulse/facts.ts';
import { hear } from '../../../src/organs/pulse/opinion.ts';
import { takePaused } from '../../../src/organs/pulse/rules.ts';
import { beatNow } from '../../../src/organs/pulse/sovereignty.ts';
import { track } from '../../../src/organs/pulse/watch.ts';
import { makeView, nodeName } from '../../stage/organism.ts';

const NODES = Array.from({ length: 12 }, (_, index) => nodeName(index + 1));
const [LEADER, SUSPECT] = [NODES[0], NODES[7]] as [string, string];
const VIEW = makeView(NODES);
const [FIRST, SECOND, THIRD] = observersOf(VIEW, SUSPECT) as [string, string, string];
const STRANGER = NODES.find((node) => ![LEADER, SUSPECT, ...observersOf(VIEW, SUSPECT)].includes(node)) as string;

const timing = PRESETS.lan;
const options = { self: LEADER, incarnation: 1, timing };
const at = (monotonic: number): Moment => ({
  now: 0,
  monotonic,
  mode: 'watching',
  random: () => 0.5,
  randomBytes: (length) => new Uint8Array(length),
});
const silent: Peer = { heardAt: 0, dueAt: 0, incarnation: 1, missed: 1, failed: 0, round: null, alertAt: null };
const leading: PulseFacts = {
  ...INITIAL_FACTS,
  view: VIEW,
  placed: NODES,
  leader: LEADER,
  peers: Directory.of([[SUSPECT, silent]]),
};

const alerted = (facts: PulseFacts, ...observers: readonly string[]): PulseFacts =>
  observers.reduce(
    (now, from) => takeAlert(now, from, { suspects: [{ node: SUSPECT, incarnation: 1 }] }, options, at(10_000)).facts,
    facts,
  );
const condemned = ({ effects = [] }: Step<PulseFacts>): unknown[] =>
  effects.flatMap((effect) => (effect.effect === 'emit' && effect.kind === 'pulse.condemned' ? [effect.body] : []));
/** What the leader decides once the cut has been open for as long as it may. */
const judged = (facts: PulseFacts): unknown[] => {
  const opened = judgeAlerts(facts, options, at(10_000));
  return [...condemned(opened), ...condemned(judgeAlerts(opened.facts, options, at(10_000 + 2 * timing.probeEveryMs)))];
};

describe('the leader condemns', () => {
  it('on the word of two assigned observers and its own unanswered probe', () => {
    expect(judged(alerted(leading, FIRST, SECOND))).toEqual([{ nodes: [SUSPECT] }]);
  });

  it.each([
    ['one observer', alerted(leading, FIRST)],
    ['the same observer twice', alerted(leading, FIRST, FIRST)],
    ['one observer and one that the view does not assign', alerted(leading, FIRST, STRANGER)],
    ['two observers while its own probe is answered', alerted({ ...leading, peers: Directory.of() }, FIRST, SECOND)],
  ])('not on the word of %s', (_case, facts) => expect(judged(facts)).toEqual([]));

  it('on the word of the only observer left, once its own probes show that the others are gone', () => {
    const facts = alerted(leading, FIRST);
    const gone = observersOf(VIEW, SUSPECT).filter((node) => node !== FIRST);
    const opinions = Object.fromEntries(gone.map((node) => [node, 'suspect' as const]));
    expect(judged({ ...facts, opinions })).toContainEqual({ nodes: [SUSPECT] });
  });

  it('nobody as long as another leads', () => {
    expect(judged({ ...alerted(leading, FIRST, SECOND), leader: STRANGER })).toEqual([]);
  });

  it('nobody who was heard since', () => {
    const facts = hear(alerted(leading, FIRST, SECOND), SUSPECT, 1, options, at(10_000)).facts;
    expect(facts.alerts).toEqual({});
    expect(judged(facts)).toEqual([]);
  });

  it('nobody whose alerts were not repeated', () => {
    const facts = alerted(leading, FIRST, SECOND);
    const kept = forgetAlerts(facts, options, at(10_000 + 3 * timing.probeEveryMs));
    expect(Object.keys(kept.alerts)).toEqual([SUSPECT]);
    expect(forgetAlerts(facts, options, at(10_001 + 3 * timing.probeEveryMs)).alerts).toEqual({});
  });
});

describe('the leader answers an alert', () => {
  const answer = (facts: PulseFacts, incarnation = 1): unknown => {
    const step = takeAlert(facts, FIRST, { suspects: [{ node: SUSPECT, incarnation }] }, options, at(10_000));
    const [reply] = step.effects ?? [];
    return reply?.effect === 'reply'
      ? { ...(reply.body as object), noted: Object.keys(step.facts.alerts).length }
      : reply;
  };

  it('by noting it', () => expect(answer(leading)).toEqual({ live: [], paused: [], later: [], noted: 1 }));

  it('by saying that it heard the node lately', () => {
    const heard = { ...silent, missed: 0, heardAt: 9_500 };
    expect(answer({ ...leading, peers: Directory.of([[SUSPECT, heard]]) })).toEqual({
      live: [SUSPECT],
      paused: [],
      later: [],
      noted: 0,
    });
    const longAgo = { ...silent, missed: 0, heardAt: 9_000 };
    expect(answer({ ...leading, peers: Directory.of([[SUSPECT, longAgo]]) })).toEqual({
      live: [],
      paused: [],
      later: [],
      noted: 1,
    });
  });

  it('by saying that the node pauses, and for how long yet', () => {
    const pauses = { [SUSPECT]: { until: 12_000, incarnation: 1 } };
    const paused = [{ node: SUSPECT, returnWithinMs: 2_000 }];
    expect(answer({ ...leading, pauses })).toEqual({ live: [], paused, later: [], noted: 0 });
  });

  it('by telling of a later life than what was said of', () => {
    const peers = Directory.of([[SUSPECT, { ...silent, incarnation: 2 }]]);
    const later = [{ node: SUSPECT, incarnation: 2 }];
    expect(answer({ ...leading, peers })).toEqual({ live: [], paused: [], later, noted: 0 });
    expect(answer({ ...leading, peers }, 2)).toEqual({ live: [], paused: [], later: [], noted: 1 });
  });

  it('with a refusal where it doesn’t lead', () => {
    expect(answer({ ...leading, leader: SECOND })).toEqual({ effect: 'refuse', code: 'no-authority' });
  });
});

describe('whom the leader probes', () => {
  it('are those it was alerted about, at once, and their observers', () => {
    const { peers } = track(alerted({ ...leading, peers: Directory.of() }, FIRST), options, at(10_000));
    expect(peers.get(SUSPECT)?.dueAt).toBe(10_000);
    expect([...peers.keys()]).toEqual(expect.arrayContaining([FIRST, SECOND, THIRD].filter((node) => node !== LEADER)));
  });
});

describe('an observer', () => {
  it('believes what the leader knows better', () => {
    const body = { live: [SUSPECT], paused: [{ node: SECOND, returnWithinMs: 500 }], later: [] };
    const facts = { ...INITIAL_FACTS, view: VIEW, opinions: { [SUSPECT]: 'suspect' as const } };
    const answer = { to: LEADER, tag: undefined, outcome: { ok: true as const, body } };
    const next = takeAlerted(facts, answer, { ...options, self: FIRST }, at(10_000)).facts;
    expect([SUSPECT, SECOND].map((node) => stateOf(next, node))).toEqual(['live', 'paused']);
  });

  it('says of the latest life, once it has learnt of it, what it said of an earlier one', () => {
    const body = { live: [], paused: [], later: [{ node: SUSPECT, incarnation: 4 }] };
    const peers = Directory.of([[SUSPECT, { ...silent, alertAt: 11_000 }]]);
    const facts = { ...leading, peers, opinions: { [SUSPECT]: 'suspect' as const }, watched: [SUSPECT] };
    const answer = { to: LEADER, tag: undefined, outcome: { ok: true as const, body } };
    const { facts: learnt } = takeAlerted(facts, answer, { ...options, self: FIRST }, at(10_000));
    const [ask] = alertLeader(learnt, { ...options, self: FIRST }, at(11_000)).effects ?? [];
    expect(ask).toMatchObject({ kind: 'pulse.alert', body: { suspects: [{ node: SUSPECT, incarnation: 4 }] } });
  });
});

describe('a node that stops', () => {
  it('says so again where it was not heard, three times in all', () => {
    const says = (tries: number): number => {
      const outcome = { ok: false as const, code: 'deadline' };
      return (takePaused(leading, { to: FIRST, tag: { tries }, outcome }, options).effects ?? []).length;
    };
    expect([1, 2, 3].map(says)).toEqual([1, 1, 0]);
  });

  it('does not beat for others', () => {
    const step = beatNow({ ...leading, leader: FIRST, beatAt: 1 }, options, at(10_000));
    expect(step.facts.beat).toEqual(INITIAL_FACTS.beat);
    expect(step.facts.beatAt).toBeNull();
  });
});
