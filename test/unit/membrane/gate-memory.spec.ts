import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import { alice, bob, frameOf, gateOfBob, jsonOf, message, signed } from './stage.ts';

const OK: Outcome = { ok: true, body: null };
const thrown = (): never => {
  throw new Error('a defect');
};
const body = (value: string) => ({ messages: [message({ body: value })] });

describe('incarnations', () => {
  it('answers a frame for an earlier life with its own number, and counts no offence', async () => {
    const { gate, delivered } = gateOfBob();
    const response = await gate.handle(alice, signed(frameOf({ toIncarnation: 2 })));
    expect(jsonOf(response)).toMatchObject({ code: 'restarted', status: 409, incarnation: 3 });
    expect([delivered, gate.rejected()]).toEqual([[], {}]);
  });

  it('tells the older of two processes with one key to go', async () => {
    const { gate, delivered } = gateOfBob();
    await gate.handle(alice, signed(frameOf({ incarnation: 7 })));
    const response = await gate.handle(alice, signed(frameOf({ incarnation: 6, seq: 2 })));
    expect(jsonOf(response)).toMatchObject({ code: 'superseded', status: 409, incarnation: 7 });
    expect([delivered.length, gate.rejected()]).toEqual([1, { superseded: 1 }]);
  });

  it('starts the numbers anew with a new incarnation', async () => {
    const { gate } = gateOfBob();
    expect((await gate.handle(alice, signed(frameOf({ seq: 50 })))).status).toBe(200);
    expect((await gate.handle(alice, signed(frameOf({ incarnation: 2, seq: 1 })))).status).toBe(200);
    expect(gate.incarnationOf(alice.node)).toBe(2);
  });

  it('tells of every sender that it verified, and of no other', async () => {
    const met: unknown[] = [];
    const { gate } = gateOfBob({ onContact: (...contact) => met.push(contact) });
    await gate.handle(alice, { ...signed(frameOf({ incarnation: 9 })), signature: 'x' });
    await gate.handle(alice, signed(frameOf({ incarnation: 4 })));
    expect(met).toEqual([[alice.node, 4]]);
  });
});

