import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS, PRESETS } from '../../../src/contract/limits.ts';
import type { Result } from '../../../src/contract/wire.ts';
import { queueSizes, restored } from '../../../src/organs/outbox/facts.ts';
import { listDeadLetters } from '../../../src/organs/outbox/letters.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';
import { LONG_MS, Receiver, Sender } from './post.ts';

const [SELF, A, B, C] = [1, 2, 3, 4].map(nodeName) as [string, string, string, string];
const TREE = treeName('shardTree');
const viewOf = (version: number, ...slots: string[]) =>
  makeView([SELF, A, B, C], { trees: { shardTree: slots }, version });

let sender: Sender;
let receiver: Receiver;
beforeEach(() => {
  sender = new Sender();
  receiver = new Receiver();
});

const say = (name: string, to: Parameters<Sender['enqueue']>[0] = { cell: A }, tree: string | null = null): void => {
  sender.enqueue(to, { tree, kind: 'test.do', body: { name } });
  sender.flush();
};
const names = (): string[] => (sender.frames[0]?.messages ?? []).map(({ body }) => (body as { name: string }).name);
const carry = (): void => {
  sender.answer(receiver.take(SELF, sender.frames[0]?.messages ?? []));
  sender.flush();
};
const mode = (node: string): string | undefined => sender.facts.peers[node]?.mode;
const letters = () => listDeadLetters(sender.disk, { limit: 100 });

describe('the queue to one peer', () => {
  it('has one frame in flight, and puts what comes meanwhile into the next', () => {
    for (const name of ['a', 'b', 'c']) say(name);
    expect(sender.frames).toHaveLength(1);
    expect(names()).toEqual(['a']);
    expect(mode(A)).toBe('sending');
    carry();
    expect(names()).toEqual(['b', 'c']);
    carry();
    expect(receiver.applied).toEqual(['a', 'b', 'c']);
    expect(mode(A)).toBe('idle');
    expect(queueSizes(sender.facts)).toEqual({ outbox: 0, deadLetters: 0 });
  });

  it('never mixes trees in one frame, and lets them take turns', () => {
    say('first');
    for (const name of ['n1', 'n2']) say(name);
    for (const name of ['t1', 't2']) say(name, { cell: A }, TREE);
    carry();
    const order = [names()];
    carry();
    order.push(names());
    expect(order.sort()).toEqual([
      ['n1', 'n2'],
      ['t1', 't2'],
    ]);
  });

  it('is blocked while the peer is silent, tries again ever more slowly, and at once when the peer is heard', () => {
    say('a');
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      sender.answer(null);
      sender.flush();
      expect(mode(A)).toBe('blocked');
      const since = sender.time;
      while (sender.frames.length === 0) {
        sender.wait(1);
        sender.flush();
      }
      pauses.push(sender.time - since);
    }
    const { retryMinMs, retryMaxMs } = PRESETS.lan;
    // The test's dice always fall on a half: a quarter is cut off every pause.
    const longest = retryMaxMs * 0.75;
    expect(pauses.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => retryMinMs * 0.75 * times));
    expect(pauses.slice(4)).toEqual([longest, longest, longest, longest]);
    sender.answer(null);
    sender.receive({ kind: 'pulse.changed', body: { node: A, state: 'live' } });
    sender.flush();
    expect(sender.frames).toHaveLength(1);
    expect(mode(A)).toBe('flushing');
  });

  it('is flushed in small frames with a pause after each when the peer is back', () => {
    const many = LIMITS.outboxFlushMessages + 10;
    say('first');
    for (let count = 1; count < many; count++)
      sender.enqueue({ cell: A }, { tree: null, kind: 'test.do', body: { name: `${count}` } });
    sender.flush();
    sender.answer(null);
    sender.receive({ kind: 'pulse.changed', body: { node: A, state: 'live' } });
    sender.flush();
    expect(names()).toHaveLength(LIMITS.outboxFlushMessages);
    carry();
    expect(sender.frames).toEqual([]);
    sender.wait(LIMITS.outboxPaceMs);
    sender.flush();
    expect(names()).toHaveLength(10);
    carry();
    expect(receiver.applied).toHaveLength(many);
    expect(mode(A)).toBe('idle');
  });

  it('is held back by a busy receiver for that tree alone', () => {
    receiver.mood = 'busy';
    say('n1');
    carry();
    receiver.mood = 'willing';
    expect(sender.frames).toEqual([]);
    say('t1', { cell: A }, TREE);
    expect(names()).toEqual(['t1']);
    carry();
    expect(sender.frames).toEqual([]);
    sender.wait(50);
    sender.flush();
    expect(names()).toEqual(['n1']);
  });

  it('waits no longer than the limit for a receiver that says it is busy for ever', () => {
    say('a');
    const results: Result[] = [{ id: '1', status: 'busy', retryAfterMs: Number.MAX_SAFE_INTEGER }];
    sender.answer(results);
    sender.flush();
    sender.wait(LIMITS.outboxHoldMaxMs);
    sender.flush();
    expect(names()).toEqual(['a']);
  });

  it('treats an answer that moves nothing like none', () => {
    say('a');
    sender.answer([{ id: '1', status: 'refused', code: 'gap', body: { mark: 0 } }]);
    sender.flush();
    expect(mode(A)).toBe('blocked');
    expect(letters()).toEqual([]);
  });

  it('offers a message again that was refused for a passing reason', () => {
    say('a');
    sender.answer([{ id: '1', status: 'refused', code: 'disk-full' }]);
    sender.flush();
    sender.wait(PRESETS.lan.retryMinMs);
    sender.flush();
    expect(names()).toEqual(['a']);
  });
});

