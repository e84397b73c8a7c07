import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';
import { Chorus, TREE } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a broadcast', () => {
  it.each([1, 2, 5, 30])('reaches each of %i cells once, its origin too, and is counted', (nodes) => {
    const chorus = new Chorus({ nodes });
    const outcome = chorus.tell(chorus.at(nodes), 'hello');
    chorus.stage.advance(2_000);
    for (const node of chorus.nodes) expect(chorus.heard(node)).toEqual(['hello']);
    expect(outcome.confirmed).toBe(nodes);
  });

  it('costs one question and one answer per cell', () => {
    const chorus = new Chorus({ nodes: 30 });
    const before = chorus.sent();
    chorus.tell(chorus.at(1), 'hello');
    chorus.stage.advance(1_000);
    expect(chorus.sent() - before).toBe(2 * 29);
  });

  it('is answered at once where nobody wants the count', () => {
    const chorus = new Chorus({ nodes: 5 });
    expect(chorus.tell(chorus.at(3), 'hello', false).confirmed).toBeUndefined();
    chorus.stage.advance(1);
    const outcome = chorus.tell(chorus.at(3), 'again', false);
    chorus.stage.advance(1);
    expect(outcome.confirmed).toBe(0);
    chorus.stage.advance(1_000);
    expect(chorus.heard(chorus.at(5))).toEqual(['hello', 'again']);
  });

  it('is delivered in the order of its origin though messages overtake each other', () => {
    const chorus = new Chorus({ nodes: 20, latencyMs: 10 });
    for (const number of counting(30)) {
      chorus.tell(chorus.at(7), number, false);
      chorus.tell(chorus.at(13), `other ${number}`, false);
      // From 2 ms on to 20 ms: later ones are faster.
      chorus.stage.latencyMs = 20 - (number % 10) * 2;
    }
    chorus.stage.advance(5_000);
    for (const node of chorus.nodes) {
      const heard = chorus.heard(node);
      expect(heard.filter((body) => typeof body === 'number')).toEqual(counting(30));
      expect(heard.filter((body) => typeof body === 'string')).toEqual(counting(30).map((number) => `other ${number}`));
    }
  });

  it('is refused where there is no such tree', () => {
    const chorus = new Chorus({ nodes: 2 });
    let code = '';
    const body = { tree: treeName('none'), topic: 'test', body: 1 };
    chorus.stage.request(chorus.at(1), 'broadcast.publish', body, (outcome) => {
      code = outcome.ok ? '' : outcome.code;
    });
    expect(code).toBe('starting');
  });
});

describe('past cells that are dead', () => {
  const survivors = (chorus: Chorus, dead: readonly string[]) => chorus.nodes.filter((node) => !dead.includes(node));

  it('it reaches all others when their death is known, without waiting', () => {
    const chorus = new Chorus({ nodes: 40 });
    const dead = [2, 3, 9, 10].map((slot) => chorus.at(slot));
    for (const node of dead) chorus.stage.crash(node);
    chorus.know(dead);
    const outcome = chorus.tell(chorus.at(40), 'hello');
    chorus.stage.advance(LIMITS.broadcastHopMs / 2);
    for (const node of survivors(chorus, dead)) expect(chorus.heard(node)).toEqual(['hello']);
    expect(outcome.confirmed).toBe(36);
  });

  it('it reaches and counts all others when nobody knows of it yet', () => {
    const chorus = new Chorus({ nodes: 40 });
    const dead = [3, 9].map((slot) => chorus.at(slot));
    for (const node of dead) chorus.stage.crash(node);
    const outcome = chorus.tell(chorus.at(1), 'hello');
    chorus.stage.advance(LIMITS.broadcastConfirmMs);
    for (const node of survivors(chorus, dead)) expect(chorus.heard(node)).toEqual(['hello']);
    expect(outcome.confirmed).toBe(38);
  });

  it.each(['known', 'unknown'])('it starts at the next of the root’s peer group when the root is dead (%s)', (how) => {
    const chorus = new Chorus({ nodes: 21, view: { fanout: 2 } });
    const dead = [1, 2].map((slot) => chorus.at(slot));
    for (const node of dead) chorus.stage.crash(node);
    if (how === 'known') chorus.know(dead);
    chorus.tell(chorus.at(21), 'hello', false);
    chorus.stage.advance(6_000);
    for (const node of survivors(chorus, dead)) expect(chorus.heard(node)).toEqual(['hello']);
  });

  it('it goes their way again as soon as they are back', () => {
    const chorus = new Chorus({ nodes: 12 });
    chorus.know([chorus.at(2)]);
    for (const node of chorus.nodes) chorus.stage.emit(node, 'pulse.changed', { node: chorus.at(2), state: 'live' });
    chorus.tell(chorus.at(1), 'hello', false);
    chorus.stage.advance(LIMITS.broadcastHopMs / 2);
    expect(chorus.heard(chorus.at(2))).toEqual(['hello']);
  });

  it('it stays among those who can be reached when the whole peer group is gone', () => {
    const chorus = new Chorus({ nodes: 30 });
    const dead = [1, 2, 3, 4, 5].map((slot) => chorus.at(slot));
    for (const node of dead) chorus.stage.crash(node);
    chorus.know(dead);
    const outcome = chorus.tell(chorus.at(17), 'hello');
    chorus.stage.advance(2_000);
    for (const node of survivors(chorus, dead)) expect(chorus.heard(node)).toEqual(['hello']);
    expect(outcome.confirmed).toBe(25);
  });
});

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
    expect(chorus.nodes.flatMap((node) => chorus.heard(node))).toEqual([]);
    chorus.stage.advance(30_000);
    for (const node of chorus.nodes.slice(0, 5)) expect(chorus.heard(node)).toEqual(['second']);
    expect(chorus.stage.warned).toContain('broadcast.missed');
  });

  it('is not believed on a neighbour’s word alone', () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.tell(chorus.at(1), 'first', false);
    chorus.stage.advance(1_000);
    const marks = [{ origin: chorus.at(1), incarnation: 1, number: 1_000_000 }];
    chorus.stage.request(chorus.at(4), 'broadcast.digest', { tree: TREE, marks, all: false }, () => undefined);
    chorus.stage.advance(60_000);
    chorus.tell(chorus.at(1), 'second', false);
    chorus.stage.advance(1_000);
    expect(chorus.heard(chorus.at(4))).toEqual(['first', 'second']);
  });
});