describe('the control lane', () => {
  it('takes frames in any order within the window, each once', async () => {
    const { gate, delivered } = gateOfBob();
    const send = async (seq: number, value = `${seq}`) =>
      jsonOf(await gate.handle(alice, signed(frameOf({ seq, ...body(value) }))));
    for (const seq of [5, 3, 4, 1]) await send(seq);
    expect(delivered.map(({ message: { body: value } }) => value)).toEqual(['5', '3', '4', '1']);
    expect(await send(3)).toMatchObject({ code: 'replayed', status: 409 });
    expect(await send(3, 'other')).toMatchObject({ code: 'replayed' });
    expect([delivered.length, gate.rejected()]).toEqual([4, { replayed: 2 }]);
  });

  it('refuses what is older than the window', async () => {
    const { gate } = gateOfBob();
    const send = async (seq: number) => (await gate.handle(alice, signed(frameOf({ seq })))).status;
    expect(await send(5_000)).toBe(200);
    expect(await send(5_000 - LIMITS.replayWindow)).toBe(409);
    expect(await send(5_001 - LIMITS.replayWindow)).toBe(200);
  });

  it('works on messages at once and answers in their order', async () => {
    const answers: (() => void)[] = [];
    const deliver = ({ id }: { id: string }) =>
      new Promise<Outcome>((resolve) => answers.push(() => resolve({ ok: true, body: id })));
    const { gate } = gateOfBob({ deliver });
    const response = gate.handle(alice, signed(frameOf({ messages: [message({ id: 'a' }), message({ id: 'b' })] })));
    expect(answers).toHaveLength(2);
    for (const answer of answers.reverse()) answer();
    expect(jsonOf(await response).results.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});

describe('the ordered lane', () => {
  const ordered = (seq: number, more = {}) => signed(frameOf({ lane: 'ordered', seq, ...more }));

  it('answers the same bytes again with the stored answer, and does nothing twice', async () => {
    const { gate, delivered, clock } = gateOfBob();
    const sent = ordered(1);
    const first = await gate.handle(alice, sent);
    await clock.advance(1_000);
    expect(await gate.handle(alice, sent)).toEqual(first);
    expect([delivered.length, gate.rejected()]).toEqual([1, {}]);
  });

  it('lets a repeat that comes too early wait for the same answer', async () => {
    let answer = (_outcome: Outcome): void => undefined;
    const deliver = () => new Promise<Outcome>((resolve) => (answer = resolve));
    const { gate } = gateOfBob({ deliver });
    const both = [gate.handle(alice, ordered(1)), gate.handle(alice, ordered(1))];
    await Promise.resolve();
    await Promise.resolve();
    answer({ ok: true, body: 'once' });
    const [first, second] = await Promise.all(both);
    expect(second).toEqual(first);
  });

  it('refuses other bytes under a used number, and numbers below the last', async () => {
    const { gate, delivered } = gateOfBob();
    await gate.handle(alice, ordered(4));
    for (const late of [ordered(4, body('other')), ordered(3, body('late'))]) {
      expect(jsonOf(await gate.handle(alice, late))).toMatchObject({ code: 'replayed', status: 409 });
    }
    expect([delivered.length, gate.rejected()]).toEqual([1, { replayed: 2 }]);
  });

  it('keeps its numbers apart from those of the control lane', async () => {
    const { gate } = gateOfBob();
    expect((await gate.handle(alice, ordered(1))).status).toBe(200);
    expect((await gate.handle(alice, signed(frameOf({ seq: 1 })))).status).toBe(200);
  });

  it('delivers one message after the other, and one frame after the other', async () => {
    const steps: string[] = [];
    const { gate, clock } = gateOfBob({
      deliver: async ({ body: value }) => {
        steps.push(`+${value}`);
        await new Promise<void>((resolve) => clock.schedule(10, resolve));
        steps.push(`-${value}`);
        return { ok: true, body: null };
      },
    });
    const two = { messages: [message({ id: '1', body: 'a' }), message({ id: '2', body: 'b' })] };
    const both = Promise.all([gate.handle(alice, ordered(1, two)), gate.handle(alice, ordered(2, body('c')))]);
    await clock.advance(100);
    await both;
    expect(steps).toEqual(['+a', '-a', '+b', '-b', '+c', '-c']);
  });

  it('answers busy for what takes too long, and lets nothing overtake it', async () => {
    const started: unknown[] = [];
    const deliver = ({ id }: { id: string }) => {
      started.push(id);
      return id === '1' ? Promise.resolve<Outcome>({ ok: true, body: null }) : new Promise<Outcome>(() => undefined);
    };
    const { gate, clock } = gateOfBob({ deliver });
    const response = gate.handle(alice, ordered(1, { messages: ['1', '2', '3'].map((id) => message({ id })) }));
    await clock.advance(LIMITS.answerTimeoutMs);
    expect(jsonOf(await response).results.map(({ status }) => status)).toEqual(['applied', 'busy', 'busy']);
    expect(started).toEqual(['1', '2']);
  });

  it('goes on after an answer that is no JSON, and after an organ that throws where it must not', async () => {
    const defects = [async () => ({ ok: true, body: 1n as never }) as const, () => Promise.resolve(OK), thrown];
    const { gate } = gateOfBob({ deliver: () => (defects.shift() ?? (async () => OK))() });
    await expect(gate.handle(alice, ordered(1))).rejects.toThrow(/BigInt/);
    const both = { messages: [message({ id: '1' }), message({ id: '2' })] };
    expect(jsonOf(await gate.handle(alice, ordered(2, both))).results).toMatchObject([
      { status: 'applied' },
      { status: 'refused', code: 'internal' },
    ]);
    for (let seq = 3; seq < 3 + LIMITS.framesPerPeerMax; seq++) {
      expect((await gate.handle(alice, ordered(seq))).status).toBe(200);
    }
  });

  it('forgets the oldest answers when they are too many', async () => {
    const deliver = async (): Promise<Outcome> => ({ ok: true, body: 'x'.repeat(1_000_000) });
    const { gate } = gateOfBob({ deliver });
    for (let seq = 1; seq <= 5; seq++) await gate.handle(alice, ordered(seq));
    expect((await gate.handle(alice, ordered(5))).status).toBe(200);
    expect(jsonOf(await gate.handle(alice, ordered(1))).code).toBe('replayed');
  });
});

describe('how much is worked on at once', () => {
  it('is bounded per peer, and a frame that was refused as busy may come again', async () => {
    let answerAll = (): void => undefined;
    const gathered = new Promise<Outcome>((resolve) => {
      answerAll = () => resolve({ ok: true, body: null });
    });
    const { gate } = gateOfBob({ deliver: () => gathered });
    const open = Array.from({ length: LIMITS.framesPerPeerMax }, (_, index) =>
      gate.handle(alice, signed(frameOf({ seq: index + 1 }))),
    );
    const next = signed(frameOf({ seq: 100 }));
    expect(jsonOf(await gate.handle(alice, next))).toMatchObject({ code: 'busy', status: 503 });
    answerAll();
    await Promise.all(open);
    expect((await gate.handle(alice, next)).status).toBe(200);
  });
});

describe('a clock that is off', () => {
  it('is said plainly once an hour, shown, and never a ground to refuse', async () => {
    const { gate, clock, log } = gateOfBob();
    const hour = 3_600_000;
    const send = async (seq: number, offMs: number) =>
      (await gate.handle(alice, signed(frameOf({ seq, sentAt: clock.now() + offMs })))).status;
    expect([await send(1, hour), await send(2, hour + 5)]).toEqual([200, 200]);
    expect(gate.skews()).toEqual({ [alice.node]: hour + 5 });
    expect(log.lines).toMatchObject([
      { level: 'warn', event: 'clock.skew', fields: { node: alice.node, skewMs: hour } },
    ]);
    await clock.advance(hour);
    await send(3, -hour);
    expect(log.lines).toHaveLength(2);
    await send(4, -LIMITS.skewMaxMs);
    expect(gate.skews()).toEqual({});
    expect(gate.rejected()).toEqual({});
  });

  it('reads its answer, which says the time here', async () => {
    const { gate, clock } = gateOfBob();
    const { at, from } = jsonOf(await gate.handle(alice, signed(frameOf({ sentAt: 0 }))));
    expect([at, from]).toEqual([clock.now(), bob.node]);
  });
});
