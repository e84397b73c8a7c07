import { describe, expect, it } from 'vitest';
import { Bus } from '../../../src/actors/bus.ts';
import type { HeardMessage } from '../../../src/contract/broadcast.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Json } from '../../../src/contract/words.ts';
import { Hearing } from '../../../src/runtime/node/hearing.ts';
import { nodeName, treeName } from '../../stage/organism.ts';

const TREE = treeName('shardTree');

class Ear {
  readonly bus = new Bus();
  readonly hearing = new Hearing(this.bus, (tree) => (tree === TREE ? 'shardTree' : undefined));

  tell(number: number, body: Json = number, change: object = {}): void {
    const event = {
      tree: TREE,
      topic: 'news',
      body,
      origin: nodeName(1),
      incarnation: 1,
      order: 'origin' as const,
      number,
    };
    this.bus.emit('broadcast.received', { ...event, ...change });
  }

  listen(): HeardMessage[] {
    const heard: HeardMessage[] = [];
    this.hearing.messages$.subscribe((message) => heard.push(message));
    return heard;
  }
}

const bodies = (heard: readonly HeardMessage[]): Json[] => heard.map(({ body }) => body);

describe('what a node hears', () => {
  it('is told to whoever subscribes, from the first message on, however late', () => {
    const ear = new Ear();
    const early = ear.listen();
    ear.tell(1, 'one');
    ear.tell(2, 'two');
    const late = ear.listen();
    ear.tell(3, 'three');
    expect(bodies(early)).toEqual(['one', 'two', 'three']);
    expect(late).toEqual(early);
    expect(early[0]).toEqual({
      genome: 'shardTree',
      topic: 'news',
      body: 'one',
      origin: nodeName(1),
      incarnation: 1,
      order: 'origin',
      number: 1,
    });
  });

  it('is told once, though a restarted organ hears it again from its neighbours', () => {
    const ear = new Ear();
    const heard = ear.listen();
    for (const number of [1, 2, 1, 2, 3]) ear.tell(number);
    for (const place of [1, 2, 1, 2, 3]) ear.tell(place, `place ${place}`, { order: 'total', origin: nodeName(place) });
    ear.tell(1, 'next life', { incarnation: 2 });
    expect(bodies(heard)).toEqual([1, 2, 3, 'place 1', 'place 2', 'place 3', 'next life']);
  });

  it('leaves out what the runtime tells itself, and trees in which the node has no cell', () => {
    const ear = new Ear();
    const heard = ear.listen();
    ear.tell(1, null, { topic: 'organism.halt' });
    ear.tell(1, 'elsewhere', { tree: treeName('other') });
    expect(heard).toEqual([]);
  });

  it('is kept up to the limit, and not one message or byte more', () => {
    const ear = new Ear();
    for (let number = 1; number <= LIMITS.broadcastRetained + 1; number++) ear.tell(number);
    expect(bodies(ear.listen())).toHaveLength(LIMITS.broadcastRetained);
    expect(bodies(ear.listen())[0]).toBe(2);
    const big = 'x'.repeat(LIMITS.broadcastRetainedBytes / 2);
    for (const number of [2_000, 2_001]) ear.tell(number, big);
    expect(ear.listen()).toHaveLength(1);
  });

  it('ends with the node', () => {
    const ear = new Ear();
    let ended = false;
    ear.hearing.messages$.subscribe({ complete: () => (ended = true) });
    ear.bus.close();
    expect(ended).toBe(true);
  });
});
