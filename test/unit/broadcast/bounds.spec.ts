import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { archived, EMPTY_ARCHIVE } from '../../../src/organs/broadcast/archive.ts';
import { EMPTY_BOOK, lookUp } from '../../../src/organs/broadcast/book.ts';
import { newOrigin, originName } from '../../../src/organs/broadcast/origin.ts';
import { deliver } from '../../../src/organs/broadcast/receiving.ts';
import { takeRecall } from '../../../src/organs/broadcast/syncing.ts';
import { nodeName } from '../../stage/organism.ts';
import { Chorus, TREE } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('bounds', () => {
  it('keeps the last messages of a tree, up to the limit', () => {
    const chorus = new Chorus({ nodes: 2 });
    for (const number of counting(LIMITS.broadcastRetained + 1)) {
      chorus.tell(chorus.at(1), number, false);
      chorus.stage.advance(1);
    }
    chorus.stage.advance(1_000);
    const archive = chorus.facts(chorus.at(2)).trees[TREE]?.archive ?? EMPTY_ARCHIVE;
    const retained = [...archived(archive)];
    expect(retained).toHaveLength(LIMITS.broadcastRetained);
    expect(retained[0]?.message.body.body).toBe(1);
  });

  it('waits for a gap no longer than so many messages are held', () => {
    const chorus = new Chorus({ nodes: 3, latencyMs: 1 });
    const [origin, deaf] = [chorus.at(1), chorus.at(3)];
    chorus.stage.link = (_from, to) => to !== deaf;
    chorus.tell(origin, 'missed', false);
    chorus.stage.advance(5);
    chorus.stage.link = () => true;
    for (const number of counting(LIMITS.broadcastHeldMax)) chorus.tell(origin, number, false);
    chorus.stage.advance(LIMITS.broadcastGatherMs + 30);
    expect(chorus.heard(deaf)).toEqual([]);
    chorus.tell(origin, 'one more', false);
    chorus.stage.advance(10);
    expect(chorus.heard(deaf)).toEqual([...counting(LIMITS.broadcastHeldMax), 'one more']);
  });

  it('counts no more than so many broadcasts at once, and says so', () => {
    const chorus = new Chorus({ nodes: 2 });
    chorus.stage.link = () => false;
    const outcomes = counting(LIMITS.broadcastGathersMax + 1).map((number) => {
      const outcome = chorus.tell(chorus.at(1), number);
      chorus.stage.advance(1);
      return outcome;
    });
    expect(outcomes.map(({ code }) => code).filter((code) => code !== undefined)).toEqual(['busy']);
  });

  it('keeps so many ordered messages that have no place yet, the oldest first to go', async () => {
    const chorus = new Chorus({ nodes: 3 });
    // Nothing is placed, but the messages themselves get about.
    chorus.undecided = true;
    const loose = () => [...(chorus.facts(chorus.at(3)).trees[TREE]?.loose.values() ?? [])];
    for (const number of counting(LIMITS.broadcastLooseMax + 1)) {
      chorus.tell(chorus.at(2), number, { order: 'total', confirm: false });
      await chorus.pass(100);
      if (number === LIMITS.broadcastLooseMax - 1) expect(loose()).toHaveLength(LIMITS.broadcastLooseMax);
    }
    expect(loose()).toHaveLength(LIMITS.broadcastLooseMax);
    expect(loose()[0]?.message.body.body).toBe(1);
  });

  it('lets no more than so many wait for one peer, and then refuses to tell more', () => {
    const chorus = new Chorus({ nodes: 2 });
    chorus.stage.link = () => false;
    const codes = counting(LIMITS.broadcastLaneMax + 2).map((number) => {
      const outcome = chorus.tell(chorus.at(2), number, false);
      chorus.stage.advance(0);
      return outcome.code;
    });
    // The first one left; so many wait behind it.
    expect(codes.indexOf('busy')).toBe(LIMITS.broadcastLaneMax + 1);
    expect(chorus.facts(chorus.at(2)).lanes.get(chorus.at(1))?.parcels).toHaveLength(LIMITS.broadcastLaneMax);
  });

  it('answers who missed many with so many at once', () => {
    const chorus = new Chorus({ nodes: 2 });
    for (const number of counting(LIMITS.broadcastFetchMax + 1)) chorus.tell(chorus.at(1), number, false);
    chorus.stage.advance(1_000);
    const range = { tree: TREE, origin: chorus.at(1), incarnation: 1, after: 0, through: 1_000 };
    let count = 0;
    chorus.stage.request(chorus.at(2), 'broadcast.fetch', range, (outcome) => {
      if (outcome.ok) count = (outcome.body as { messages: unknown[] }).messages.length;
    });
    expect(count).toBe(LIMITS.broadcastFetchMax);
  });

  it('keeps books about so many lives of authors, and tells a newcomer of those heard of last', () => {
    const chorus = new Chorus({ nodes: 2 });
    let facts = chorus.facts(chorus.at(2));
    const moment = { now: 0, monotonic: 0, mode: 'relaying', random: () => 0, randomBytes: () => new Uint8Array() };
    const authors = Array.from({ length: LIMITS.broadcastOriginsMax + 1 }, (_, index) => nodeName(index));
    for (const [heardAt, author] of authors.entries()) {
      const origin = { ...newOrigin(author, 1, heardAt), delivered: 1, known: 1 };
      facts = deliver(facts, TREE, origin, moment).facts;
      if (heardAt === authors.length - 2) expect(facts.trees[TREE]?.origins.size).toBe(LIMITS.broadcastOriginsMax);
    }
    const origins = facts.trees[TREE]?.origins ?? EMPTY_BOOK;
    expect(origins.size).toBe(LIMITS.broadcastOriginsMax);
    expect(lookUp(origins, originName(authors[0] ?? '', 1))).toBeUndefined();
    const [reply] = takeRecall(facts, { tree: TREE }).effects ?? [];
    const { marks } = (reply as unknown as { body: { marks: { origin: string }[] } }).body;
    expect(marks).toHaveLength(LIMITS.broadcastMarksMax);
    expect(marks[0]?.origin).toBe(authors.at(-1));
  });
});