describe('a cell that comes later', () => {
  it('hears nothing that was told before it came, and everything after', () => {
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
    expect(heard.map(({ body }) => (body as { body: unknown }).body)).toEqual(['new']);
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

  it('does not ask for what is older, whatever reaches it before it knows where to begin', () => {
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
    const marks = [{ origin: chorus.at(1), incarnation: 1, number: 3 }];
    chorus.stage.request(late, 'broadcast.digest', { tree: TREE, marks, all: false }, () => undefined);
    chorus.stage.advance(100);
    expect(chorus.stage.mode(late, 'broadcast')).toBe('syncing');
    chorus.stage.link = () => true;
    chorus.stage.advance(60_000);
    const heard = chorus.stage.told.slice(told).filter(({ node }) => node === late);
    expect(heard.map(({ body }) => (body as { body: unknown }).body)).toEqual(['new']);
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
});

describe('what is not the author’s own', () => {
  const forward = (chorus: Chorus, change: object) => {
    const message = {
      id: '1',
      tree: TREE,
      kind: 'broadcast.message',
      body: { topic: 'test', body: 'forged' },
      author: { node: chorus.at(1), incarnation: 1, signature: 'none', expiresAt: Number.MAX_SAFE_INTEGER },
      ...change,
    };
    let code = 'taken';
    const body = { message, top: false, confirmMs: 0 };
    chorus.stage.request(chorus.at(2), 'broadcast.forward', body, (outcome) => {
      if (!outcome.ok) code = outcome.code;
    });
    chorus.stage.advance(2_000);
    return code;
  };

  it('is neither delivered nor passed on', () => {
    const chorus = new Chorus({ nodes: 9 });
    expect(forward(chorus, {})).toBe('refused');
    expect(chorus.nodes.flatMap((node) => chorus.heard(node))).toEqual([]);
  });

  it('nor is what has expired, or is for a tree in which the cell has no place', () => {
    const chorus = new Chorus({ nodes: 9 });
    const author = { node: chorus.at(1), incarnation: 1, signature: 'none', expiresAt: 1 };
    expect(forward(chorus, { author })).toBe('deadline');
    expect(forward(chorus, { tree: treeName('other') })).toBe('no-actor');
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

describe('bounds', () => {
  it('keeps the last messages of a tree, up to the limit', () => {
    const chorus = new Chorus({ nodes: 2 });
    for (const number of counting(LIMITS.broadcastRetained + 1)) {
      chorus.tell(chorus.at(1), number, false);
      chorus.stage.advance(1);
    }
    chorus.stage.advance(1_000);
    const retained = chorus.facts(chorus.at(2)).trees[TREE]?.retained ?? [];
    expect(retained).toHaveLength(LIMITS.broadcastRetained);
    expect(retained[0]?.body.body).toBe(1);
  });

  it('waits for a gap no longer than so many messages are held', () => {
    const chorus = new Chorus({ nodes: 3, latencyMs: 1 });
    const [origin, deaf] = [chorus.at(1), chorus.at(3)];
    chorus.stage.link = (_from, to) => to !== deaf;
    chorus.tell(origin, 'missed', false);
    chorus.stage.advance(5);
    chorus.stage.link = () => true;
    for (const number of counting(LIMITS.broadcastHeldMax)) chorus.tell(origin, number, false);
    chorus.stage.advance(10);
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
});

describe('when nothing is told', () => {
  it('nothing is sent', () => {
    const chorus = new Chorus({ nodes: 20 });
    chorus.tell(chorus.at(3), 'hello', false);
    chorus.stage.advance(LIMITS.broadcastRepairMs + LIMITS.broadcastDigestMs * 2);
    const before = chorus.sent();
    chorus.stage.advance(600_000);
    expect(chorus.sent()).toBe(before);
  });
});
