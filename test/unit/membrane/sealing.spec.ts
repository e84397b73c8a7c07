import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/contract/organ.ts';
import type { PeerRequest } from '../../../src/contract/ports.ts';
import type { Json } from '../../../src/contract/words.ts';
import { sealedFrame, sealedParcel, WIRE_EVERY } from '../../../src/runtime/membrane/sealing.ts';
import { alice, bob, frameOf, gateOfBob, jsonOf, Stage } from './stage.ts';

const probe = (body: Json) => ({ tree: null, kind: 'notes.post', body });
const sealedOf = (more = {}): PeerRequest => {
  const { messages, ...envelope } = frameOf(more);
  const frame = sealedFrame(envelope, messages.map(sealedParcel));
  return { route: 'frame', lane: frame.lane, bytes: new Uint8Array(0), signature: '', sealed: frame };
};

describe('sealed frames', () => {
  it('are handed over by reference, but for one in 64, which is bytes', async () => {
    const stage = new Stage({ seal: true });
    const [a, b] = [await stage.node(alice), await stage.node(bob)];
    for (let count = 0; count < 2 * WIRE_EVERY; count++) {
      const outcome = await stage.settle(a.courier.ask(bob.node, probe({ count }), { deadlineMs: 1_000 }));
      expect(outcome).toEqual({ ok: true, body: { count } });
    }
    const bytes = b.requests.map((request) => (request.route === 'frame' ? request.bytes.length : -1));
    expect(bytes.filter((length) => length === 0)).toHaveLength(2 * WIRE_EVERY - 2);
    expect(bytes.filter((length) => length > 0)).toHaveLength(2);
  });

  it('say what bytes would have said, whatever the message is', async () => {
    const body = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>({ gone: undefined, kept: 1 }, [undefined], Number.NaN, -0, { deep: [{ n: -0 }] }),
    );
    const ask = async (seal: boolean, value: Json): Promise<[Json, Outcome]> => {
      const stage = new Stage({ seal });
      const [a, b] = [await stage.node(alice), await stage.node(bob, { answer: ({ body }) => ({ ok: true, body }) })];
      const outcome = await stage.settle(a.courier.ask(bob.node, probe(value), { deadlineMs: 1_000 }));
      return [b.delivered[0]?.message.body as Json, outcome];
    };
    await fc.assert(
      fc.asyncProperty(body, async (value) => {
        expect(await ask(true, value as Json)).toEqual(await ask(false, value as Json));
      }),
      { numRuns: 40 },
    );
  });

  it('can be changed by nobody, the one who said them included', async () => {
    const stage = new Stage({ seal: true });
    const [a, b] = [await stage.node(alice), await stage.node(bob, { answer: () => ({ ok: true, body: answer }) })];
    const said = { list: [{ n: 1 }] };
    const answer = { list: [{ n: 2 }] };
    const pending = a.courier.ask(bob.node, probe(said), { deadlineMs: 1_000 });
    (said.list[0] as { n: number }).n = 9;
    const outcome = await stage.settle(pending);
    (answer.list[0] as { n: number }).n = 9;
    expect(outcome).toEqual({ ok: true, body: { list: [{ n: 2 }] } });
    const body = b.delivered[0]?.message.body as { list: { n: number }[] };
    expect(body).toEqual({ list: [{ n: 1 }] });
    expect([body, body.list, body.list[0]].every(Object.isFrozen)).toBe(true);
  });

  it('meet the same checks, but for those of bytes', async () => {
    const { gate } = gateOfBob({ seal: true });
    const codeOf = async (request: PeerRequest, peer = alice) => {
      const { status, bytes } = await gate.handle(peer, request);
      return status === 200 ? 'taken' : jsonOf({ status, bytes }).code;
    };
    expect(await codeOf(sealedOf())).toBe('taken');
    expect(await codeOf(sealedOf())).toBe('replayed');
    expect(await codeOf(sealedOf({ to: alice.node, seq: 2 }))).toBe('wrong-recipient');
    expect(await codeOf(sealedOf({ seq: 2 }), bob)).toBe('key-mismatch');
    expect(await codeOf(sealedOf({ toIncarnation: 1, seq: 2 }))).toBe('restarted');
  });

  it('are refused by a gate that knows nothing of them: they have no bytes', async () => {
    const { gate } = gateOfBob();
    expect(jsonOf(await gate.handle(alice, sealedOf())).code).toBe('malformed');
  });

  it('become bytes where the network damages them, and are refused like those', async () => {
    const damaged = async (seal: boolean) => {
      const stage = new Stage({ seal });
      const [a, b] = [await stage.node(alice), await stage.node(bob)];
      let isBad = true;
      stage.network.policy = (_from, _to, _request, leg) => ({
        deliver: true,
        delayMs: 1,
        corrupt: isBad && leg === 'request',
      });
      const bad = await stage.settle(a.courier.ask(bob.node, probe('x'), { deadlineMs: 1_000 }));
      isBad = false;
      const good = await stage.settle(a.courier.ask(bob.node, probe('x'), { deadlineMs: 1_000 }));
      return { bad: bad.ok, good: good.ok, refused: Object.values(b.gate.rejected()), delivered: b.delivered.length };
    };
    const expected = { bad: false, good: true, refused: [1], delivered: 1 };
    expect(await damaged(true)).toEqual(expected);
    expect(await damaged(false)).toEqual(expected);
  });

  it('are recognised on the ordered lane when they come again', async () => {
    let times = 0;
    const { gate } = gateOfBob({ seal: true, deliver: async () => ({ ok: true, body: ++times }) });
    const request = sealedOf({ lane: 'ordered' });
    const [first, second] = [await gate.handle(alice, request), await gate.handle(alice, request)];
    expect(second).toEqual(first);
    expect(first.sealed?.results).toMatchObject([{ status: 'applied', body: 1 }]);
    expect(times).toBe(1);
  });
});
