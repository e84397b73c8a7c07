import { describe, expect, it } from 'vitest';
import { isFault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { PeerRequest } from '../../../src/contract/ports.ts';
import type { Frame } from '../../../src/contract/wire.ts';
import { parseFrame } from '../../../src/runtime/membrane/frame.ts';
import type { Passage } from '../../../src/runtime/membrane/memory.ts';
import { problem } from '../../../src/runtime/membrane/problem.ts';
import { alice, bob, mallory, message, Stage, TREE } from './stage.ts';

const say = (body: string) => ({ tree: TREE, kind: 'notes.post', body });
const soon = { deadlineMs: 1_000 };
const arrives: Passage = { deliver: true, delayMs: 1 };

const frameIn = (request: PeerRequest | undefined): Frame => {
  const parsed = request?.route === 'frame' ? parseFrame(request.bytes) : undefined;
  if (parsed?.ok !== true) throw new Error('not a frame');
  return parsed.value;
};
const faultOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (isFault(error) ? error.code : String(error)),
  );

describe('ask', () => {
  it('brings the answer of the organ it asked', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    await stage.node(bob, { answer: ({ body }) => ({ ok: true, body: { heard: body } }) });
    const outcome = await stage.settle(a.courier.ask(bob.node, say('hi'), soon));
    expect(outcome).toEqual({ ok: true, body: { heard: 'hi' } });
  });

  it('puts all that is asked in one turn into one frame, and numbers messages shortly and uniquely', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    const asked = Array.from({ length: 40 }, (_, index) => a.courier.ask(bob.node, say(`${index}`), soon));
    const outcomes = await stage.settle(Promise.all(asked));
    expect(outcomes.map((outcome) => outcome.ok && outcome.body)).toEqual(asked.map((_, index) => `${index}`));
    expect(b.requests).toHaveLength(1);
    const ids = b.delivered.map(({ message: { id } }) => id);
    expect(new Set(ids).size).toBe(40);
    expect(Math.max(...ids.map((id) => id.length))).toBeLessThanOrEqual(2);
  });

  it('fills frames up to their limits and no further', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    const many = Array.from({ length: LIMITS.frameMessagesMax + 1 }, () => a.courier.ask(bob.node, say('x'), soon));
    await stage.settle(Promise.all(many));
    expect(b.requests.map((request) => frameIn(request).messages.length)).toEqual([LIMITS.frameMessagesMax, 1]);
    const large = 'x'.repeat(LIMITS.messageBytesMax - 2);
    const five = await stage.settle(Promise.all([1, 2, 3, 4, 5].map(() => a.courier.ask(bob.node, say(large), soon))));
    expect(five.every(({ ok }) => ok)).toBe(true);
    expect(b.requests.slice(2).map((request) => frameIn(request).messages.length)).toEqual([3, 2]);
  });

  it('gives refusals, deadlines and refused connections as outcomes', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const answers: Record<string, Outcome> = {
      no: { ok: false, code: 'conflict', detail: 'no', body: { version: 3 } },
      busy: { ok: false, code: 'busy', retryAfterMs: 9 },
      twice: { ok: false, code: 'duplicate' },
    };
    const b = await stage.node(bob, { answer: ({ body }) => answers[body as string] ?? new Promise(() => undefined) });
    const ask = (body: string) => stage.settle(a.courier.ask(bob.node, say(body), soon));
    expect(await ask('no')).toEqual(answers.no);
    expect(await ask('busy')).toEqual(answers.busy);
    expect(await ask('twice')).toEqual({ ok: true, body: null });
    const before = stage.clock.monotonic();
    expect(await ask('nothing')).toMatchObject({ ok: false, code: 'deadline' });
    expect(stage.clock.monotonic() - before).toBe(1_000);
    b.crash();
    expect(await ask('dead')).toMatchObject({ ok: false, code: 'unreachable' });
    expect(await stage.settle(a.courier.ask(mallory.node, say('who?'), soon))).toMatchObject({ code: 'unreachable' });
  });

  it('ends a question when its caller takes it back', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    await stage.node(bob, { answer: () => new Promise(() => undefined) });
    const caller = new AbortController();
    const asked = a.courier.ask(bob.node, say('x'), { deadlineMs: 60_000, signal: caller.signal });
    stage.clock.schedule(5, () => caller.abort());
    expect(await stage.settle(asked)).toMatchObject({ ok: false, code: 'cancelled' });
    expect(stage.clock.monotonic()).toBe(5);
  });

  it('keeps four frames under way, lets the newest win over the bound, and answers the oldest busy', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    stage.network.hold(alice.node, bob.node);
    const asked: Promise<Outcome>[] = [];
    for (let turn = 0; turn < LIMITS.controlFramesMax; turn++) {
      asked.push(a.courier.ask(bob.node, say(`${turn}`), soon));
      await stage.clock.advance(1);
    }
    for (let late = 0; late <= LIMITS.controlQueueMax; late++) asked.push(a.courier.ask(bob.node, say('late'), soon));
    await stage.clock.advance(5);
    stage.network.release(alice.node, bob.node);
    const outcomes = await stage.settle(Promise.all(asked));
    const failed = outcomes.flatMap((outcome, index) => (outcome.ok ? [] : [[index, outcome.code]]));
    expect(failed).toEqual([[LIMITS.controlFramesMax, 'busy']]);
    expect(b.requests.map((request) => frameIn(request).messages.length)).toEqual([1, 1, 1, 1, 512, 512]);
  });

  it('lets no question that may take long hold up a prompt one', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    await stage.node(bob, {
      answer: ({ body }) => (body === 'slow' ? new Promise(() => undefined) : { ok: true, body }),
    });
    for (let turn = 0; turn < 2 * LIMITS.controlFramesMax; turn++) {
      void a.courier.ask(bob.node, say('slow'), { deadlineMs: LIMITS.promptDeadlineMs + 1 });
      await stage.clock.advance(1);
    }
    const before = stage.clock.monotonic();
    const slow = a.courier.ask(bob.node, say('slow'), { deadlineMs: 10_000 });
    expect(await stage.settle(a.courier.ask(bob.node, say('quick'), soon))).toEqual({ ok: true, body: 'quick' });
    expect(stage.clock.monotonic() - before).toBe(2);
    a.courier.close();
    expect(await slow).toMatchObject({ code: 'stopping' });
  });

  it('refuses a body over the limit without sending it', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    const asked = a.courier.ask(bob.node, say('x'.repeat(LIMITS.messageBytesMax + 4_096)), soon);
    expect([await stage.settle(asked), b.requests]).toMatchObject([{ ok: false, code: 'too-large' }, []]);
  });

  it('waits for an organism of its own', async () => {
    const stage = new Stage();
    const a = await stage.node(alice, { courier: { organism: () => null } });
    await stage.node(bob);
    expect(await stage.settle(a.courier.ask(bob.node, say('x'), soon))).toMatchObject({ code: 'starting' });
  });
});

