import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { treeName } from '../../stage/organism.ts';
import { Chorus } from './chorus.ts';

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a broadcast', () => {
  it.each([1, 2, 5, 30])('reaches each of %i cells once, its origin too, and is counted', (nodes) => {
    const chorus = new Chorus({ nodes });
    const outcome = chorus.tell(chorus.at(nodes), 'hello');
    chorus.stage.advance(2_000);
    for (const node of chorus.nodes) expect(chorus.heard(node)).toEqual(['hello']);
    expect(outcome).toEqual({ number: 1, confirmed: nodes, cells: nodes });
  });

  it('costs one question and one answer per cell, and one more of each per cell that counts others', () => {
    const chorus = new Chorus({ nodes: 30 });
    const cost = (confirm: boolean): number => {
      chorus.stage.advance(LIMITS.broadcastWarmMs);
      const before = chorus.sent('broadcast.forward');
      chorus.tell(chorus.at(1), 'hello', confirm);
      chorus.stage.advance(1_000);
      return chorus.sent('broadcast.forward') - before;
    };
    expect(cost(false)).toBe(2 * 29);
    // Slots 2 to 8 have children: the root counts for nobody.
    expect(cost(true)).toBe(2 * (29 + 7));
  });

  it('is answered at once where nobody wants the count', () => {
    const chorus = new Chorus({ nodes: 5 });
    chorus.tell(chorus.at(3), 'hello', false);
    chorus.stage.advance(1);
    const outcome = chorus.tell(chorus.at(3), 'again', false);
    chorus.stage.advance(1);
    expect(outcome).toEqual({ number: 2, confirmed: 1, cells: 5 });
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