describe('what is forgotten by one side', () => {
  it('is skipped where the receiver lost its marks', () => {
    for (const name of ['a', 'b']) say(name);
    carry();
    carry();
    receiver.disk.put([{ table: 'marks', key: `${SELF}/node`, value: 1 }]);
    say('c');
    carry();
    carry();
    expect(receiver.applied).toEqual(['a', 'b', 'c']);
  });

  it('is sent under new numbers where the sender’s disk is an old one', () => {
    say('a');
    carry();
    const backup = sender.disk.copy();
    for (const name of ['b', 'c']) {
      say(name);
      carry();
    }
    sender.disk = backup;
    sender.start();
    sender.flush();
    say('d');
    carry();
    carry();
    expect(receiver.applied).toEqual(['a', 'b', 'c', 'd']);
    expect(sender.facts.peers[A]?.lanes.node?.acked).toBe(4);
  });
});

describe('messages to a role', () => {
  it('go to its holder, wait where there is none, and follow to the next', () => {
    say('early', { tree: TREE, slot: 2 }, TREE);
    expect(sender.frames).toEqual([]);
    expect(queueSizes(sender.facts).outbox).toBe(1);
    sender.commitView(viewOf(1, SELF, A));
    sender.flush();
    expect(sender.frames[0]?.to).toBe(A);
    expect(names()).toEqual(['early']);
    sender.answer(null);
    sender.commitView(viewOf(2, SELF, B));
    sender.flush();
    expect(sender.frames.map(({ to }) => to)).toEqual([B]);
  });

  it('wait for the frame in flight when the holder is replaced, so that none arrives twice without need', () => {
    sender.commitView(viewOf(1, SELF, A));
    for (const name of ['a', 'b', 'c']) say(name, { tree: TREE, slot: 2 }, TREE);
    expect(names()).toEqual(['a']);
    sender.commitView(viewOf(2, SELF, B));
    sender.flush();
    expect(mode(A)).toBe('redirecting');
    expect(sender.frames).toHaveLength(1);
    carry();
    expect(mode(A)).toBe('idle');
    expect(sender.frames[0]?.to).toBe(B);
    expect(names()).toEqual(['b', 'c']);
  });

  it('leave the messages for the identity behind, whose numbers stay in order', () => {
    sender.commitView(viewOf(1, SELF, A));
    say('cell 1', { cell: A }, TREE);
    sender.answer(null);
    say('role', { tree: TREE, slot: 2 }, TREE);
    say('cell 2', { cell: A }, TREE);
    sender.receive({ kind: 'pulse.changed', body: { node: A, state: 'live' } });
    sender.flush();
    expect(names()).toEqual(['cell 1', 'role', 'cell 2']);
    sender.answer(null);
    sender.commitView(viewOf(2, SELF, B));
    sender.flush();
    sender.restartOrgan();
    sender.flush();
    const toA = sender.frames.find(({ to }) => to === A);
    expect(toA?.messages.map(({ id, kind }) => [id, kind])).toEqual([
      ['1', 'test.do'],
      ['2', 'outbox.skip'],
      ['3', 'test.do'],
    ]);
    expect(sender.frames.find(({ to }) => to === B)?.messages.map(({ id }) => id)).toEqual(['1']);
  });
});

