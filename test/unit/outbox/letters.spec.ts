import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { queueSizes, restored } from '../../../src/organs/outbox/facts.ts';
import { listDeadLetters, readDeadLetter } from '../../../src/organs/outbox/letters.ts';
import { nodeName } from '../../stage/organism.ts';
import { Receiver, Sender } from './post.ts';

const [SELF, A, B] = [1, 2, 3].map(nodeName) as [string, string, string];

let sender: Sender;
let receiver: Receiver;
beforeEach(() => {
  sender = new Sender();
  receiver = new Receiver();
});

const say = (name: string, to = A, onFull: 'refuse' | 'bury' = 'refuse'): void => {
  sender.enqueue({ cell: to }, { tree: null, kind: 'test.do', body: { name } }, onFull);
  sender.flush();
};
const carry = (): void => {
  sender.answer(receiver.take(SELF, sender.frames[0]?.messages ?? []));
  sender.flush();
};
/** One letter, of the message that was said last. */
const bury = (name: string): void => {
  receiver.mood = 'refusing';
  say(name);
  carry();
  receiver.mood = 'willing';
};
const letters = () => listDeadLetters(sender.disk, { limit: 100 });
const named = () => letters().map(({ number, body }) => [number, (body as { name: string }).name]);

describe('a letter that is sent again', () => {
  it('is a new message that names the old one, and a letter no more', () => {
    bury('a');
    const [letter] = letters();
    expect(letter).toMatchObject({ number: 1, message: 1, replays: null, reason: 'not-found', to: { cell: A } });
    expect(sender.replay(1)).toBe(true);
    sender.flush();
    expect(letters()).toEqual([]);
    const [row] = [...sender.disk.range('outbox', { prefix: 'row/' })];
    expect(row?.[1]).toMatchObject({ replays: 1 });
    carry();
    expect(receiver.applied).toEqual(['a']);
    expect(queueSizes(sender.facts)).toEqual({ outbox: 0, deadLetters: 0 });
  });

  it('is sent once, however often that is asked, and whatever crashes', () => {
    bury('a');
    sender.replay(1);
    expect(sender.replay(1)).toBe(false);
    // Nothing of it has reached the disk: the letter is there, the message is not.
    sender.start();
    sender.flush();
    expect(named()).toEqual([[1, 'a']]);
    expect(queueSizes(sender.facts)).toEqual({ outbox: 0, deadLetters: 1 });
    sender.replay(1);
    sender.flush();
    sender.start();
    sender.flush();
    expect(sender.replay(1)).toBe(false);
    carry();
    expect(receiver.applied).toEqual(['a']);
  });

  it('is a letter again where it is refused again, with a number of its own', () => {
    bury('a');
    receiver.mood = 'refusing';
    sender.replay(1);
    sender.flush();
    carry();
    expect(letters()).toMatchObject([{ number: 2, message: 2, replays: 1 }]);
  });
});

describe('a letter that is dropped', () => {
  it('is gone, and the others stay', () => {
    for (const name of ['a', 'b', 'c']) bury(name);
    expect(sender.drop(2)).toBe(true);
    expect(sender.drop(2)).toBe(false);
    sender.flush();
    expect(named()).toEqual([
      [1, 'a'],
      [3, 'c'],
    ]);
    expect(queueSizes(restored(sender.disk).facts)).toEqual({ outbox: 0, deadLetters: 2 });
    expect(readDeadLetter(sender.disk, 2)).toBeUndefined();
  });

  it('never gives its number to another, not even after a restart', () => {
    bury('a');
    sender.drop(1);
    sender.flush();
    sender.start();
    sender.flush();
    bury('b');
    expect(named()).toEqual([[2, 'b']]);
  });
});

describe('a message for which there is no room', () => {
  const fill = (): void => {
    for (let count = 0; count < LIMITS.outboxPerPeerMax; count++)
      sender.enqueue({ cell: A }, { tree: null, kind: 'test.do', body: { name: 'x' } });
  };

  it('becomes a letter where nobody could be asked to come again, and takes no room', () => {
    fill();
    expect(() => say('refused')).toThrow(expect.objectContaining({ code: 'outbox-full' }));
    say('buried', A, 'bury');
    say('elsewhere', B, 'bury');
    expect(letters().map(({ reason, body }) => [reason, body])).toEqual([['outbox-full', { name: 'buried' }]]);
    expect(queueSizes(sender.facts)).toEqual({ outbox: LIMITS.outboxPerPeerMax + 1, deadLetters: 1 });
    expect(() => say('still refused')).toThrow();
    carry();
    expect(() => say('taken')).not.toThrow();
  });

  it('is buried by the next life where this one ends before', () => {
    fill();
    sender.enqueue({ cell: A }, { tree: null, kind: 'test.do', body: { name: 'buried' } }, 'bury');
    while (sender.flushNext('others'));
    // The organ has not heard of it yet.
    sender.start();
    sender.flush();
    expect(letters().map(({ reason, body }) => [reason, body])).toEqual([['outbox-full', { name: 'buried' }]]);
    expect(queueSizes(sender.facts)).toEqual({ outbox: LIMITS.outboxPerPeerMax, deadLetters: 1 });
    expect(() => say('refused')).toThrow();
  });
});
