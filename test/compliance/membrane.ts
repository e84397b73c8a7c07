import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { base32, sha256 } from '../../src/contract/encoding.ts';
import { LIMITS } from '../../src/contract/limits.ts';
import type { Membrane, PeerHandler, PeerIdentity, PeerRequest, PeerResponse } from '../../src/contract/ports.ts';

export interface End {
  readonly membrane: Membrane;
  readonly identity: PeerIdentity;
}

export interface MembraneUnderTest {
  /** A new node's end, not listening yet. `at` asks for the address of another end. */
  open(at?: string): Promise<End>;
  /** An address at which nobody listens. */
  readonly vacantUrl: string;
  /** Lets `promise` settle: virtual time is advanced, real time passes by itself. */
  settle<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const frame = (text: string, lane: 'control' | 'ordered' = 'control'): PeerRequest => ({
  route: 'frame',
  lane,
  bytes: Buffer.from(text),
  signature: `signature of ${text}`,
});

const echo: PeerHandler = async (_peer, request) => ({
  status: 200,
  bytes: request.route === 'shard.get' ? Buffer.from(request.hash) : request.bytes,
  signature: 'reply',
});

const never = new Promise<never>(() => undefined);
const tree = base32(sha256('tree'));
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: { code: string }) => error.code,
  );