describe('incarnations', () => {
  it('are learned from the first answer, and told once', async () => {
    const stage = new Stage();
    const heard: unknown[] = [];
    const a = await stage.node(alice, { courier: { onIncarnation: (...one) => heard.push(one) } });
    const b = await stage.node(bob, { incarnation: 6 });
    await stage.settle(a.courier.ask(bob.node, say('1'), soon));
    await stage.settle(a.courier.ask(bob.node, say('2'), soon));
    expect(b.requests.map((request) => frameIn(request).toIncarnation)).toEqual([0, 6]);
    expect([heard, a.courier.incarnationOf(bob.node)]).toEqual([[[bob.node, 6]], 6]);
  });

  it('that changed have the frame made again with the same ids, on both lanes', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const first = await stage.node(bob, { incarnation: 1 });
    await stage.settle(a.courier.ask(bob.node, say('1'), soon));
    first.crash();
    const second = await stage.node(bob, { incarnation: 2 });
    expect(await stage.settle(a.courier.ask(bob.node, say('2'), soon))).toMatchObject({ ok: true });
    second.crash();
    const third = await stage.node(bob, { incarnation: 3 });
    const results = await stage.settle(a.courier.deliver(bob.node, [message({ id: '77' })], soon));
    expect(results).toMatchObject([{ id: '77', status: 'applied' }]);
    for (const { requests, delivered, gate } of [second, third]) {
      const [refused, remade] = requests.map(frameIn);
      expect(remade?.messages).toEqual(refused?.messages);
      expect([delivered.length, gate.rejected()]).toEqual([1, {}]);
    }
  });

  it('that change with every answer are followed only so far', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    let requests = 0;
    const restless = stage.network.membrane(bob, 'https://restless:1', stage.clock.scope());
    const url = await restless.listen(async () => {
      requests += 1;
      return problem('restarted', 'again', 0, { incarnation: requests });
    });
    stage.introduce(bob.node, url);
    expect(await stage.settle(a.courier.ask(bob.node, say('x'), soon))).toMatchObject({ ok: false, code: 'restarted' });
    expect(requests).toBe(1 + LIMITS.frameRemakesMax);
    expect(await stage.settle(faultOf(a.courier.deliver(bob.node, [message()], soon)))).toBe('refused');
    expect(requests).toBe(2 + 2 * LIMITS.frameRemakesMax);
  });

  it('of our own that is not the highest is told', async () => {
    const stage = new Stage();
    const told: unknown[] = [];
    const b = await stage.node(bob);
    const young = await stage.node(alice, { incarnation: 2 });
    await stage.settle(young.courier.ask(bob.node, say('1'), soon));
    young.crash();
    const old = await stage.node(alice, { incarnation: 1, courier: { onSuperseded: (...one) => told.push(one) } });
    expect(await stage.settle(old.courier.ask(bob.node, say('2'), soon))).toMatchObject({
      ok: false,
      code: 'superseded',
    });
    expect(await stage.settle(faultOf(old.courier.deliver(bob.node, [message()], soon)))).toBe('superseded');
    expect(told).toEqual([
      [bob.node, 2],
      [bob.node, 2],
    ]);
    expect(b.delivered).toHaveLength(1);
  });
});