describe('dead letters', () => {
  const refused = (): unknown[] => letters().map(({ reason, body }) => [reason, (body as { name: string }).name]);
  /** The receiver takes the frame under way, and refuses its first message. */
  const refuseFirst = (): Result[] => {
    const [first = [], rest = []] = [frameMessages().slice(0, 1), frameMessages().slice(1)];
    receiver.mood = 'refusing';
    const results = receiver.take(SELF, first);
    receiver.mood = 'willing';
    return [...results, ...receiver.take(SELF, rest)];
  };
  const frameMessages = () => sender.frames[0]?.messages ?? [];

  it('hold what was refused for good, and the rest goes on', () => {
    for (const name of ['first', 'bad', 'good']) say(name);
    carry();
    sender.answer(refuseFirst());
    sender.flush();
    expect(refused()).toEqual([['not-found', 'bad']]);
    expect(receiver.applied).toEqual(['first', 'good']);
    expect(queueSizes(sender.facts).outbox).toBe(0);
  });

  it('hold it where the answer was lost, and the receiver would take it by now', () => {
    say('bad');
    refuseFirst();
    sender.answer(null);
    sender.wait(LONG_MS);
    sender.flush();
    carry();
    expect(refused()).toEqual([['not-found', 'bad']]);
    expect(receiver.applied).toEqual([]);
  });

  it('hold what a late copy of its frame can no longer bring about', () => {
    say('bad');
    const late = frameMessages();
    sender.answer(refuseFirst());
    sender.flush();
    expect(refused()).toEqual([['not-found', 'bad']]);
    receiver.take(SELF, late);
    expect(receiver.applied).toEqual([]);
    say('next');
    carry();
    expect(receiver.applied).toEqual(['next']);
  });

  it('hold it though a skip in the same frame was applied after it, and the answer to both was lost', () => {
    sender.commitView(viewOf(1, SELF, A));
    for (const name of ['first', 'bad']) say(name, { cell: A }, TREE);
    say('role', { tree: TREE, slot: 2 }, TREE);
    carry();
    sender.answer(null);
    sender.commitView(viewOf(2, SELF, B));
    say('last', { cell: A }, TREE);
    sender.receive({ kind: 'pulse.changed', body: { node: A, state: 'live' } });
    sender.flush();
    const toB = sender.frames.shift();
    expect(toB?.to).toBe(B);
    expect(frameMessages().map(({ kind }) => kind)).toEqual(['test.do', 'outbox.skip', 'test.do']);
    refuseFirst();
    sender.answer(null);
    sender.wait(LONG_MS);
    sender.flush();
    carry();
    expect(refused()).toEqual([['not-found', 'bad']]);
    expect(receiver.applied).toEqual(['first', 'last']);
  });

  it('hold nothing because of a refusal of another message that had the number before the disk was an old one', () => {
    say('a');
    carry();
    const backup = sender.disk.copy();
    for (const name of ['bad', 'b']) say(name);
    sender.answer(refuseFirst());
    sender.flush();
    carry();
    sender.disk = backup;
    sender.start();
    sender.flush();
    say('c');
    carry();
    carry();
    expect(refused()).toEqual([]);
    expect(receiver.applied).toEqual(['a', 'b', 'c']);
  });

  it('hold what has waited too long, for a cell that is gone and for a role that nobody holds', () => {
    say('cell');
    sender.answer(null);
    say('role', { tree: TREE, slot: 9 }, TREE);
    sender.wait(LIMITS.outboxSweepMs);
    sender.flush();
    expect(letters()).toEqual([]);
    while (sender.frames.length > 0) sender.answer(null);
    sender.wait(LIMITS.outboxExpiryMs + LIMITS.outboxSweepMs);
    sender.flush();
    expect(letters().map(({ reason, kind }) => [reason, kind])).toEqual([
      ['expired', 'test.do'],
      ['expired', 'test.do'],
    ]);
    expect(queueSizes(sender.facts)).toEqual({ outbox: 0, deadLetters: 2 });
    expect(queueSizes(restored(sender.disk).facts)).toEqual({ outbox: 0, deadLetters: 2 });
  });

  it('are bounded: past the limit the oldest goes', () => {
    const before = Array.from({ length: LIMITS.deadLettersMax - 1 }, (_, index) => index + 1);
    sender.facts = { ...sender.facts, letters: { numbers: before, next: LIMITS.deadLettersMax } };
    receiver.mood = 'refusing';
    const refuse = (name: string): void => {
      say(name);
      carry();
    };
    refuse('at the limit');
    expect(sender.facts.letters.numbers).toEqual([...before, LIMITS.deadLettersMax]);
    refuse('one past it');
    expect(sender.facts.letters.numbers).toHaveLength(LIMITS.deadLettersMax);
    expect(sender.facts.letters.numbers[0]).toBe(2);
  });
});