/** What every Membrane must do, whatever it is made of. */
export function membraneCompliance(name: string, start: () => Promise<MembraneUnderTest>): void {
  describe(`${name} as a Membrane`, () => {
    async function scene<T>(act: (under: MembraneUnderTest, a: End, b: End) => Promise<T>): Promise<T> {
      const under = await start();
      try {
        return await act(under, await under.open(), await under.open());
      } finally {
        await under.close();
      }
    }
    const options = { deadlineMs: 5_000 };

    it('carries a frame, its lane and signature, and says by its key who sent it', () =>
      scene(async ({ settle }, a, b) => {
        const seen: unknown[] = [];
        const url = await b.membrane.listen(async (peer, request) => {
          seen.push(
            peer,
            request.route === 'frame' && [request.lane, Buffer.from(request.bytes).toString(), request.signature],
          );
          return { status: 200, bytes: Buffer.from('yes'), signature: 'signed' };
        });
        const to = { node: b.identity.node, url };
        const response = await settle(a.membrane.exchange(to, frame('hello', 'ordered'), options));
        expect(seen).toEqual([a.identity, ['ordered', 'hello', 'signature of hello']]);
        expect({ ...response, bytes: Buffer.from(response.bytes).toString() }).toEqual({
          status: 200,
          bytes: 'yes',
          signature: 'signed',
          spki: b.identity.spki,
        });
      }));

    it('carries the largest shard both ways, byte for byte', () =>
      scene(async ({ settle }, a, b) => {
        const bytes = new Uint8Array(LIMITS.shardBytesMax).map((_, index) => index * 31 + (index >>> 8));
        const hash = createHash('sha256').update(bytes).digest('hex');
        const kept = new Map<string, Uint8Array>();
        const url = await b.membrane.listen(async (_peer, request): Promise<PeerResponse> => {
          if (request.route === 'shard.put') kept.set(`${request.tree}/${request.hash}`, request.bytes);
          if (request.route !== 'shard.get') return { status: 204, bytes: new Uint8Array(0) };
          return { status: 200, bytes: kept.get(`${request.tree}/${request.hash}`) ?? new Uint8Array(0) };
        });
        const to = { node: b.identity.node, url };
        const put = await settle(a.membrane.exchange(to, { route: 'shard.put', tree, hash, bytes }, options));
        expect([put.status, put.bytes.length]).toEqual([204, 0]);
        const got = await settle(a.membrane.exchange(to, { route: 'shard.get', tree, hash }, options));
        expect(createHash('sha256').update(got.bytes).digest('hex')).toBe(hash);
      }));

    it('resolves with whatever the other end answers, refusals too', () =>
      scene(async ({ settle }, a, b) => {
        const problem = Buffer.from('{"code":"replayed"}');
        const url = await b.membrane.listen(async () => ({ status: 409, bytes: problem }));
        const response = await settle(a.membrane.exchange({ node: b.identity.node, url }, frame('x'), options));
        expect([response.status, Buffer.from(response.bytes)]).toEqual([409, problem]);
        expect(response).not.toHaveProperty('signature');
      }));

    it('answers 500 where the handler fails, and lives on', () =>
      scene(async ({ settle }, a, b) => {
        let calls = 0;
        const url = await b.membrane.listen(async (peer, request) => {
          calls += 1;
          if (calls === 1) throw new Error('a defect');
          return echo(peer, request);
        });
        const to = { node: b.identity.node, url };
        const failed = await settle(a.membrane.exchange(to, frame('1'), options));
        expect([failed.status, JSON.parse(Buffer.from(failed.bytes).toString()).code]).toEqual([500, 'internal']);
        expect((await settle(a.membrane.exchange(to, frame('2'), options))).status).toBe(200);
      }));

    it('keeps exchanges apart that are under way at once', () =>
      scene(async ({ settle }, a, b) => {
        const url = await b.membrane.listen(echo);
        const texts = Array.from({ length: 64 }, (_, index) => `frame ${index}`);
        const to = { node: b.identity.node, url };
        const responses = await settle(Promise.all(texts.map((text) => a.membrane.exchange(to, frame(text), options))));
        expect(responses.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts);
      }));

    it('lets a quick answer overtake a slow one, on another lane and on the same', () =>
      scene(async ({ settle }, a, b) => {
        let release = (): void => undefined;
        const slow = new Promise<void>((resolve) => {
          release = resolve;
        });
        const url = await b.membrane.listen(async (peer, request) => {
          if (request.route === 'frame' && Buffer.from(request.bytes).toString() === 'slow') await slow;
          return echo(peer, request);
        });
        const to = { node: b.identity.node, url };
        const first = a.membrane.exchange(to, frame('slow'), options);
        await settle(a.membrane.exchange(to, frame('quick'), options));
        await settle(a.membrane.exchange(to, frame('quick', 'ordered'), options));
        release();
        expect((await settle(first)).status).toBe(200);
      }));

    it('refuses a peer that presents another key, before it hears anything', () =>
      scene(async ({ open, settle }, a, b) => {
        const heard: PeerRequest[] = [];
        const url = await b.membrane.listen(async (peer, request) => {
          heard.push(request);
          return echo(peer, request);
        });
        const expected = await open();
        const code = await settle(
          codeOf(a.membrane.exchange({ node: expected.identity.node, url }, frame('secret'), options)),
        );
        expect([code, heard]).toEqual(['wrong-key', []]);
      }));

    it('fails with unreachable where nobody listens, long before the deadline', () =>
      scene(async ({ settle, vacantUrl }, a, b) => {
        const to = { node: b.identity.node, url: vacantUrl };
        expect(await settle(codeOf(a.membrane.exchange(to, frame('x'), { deadlineMs: 600_000 })))).toBe('unreachable');
      }));

    it('fails with deadline where no answer comes', () =>
      scene(async ({ settle }, a, b) => {
        const url = await b.membrane.listen(() => never);
        const to = { node: b.identity.node, url };
        expect(await settle(codeOf(a.membrane.exchange(to, frame('x'), { deadlineMs: 60 })))).toBe('deadline');
      }));

    it('gives up when its caller does, before it began and while it waits', () =>
      scene(async ({ settle }, a, b) => {
        const caller = new AbortController();
        let heard = 0;
        const url = await b.membrane.listen(() => {
          heard += 1;
          caller.abort();
          return never;
        });
        const to = { node: b.identity.node, url };
        const { signal } = caller;
        expect(await settle(codeOf(a.membrane.exchange(to, frame('x'), { ...options, signal })))).toBe('cancelled');
        expect(await settle(codeOf(a.membrane.exchange(to, frame('y'), { ...options, signal })))).toBe('cancelled');
        expect(heard).toBe(1);
      }));

    it('does not listen where another one does', () =>
      scene(async ({ open, settle }, _a, b) => {
        const url = await b.membrane.listen(echo);
        const other = await open(url);
        expect(await settle(codeOf(other.membrane.listen(echo)))).toBe('port-in-use');
      }));

    it('finishes what is in flight when it closes, and takes nothing new', () =>
      scene(async ({ settle }, a, b) => {
        let arrived = (): void => undefined;
        let release = (): void => undefined;
        const isIn = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        const slow = new Promise<void>((resolve) => {
          release = resolve;
        });
        const url = await b.membrane.listen(async (peer, request) => {
          arrived();
          await slow;
          return echo(peer, request);
        });
        const to = { node: b.identity.node, url };
        const open = a.membrane.exchange(to, frame('in flight'), options);
        await settle(isIn);
        const closing = b.membrane.close(5_000);
        expect(await settle(codeOf(a.membrane.exchange(to, frame('new'), options)))).toBe('unreachable');
        release();
        expect(Buffer.from((await settle(open)).bytes).toString()).toBe('in flight');
        await settle(closing);
      }));

    it('breaks off what takes longer than its grace', () =>
      scene(async ({ settle }, a, b) => {
        let arrived = (): void => undefined;
        const isIn = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        const url = await b.membrane.listen(() => {
          arrived();
          return never;
        });
        const open = codeOf(a.membrane.exchange({ node: b.identity.node, url }, frame('x'), options));
        await settle(isIn);
        await settle(b.membrane.close(20));
        expect(await settle(open)).toBe('unreachable');
      }));

    it('sends nothing once it is closed, and may be closed twice', () =>
      scene(async ({ settle }, a, b) => {
        const url = await b.membrane.listen(echo);
        const to = { node: b.identity.node, url };
        await settle(a.membrane.exchange(to, frame('x'), options));
        await settle(a.membrane.close());
        await settle(a.membrane.close());
        expect(await settle(codeOf(a.membrane.exchange(to, frame('y'), options)))).toBe('unreachable');
      }));
  });
}