describe('deliver', () => {
  it('sends the same bytes again until they are answered, and they are applied once', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    let legs = 0;
    stage.network.policy = (_from, _to, _request, leg) => {
      legs += leg === 'request' ? 1 : 0;
      // The first request is lost, the second one's reply, the third one's reply is damaged.
      if (legs === 1) return { ...arrives, deliver: false };
      if (legs === 2) return { ...arrives, replyLost: true };
      return legs === 3 && leg === 'reply' ? { ...arrives, corrupt: true } : arrives;
    };
    const results = await stage.settle(a.courier.deliver(bob.node, [message({ id: 'm1' })], { deadlineMs: 30_000 }));
    expect(results).toEqual([{ id: 'm1', status: 'applied', body: 'hi' }]);
    expect([b.delivered.length, new Set(b.requests.map((request) => frameIn(request).seq)).size]).toEqual([1, 1]);
    expect([b.requests.length, b.gate.rejected()]).toEqual([3, {}]);
  });

  it('has one frame per peer in flight', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const order: unknown[] = [];
    const slowly = async ({ id }: { id: string }): Promise<Outcome> => {
      order.push(`+${id}`);
      await new Promise<void>((resolve) => stage.clock.schedule(20, resolve));
      order.push(`-${id}`);
      return { ok: true, body: null };
    };
    await stage.node(bob, { answer: slowly });
    const both = ['1', '2'].map((id) => a.courier.deliver(bob.node, [message({ id })], soon));
    await stage.settle(Promise.all(both));
    expect(order).toEqual(['+1', '-1', '+2', '-2']);
  });

  it('takes the prefix that one frame has room for', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    await stage.node(bob);
    const large = 'x'.repeat(LIMITS.messageBytesMax - 2);
    const messages = Array.from({ length: 5 }, (_, index) => message({ id: `${index}`, body: large }));
    const results = await stage.settle(a.courier.deliver(bob.node, messages, soon));
    expect(results.map(({ id }) => id)).toEqual(['0', '1', '2']);
  });

  it('rejects with the last reason at its deadline', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    stage.network.partition([[alice.node], [bob.node]]);
    expect(await stage.settle(faultOf(a.courier.deliver(bob.node, [message()], { deadlineMs: 5_000 })))).toBe(
      'deadline',
    );
    expect(stage.clock.monotonic()).toBe(5_000);
    stage.network.repair();
    b.crash();
    expect(await stage.settle(faultOf(a.courier.deliver(bob.node, [message()], soon)))).toBe('unreachable');
    expect(await faultOf(a.courier.deliver(mallory.node, [message()], soon))).toBe('unreachable');
  });

  it('ends when the courier closes', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    const b = await stage.node(bob);
    b.crash();
    const open = faultOf(a.courier.deliver(bob.node, [message()], { deadlineMs: 30_000 }));
    await stage.clock.advance(10);
    a.courier.close();
    expect(await stage.settle(open)).toBe('stopping');
  });
});

describe('what comes back', () => {
  it('counts only if it is the answer of exactly that node to exactly that frame', async () => {
    const stage = new Stage();
    const a = await stage.node(alice);
    await stage.node(bob);
    stage.network.policy = (_from, _to, _request, leg) => ({ ...arrives, corrupt: leg === 'reply' });
    expect(await stage.settle(a.courier.ask(bob.node, say('x'), soon))).toMatchObject({
      ok: false,
      code: 'unreachable',
    });
  });

  it('tells that the peer lives', async () => {
    const stage = new Stage();
    const met: string[] = [];
    const a = await stage.node(alice, { courier: { onContact: (node) => met.push(node) } });
    await stage.node(bob);
    await stage.settle(a.courier.ask(bob.node, say('x'), soon));
    expect(met).toEqual([bob.node]);
  });
});
