import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { PeerRequest } from '../../../src/contract/ports.ts';
import { encodeFrame, frameHash } from '../../../src/runtime/membrane/frame.ts';
import {
  alice,
  bob,
  frameOf,
  gateOfBob,
  jsonOf,
  mallory,
  message,
  OTHER_ORGANISM,
  request,
  signed,
  TREE,
} from './stage.ts';

const text = (value: string): Uint8Array => Buffer.from(value);

describe('a frame that is let in', () => {
  it('is delivered with its verified origin and answered with a signed reply to exactly these bytes', async () => {
    const { gate, delivered, clock } = gateOfBob();
    const sent = signed(frameOf());
    const response = await gate.handle(alice, sent);
    expect(response.status).toBe(200);
    expect(delivered).toEqual([
      {
        message: message(),
        origin: { from: alice.node, spki: alice.spki, incarnation: 1, lane: 'control', sentAt: Date.UTC(2025, 0, 1) },
      },
    ]);
    expect(jsonOf(response)).toEqual({
      v: 1,
      organism: frameOf().organism,
      from: bob.node,
      incarnation: 3,
      to: alice.node,
      frame: frameHash(sent.bytes),
      at: clock.now(),
      results: [{ id: '1', status: 'applied', body: { echo: 'hi' } }],
    });
    expect(bob.verify('reply', response.bytes, response.signature ?? '', bob.spki)).toBe(true);
    expect(gate.rejected()).toEqual({});
  });

  it('may not know the incarnation of its receiver yet', async () => {
    expect((await gateOfBob().gate.handle(alice, signed(frameOf({ toIncarnation: 0 })))).status).toBe(200);
  });

  it('tells each message what became of it', async () => {
    const outcomes: Record<string, Outcome> = {
      a: { ok: true, body: null },
      b: { ok: false, code: 'duplicate' },
      c: { ok: false, code: 'conflict', detail: 'no', body: { version: 4 } },
      d: { ok: false, code: 'busy', retryAfterMs: 70 },
    };
    const deliver = async ({ id }: { id: string }): Promise<Outcome> => {
      const outcome = outcomes[id];
      if (outcome !== undefined) return outcome;
      throw id === 'e' ? new Fault('no-authority', 'who?') : new Error('a defect');
    };
    const { gate, log } = gateOfBob({ deliver });
    const messages = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => message({ id }));
    const response = await gate.handle(alice, signed(frameOf({ messages })));
    expect(jsonOf(response).results).toEqual([
      { id: 'a', status: 'applied', body: null },
      { id: 'b', status: 'duplicate' },
      { id: 'c', status: 'refused', code: 'conflict', detail: 'no', body: { version: 4 } },
      { id: 'd', status: 'busy', retryAfterMs: 70 },
      { id: 'e', status: 'refused', code: 'no-authority', detail: 'who?' },
      { id: 'f', status: 'refused', code: 'internal' },
    ]);
    expect(log.lines.filter(({ event }) => event === 'membrane.deliver.failed')).toHaveLength(1);
  });

  it('has the messages of an unknown kind refused and counted, and the others applied', async () => {
    const { gate } = gateOfBob();
    const messages = [message({ id: '1', kind: 'no.such' }), message({ id: '2' })];
    const { results } = jsonOf(await gate.handle(alice, signed(frameOf({ messages }))));
    expect(results.map(({ status }) => status)).toEqual(['refused', 'applied']);
    expect(results[0]).toMatchObject({ code: 'unknown-kind' });
    expect(gate.rejected()).toEqual({ 'unknown-kind': 1 });
  });

  it('has those of the ordered lane noted before they are refused, as their numbers are used up', async () => {
    const noted: string[] = [];
    const { gate } = gateOfBob({
      refuse: async ({ id }, { from }, code) => {
        noted.push(`${from} ${id} ${code}`);
        return { ok: false, code, body: { mark: 1 } };
      },
    });
    const frame = frameOf({ lane: 'ordered', messages: [message({ id: '1', kind: 'no.such' }), message({ id: '2' })] });
    const { results } = jsonOf(await gate.handle(alice, signed(frame)));
    expect(results[0]).toEqual({ id: '1', status: 'refused', code: 'unknown-kind', body: { mark: 1 } });
    expect(results[1]).toMatchObject({ id: '2', status: 'applied' });
    expect(noted).toEqual([`${alice.node} 1 unknown-kind`]);
    await gate.handle(alice, signed(frameOf({ seq: 2, messages: [message({ kind: 'no.such' })] })));
    expect(noted).toHaveLength(1);
  });
});