describe('the intake', () => {
  it('takes as many messages for one recipient as the limit says, and not one more', () => {
    const message = { tree: null, kind: 'test.do', body: { name: 'x' } };
    for (let count = 0; count < LIMITS.outboxPerPeerMax; count++) sender.intake.enqueue({ cell: A }, message);
    expect(() => sender.intake.enqueue({ cell: A }, message)).toThrow(expect.objectContaining({ code: 'outbox-full' }));
    expect(() => sender.intake.enqueue({ cell: B }, message)).not.toThrow();
  });

  it('makes room for what was delivered, and for what was never committed', () => {
    const fill = (count: number): void => {
      for (let index = 0; index < count; index++)
        sender.enqueue({ cell: A }, { tree: null, kind: 'test.do', body: { name: 'x' } });
    };
    fill(LIMITS.outboxPerPeerMax - 1);
    sender.enqueueInVain({ cell: A }, { tree: null, kind: 'test.do', body: { name: 'vain' } });
    fill(1);
    expect(() => fill(1)).toThrow();
    sender.flush();
    carry();
    const room = receiver.applied.length;
    fill(room);
    expect(() => fill(1)).toThrow();
  });

  it('refuses a body that no frame could carry', () => {
    const body = { name: 'x'.repeat(LIMITS.messageBytesMax) };
    expect(() => sender.intake.enqueue({ cell: A }, { tree: null, kind: 'test.do', body })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });
});

describe('a node that stops', () => {
  it('is told once nothing waits for a peer that can be reached', () => {
    say('a');
    say('b', { cell: B });
    sender.receive({ kind: 'node.pausing', body: { returnWithinMs: 1 } });
    expect(sender.told).toEqual([]);
    carry();
    expect(sender.told).toEqual([]);
    sender.answer(null);
    expect(sender.told).toEqual(['drained']);
  });

  it('is told anew where the node was not let go, and stops later', () => {
    sender.receive({ kind: 'node.leaving', body: {} });
    sender.receive({ kind: 'consensus.refused', body: { code: 'no-authority', detail: null } });
    sender.receive({ kind: 'node.pausing', body: { returnWithinMs: 1 } });
    expect(sender.told).toEqual(['drained', 'drained']);
  });

  it('is told at once where nothing waits', () => {
    sender.receive({ kind: 'node.pausing', body: { returnWithinMs: 1 } });
    expect(sender.told).toEqual(['drained']);
  });
});