describe('a frame that is refused', () => {
  const deep = (levels: number): Uint8Array => text('['.repeat(levels) + ']'.repeat(levels));
  const canonicalText = Buffer.from(encodeFrame(frameOf())).toString();
  const revoked = gateOfBob({ standing: () => 'revoked' }).gate;

  it.each<[what: string, code: string, status: number, PeerRequest & { route: 'frame' }, from?: typeof alice | null]>([
    ['{"msg":null}', 'malformed', 400, request(text('{"msg":null}'))],
    ['null', 'malformed', 400, request(text('null'))],
    ['nothing', 'malformed', 400, request(text(''))],
    ['malformed JSON', 'malformed', 400, request(text('{"v":1,'))],
    ['bytes that are not UTF-8', 'malformed', 400, request(Uint8Array.of(0x22, 0xff, 0x22))],
    ['a byte order mark', 'malformed', 400, request(text(`\uFEFF${canonicalText}`))],
    ['nesting 10,000 deep', 'malformed', 400, request(deep(10_000))],
    ['another spelling: a space', 'malformed', 400, request(text(canonicalText.replace(':', ': ')))],
    ['another spelling: an escape', 'malformed', 400, request(text(canonicalText.replace('"hi"', '"\\u0068i"')))],
    ['another spelling: order of keys', 'malformed', 400, request(text(JSON.stringify(frameOf())))],
    ['a key called __proto__', 'malformed', 400, request(text(canonicalText.replace('"hi"', '{"__proto__":1}')))],
    ['a member too many', 'malformed', 400, signed({ ...frameOf(), extra: 1 } as never)],
    ['a member missing', 'malformed', 400, signed({ ...frameOf(), seq: undefined } as never)],
    ['a version of the future', 'malformed', 400, signed({ ...frameOf(), v: 2 } as never)],
    ['a sequence number that is not whole', 'malformed', 400, signed(frameOf({ seq: 1.5 }))],
    ['a sequence number beyond 2^53', 'malformed', 400, signed(frameOf({ seq: 2 ** 53 }))],
    ['no messages', 'malformed', 400, signed(frameOf({ messages: [] }))],
    ['a kind that is none', 'malformed', 400, signed(frameOf({ messages: [message({ kind: '../notes' })] }))],
    ['the other lane', 'malformed', 400, { ...signed(frameOf()), lane: 'ordered' }],
    ['an oversized body', 'too-large', 413, request(new Uint8Array(LIMITS.frameBytesMax + 1))],
    ['no certificate', 'no-certificate', 401, signed(frameOf()), null],
    ["another organism's frame", 'wrong-organism', 421, signed(frameOf({ organism: OTHER_ORGANISM }))],
    ['another recipient', 'wrong-recipient', 421, signed(frameOf({ to: mallory.node }))],
    ['a frame sent on by another', 'key-mismatch', 403, signed(frameOf()), mallory],
    ["another node's signature", 'bad-signature', 403, signed(frameOf(), mallory)],
    ['no signature', 'bad-signature', 403, { ...signed(frameOf()), signature: '' }],
    ["a non-member's frame", 'not-a-member', 403, signed(frameOf({ from: mallory.node }), mallory), mallory],
  ])('%s: %s', async (_what, code, status, sent, from = alice) => {
    const { gate, delivered, log } = gateOfBob();
    const response = await gate.handle(from, sent);
    expect(response).not.toHaveProperty('signature');
    expect(jsonOf(response)).toMatchObject({ code, status, type: `urn:peertree:problem:${code}` });
    expect(response.status).toBe(status);
    expect(delivered).toEqual([]);
    expect(gate.rejected()).toEqual({ [code]: 1 });
    expect(log.lines).toMatchObject([{ level: 'warn', event: 'membrane.rejected', fields: { reason: code } }]);
  });

  it('a signature of another domain', async () => {
    const bytes = encodeFrame(frameOf());
    const response = await gateOfBob().gate.handle(alice, { ...request(bytes), signature: alice.sign('reply', bytes) });
    expect(jsonOf(response).code).toBe('bad-signature');
  });

  it("a revoked key's", async () => {
    expect(jsonOf(await revoked.handle(alice, signed(frameOf())))).toMatchObject({ code: 'revoked', status: 403 });
  });

  it('any frame while this node belongs to no organism', async () => {
    const { gate } = gateOfBob({ organism: () => null });
    expect(jsonOf(await gate.handle(alice, signed(frameOf()))).code).toBe('wrong-organism');
  });

  it('with any one bit changed', async () => {
    const sent = signed(
      frameOf({ lane: 'ordered', messages: [message({ body: { text: 'é', n: 1 } }), message({ id: '2' })] }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(sent.bytes.length * 8 - 1), async (bit) => {
        const { gate, delivered } = gateOfBob();
        const bytes = Uint8Array.from(sent.bytes);
        bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
        const response = await gate.handle(alice, { ...sent, bytes });
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(delivered).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('whatever bytes come, without ever failing itself', async () => {
    const { gate, delivered } = gateOfBob();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(text)), async (bytes) => {
        expect(jsonOf(await gate.handle(alice, request(bytes))).code).toBe('malformed');
      }),
    );
    expect(delivered).toEqual([]);
  });
});

describe('the limits of a frame', () => {
  const padded = (bytes: number): string => 'x'.repeat(bytes - 2);

  it('takes a body at the limit and refuses one byte more', async () => {
    const { gate } = gateOfBob();
    const send = (bytes: number, seq: number) =>
      gate.handle(alice, signed(frameOf({ seq, messages: [message({ body: padded(bytes) })] })));
    expect((await send(LIMITS.messageBytesMax, 1)).status).toBe(200);
    expect(jsonOf(await send(LIMITS.messageBytesMax + 1, 2))).toMatchObject({ code: 'too-large', status: 413 });
  });

  it('takes a frame at the limit and refuses one byte more', async () => {
    const { gate } = gateOfBob();
    const sized = (bytes: number, seq: number) => {
      const bodies = [250_000, 250_000, 250_000, 250_000, 0];
      const build = (last: number) =>
        frameOf({
          seq,
          messages: bodies.map((size, id) => message({ id: `${id}`, body: 'x'.repeat(id === 4 ? last : size) })),
        });
      return signed(build(bytes - encodeFrame(build(0)).length));
    };
    expect(sized(LIMITS.frameBytesMax, 1).bytes.length).toBe(LIMITS.frameBytesMax);
    expect((await gate.handle(alice, sized(LIMITS.frameBytesMax, 1))).status).toBe(200);
    expect(jsonOf(await gate.handle(alice, sized(LIMITS.frameBytesMax + 1, 2)))).toMatchObject({ code: 'too-large' });
  });

  it('takes ids and kinds at the limit and refuses one character more', async () => {
    const { gate } = gateOfBob();
    const send = async (seq: number, more: object) =>
      (await gate.handle(alice, signed(frameOf({ seq, messages: [message(more)] })))).status;
    const kind = (length: number): string => `a.${'b'.repeat(length - 2)}`;
    expect(await send(1, { id: 'x'.repeat(LIMITS.messageIdMax), kind: kind(LIMITS.messageKindMax) })).toBe(200);
    expect(await send(2, { id: 'x'.repeat(LIMITS.messageIdMax + 1) })).toBe(400);
    expect(await send(3, { kind: kind(LIMITS.messageKindMax + 1) })).toBe(400);
  });

  it('takes as many messages as the limit and refuses one more', async () => {
    const { gate } = gateOfBob();
    const send = (count: number, seq: number) =>
      gate.handle(
        alice,
        signed(frameOf({ seq, messages: Array.from({ length: count }, (_, id) => message({ id: `${id}` })) })),
      );
    expect((await send(LIMITS.frameMessagesMax, 1)).status).toBe(200);
    expect(jsonOf(await send(LIMITS.frameMessagesMax + 1, 2)).code).toBe('malformed');
  });

  it('takes nesting at the limit and refuses one level more', async () => {
    const { gate } = gateOfBob();
    // The frame, its messages and the message are three levels around the body.
    const nested = (levels: number): never => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as never;
    const send = (levels: number, seq: number) =>
      gate.handle(alice, signed(frameOf({ seq, messages: [message({ body: nested(levels) })] })));
    expect((await send(LIMITS.frameDepthMax - 3, 1)).status).toBe(200);
    expect(jsonOf(await send(LIMITS.frameDepthMax - 2, 2)).code).toBe('malformed');
  });

  it('leaves out answers that no longer fit, and says so', async () => {
    const deliver = async (): Promise<Outcome> => ({ ok: true, body: 'x'.repeat(1_500_000) });
    const messages = ['1', '2', '3'].map((id) => message({ id }));
    const results = async (lane: 'control' | 'ordered') => {
      const response = await gateOfBob({ deliver }).gate.handle(alice, signed(frameOf({ lane, messages })));
      expect(response.bytes.length).toBeLessThanOrEqual(LIMITS.replyBytesMax);
      return jsonOf(response).results;
    };
    expect((await results('control'))[2]).toMatchObject({ id: '3', status: 'refused', code: 'too-large' });
    expect((await results('ordered'))[2]).toEqual({ id: '3', status: 'applied' });
  });
});

describe('strangers', () => {
  const join = (more = {}) =>
    frameOf({ from: mallory.node, messages: [message({ kind: 'consensus.join', tree: null, ...more })] });

  it('may ask to join, as often as they like, and nothing else', async () => {
    const { gate, delivered } = gateOfBob();
    expect((await gate.handle(mallory, signed(join(), mallory))).status).toBe(200);
    expect((await gate.handle(mallory, signed(join(), mallory))).status).toBe(200);
    expect(delivered).toHaveLength(2);
    const mixed = { ...join(), messages: [...join().messages, message({ id: '2' })] };
    expect(jsonOf(await gate.handle(mallory, signed(mixed, mallory))).code).toBe('not-a-member');
    expect(delivered).toHaveLength(2);
  });

  it('are heard only so long', async () => {
    const { gate } = gateOfBob();
    const body = 'x'.repeat(LIMITS.frameStrangerBytesMax);
    expect(jsonOf(await gate.handle(mallory, signed(join({ body }), mallory))).code).toBe('too-large');
  });

  it('share one room', async () => {
    const { gate } = gateOfBob({ deliver: () => new Promise(() => undefined) });
    for (let count = 0; count < LIMITS.framesStrangersMax; count++) void gate.handle(mallory, signed(join(), mallory));
    const response = await gate.handle(mallory, signed(join(), mallory));
    expect(jsonOf(response)).toMatchObject({ code: 'busy', status: 503, retryAfterMs: expect.any(Number) });
    void gate.handle(alice, signed(frameOf()));
    expect(gate.rejected()).toEqual({ busy: 1 });
  });
});

describe('shards', () => {
  const hash = 'a'.repeat(64);
  const put = (bytes: Uint8Array): PeerRequest => ({ route: 'shard.put', tree: TREE, hash, bytes });
  const get: PeerRequest = { route: 'shard.get', tree: TREE, hash };

  it('are put and got by members', async () => {
    const { gate } = gateOfBob();
    expect(jsonOf(await gate.handle(alice, get))).toMatchObject({ code: 'not-found', status: 404 });
    expect((await gate.handle(alice, put(text('bytes')))).status).toBe(204);
    expect(await gate.handle(alice, get)).toEqual({ status: 200, bytes: text('bytes') });
    expect(gate.rejected()).toEqual({});
  });

  it('are refused to everybody else, and where they are too large or no shards', async () => {
    const { gate, shards } = gateOfBob();
    const refusals = [
      await gate.handle(mallory, put(text('bytes'))),
      await gate.handle(null, get),
      await gate.handle(alice, put(new Uint8Array(LIMITS.shardBytesMax + 1))),
      await gate.handle(alice, { route: 'shard.get', tree: TREE, hash: '../../etc/passwd' }),
      await gateOfBob({ standing: () => 'revoked' }).gate.handle(alice, get),
    ];
    expect(refusals.map((response) => jsonOf(response).code)).toEqual([
      'not-a-member',
      'no-certificate',
      'too-large',
      'malformed',
      'revoked',
    ]);
    expect(shards.size).toBe(0);
    expect(gate.rejected()).toEqual({ 'not-a-member': 1, 'no-certificate': 1, 'too-large': 1, malformed: 1 });
  });

  it('that fail are answered with the fault, or as a defect that is logged', async () => {
    const failing = (error: Error) =>
      gateOfBob({ shards: { put: () => Promise.reject(error), get: () => Promise.reject(error) } });
    const wrong = await failing(new Fault('wrong-hash')).gate.handle(alice, put(text('x')));
    expect(jsonOf(wrong)).toMatchObject({ code: 'wrong-hash', status: 422 });
    const { gate, log } = failing(new Error('boom'));
    expect(jsonOf(await gate.handle(alice, get))).toMatchObject({ code: 'internal', status: 500 });
    expect(log.lines).toMatchObject([{ level: 'error', event: 'membrane.shard.failed' }]);
  });
});

describe('the log', () => {
  it('has one line a reason in ten seconds, with how many went unsaid', async () => {
    const { gate, clock, log } = gateOfBob();
    for (let count = 0; count < 5; count++) await gate.handle(alice, request(text('null')));
    await gate.handle(null, request(text('null')));
    expect(log.lines.map(({ fields }) => fields.reason)).toEqual(['malformed', 'no-certificate']);
    await clock.advance(10_001);
    await gate.handle(alice, request(text('null')));
    expect(log.lines.at(-1)).toMatchObject({ fields: { reason: 'malformed', unsaid: 4, from: alice.node } });
    expect(gate.rejected()).toEqual({ malformed: 6, 'no-certificate': 1 });
  });
});
