import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { PeerHandler, PeerRequest } from '../../../src/contract/ports.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { Links } from '../../../src/runtime/membrane/links.ts';
import { type MemoryMembrane, MemoryNetwork, type Passage } from '../../../src/runtime/membrane/memory.ts';
import { alice, bob, mallory } from './stage.ts';

const frame = (text: string): PeerRequest => ({
  route: 'frame',
  lane: 'control',
  bytes: Buffer.from(text),
  signature: '',
});
const echo: PeerHandler = async (_peer, request) => ({
  status: 200,
  bytes: request.route === 'frame' ? request.bytes : new Uint8Array(0),
});
const arrives: Passage = { deliver: true, delayMs: 1 };

/** Alice and bob on a network; what alice says and when she was answered is noted. */
async function scene() {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock, entropy: seededEntropy(3) });
  const clocks = [clock.scope(), clock.scope()] as const;
  const a = network.membrane(alice, 'https://a:1', clocks[0]);
  const b = network.membrane(bob, 'https://b:1', clocks[1]);
  await a.listen(echo);
  const heard: Uint8Array[] = [];
  await b.listen(async (peer, request) => {
    if (request.route === 'frame') heard.push(request.bytes);
    return echo(peer, request);
  });
  const notes: string[] = [];
  const say = (text: string, deadlineMs = 1_000, from: MemoryMembrane = a): void => {
    from.exchange({ node: bob.node, url: b.url }, frame(text), { deadlineMs }).then(
      ({ bytes }) => notes.push(`${text} ${clock.monotonic()}: ${Buffer.from(bytes)}`),
      (error: { code: string }) => notes.push(`${text} ${clock.monotonic()}: ${error.code}`),
    );
  };
  return { clock, clocks, network, a, b, heard, notes, say };
}

describe('the policy', () => {
  it('decides each leg: its delay, its loss, its repetition', async () => {
    const { clock, network, say, notes, heard } = await scene();
    const asked: unknown[] = [];
    let passage: Partial<Passage> = {};
    network.policy = (from, to, request, leg) => {
      asked.push([from === alice.node, to === bob.node, request.route, leg]);
      return { ...arrives, delayMs: leg === 'request' ? 10 : 3, ...passage };
    };
    say('slow');
    await clock.advance(100);
    expect(asked).toEqual([
      [true, true, 'frame', 'request'],
      [false, false, 'frame', 'reply'],
    ]);
    passage = { replyLost: true };
    say('mute');
    await clock.advance(1_100);
    passage = { duplicate: true };
    say('twice');
    await clock.advance(100);
    passage = { deliver: false };
    say('lost');
    await clock.advance(1_000);
    expect(notes).toEqual(['slow 13: slow', 'mute 1100: deadline', 'twice 1213: twice', 'lost 2300: deadline']);
    expect(heard.map((bytes) => Buffer.from(bytes).toString())).toEqual(['slow', 'mute', 'twice', 'twice']);
  });

  it('can repeat a request much later, to whoever listens there by then', async () => {
    const { clock, clocks, network, b, say, notes, heard } = await scene();
    network.policy = (_from, _to, _request, leg) =>
      leg === 'request' ? { ...arrives, replayedAfterMs: 500 } : arrives;
    say('once more');
    await clock.advance(100);
    b.crash();
    const later: Uint8Array[] = [];
    await network.membrane(bob, b.url, clocks[1]).listen(async (peer, request) => {
      if (request.route === 'frame') later.push(request.bytes);
      return echo(peer, request);
    });
    await clock.advance(1_000);
    expect([heard, later].map((frames) => frames.map((bytes) => Buffer.from(bytes).toString()))).toEqual([
      ['once more'],
      ['once more'],
    ]);
    expect(notes).toEqual(['once more 2: once more']);
  });

  it('can change one bit of what is carried, and never what the sender holds', async () => {
    const { clock, network, a, b, heard } = await scene();
    network.policy = (_from, _to, _request, leg) => ({ ...arrives, corrupt: leg === 'request' });
    const sent = Buffer.from('some bytes');
    const exchange = a.exchange({ node: bob.node, url: b.url }, { ...frame(''), bytes: sent } as PeerRequest, {
      deadlineMs: 9,
    });
    await clock.advance(5);
    await exchange;
    expect(sent.toString()).toBe('some bytes');
    const changed = heard[0] as Uint8Array;
    const bits = changed.reduce(
      (sum, byte, index) => sum + (byte ^ (sent[index] as number)).toString(2).replaceAll('0', '').length,
      0,
    );
    expect(bits).toBe(1);
  });
});

describe('links', () => {
  it('that are held keep everything, both ways, in order', async () => {
    const { clock, network, say, notes, heard } = await scene();
    network.hold(bob.node, alice.node);
    for (const text of ['1', '2', '3']) say(text);
    await clock.advance(100);
    expect([heard.length, notes]).toEqual([0, []]);
    network.release(alice.node, bob.node);
    await clock.advance(5);
    expect(notes).toEqual(['1 101: 1', '2 101: 2', '3 101: 3']);
  });

  it('that are held keep only so much', () => {
    const links = new Links();
    links.hold('a', 'b');
    for (let count = 0; count < LIMITS.linkHeldMax; count++) links.cross('a', 'b', () => undefined);
    expect(() => links.cross('b', 'a', () => undefined)).toThrow(String(LIMITS.linkHeldMax));
  });

  it('that are cut are silent until the deadline, and what was on its way is lost', async () => {
    const { clock, network, say, notes, heard } = await scene();
    say('on its way', 500);
    network.partition([[alice.node], [bob.node, mallory.node]]);
    say('into the void', 300);
    await clock.advance(400);
    network.repair();
    say('again');
    await clock.advance(200);
    expect(notes).toEqual(['into the void 300: deadline', 'again 402: again', 'on its way 500: deadline']);
    expect(heard).toHaveLength(1);
  });

  it('that are cut in one direction carry nothing that way, refusals neither', async () => {
    const { clock, network, b, say, notes, heard } = await scene();
    const mend = network.cut((from, to) => from === bob.node && to === alice.node);
    expect([network.connects(alice.node, bob.node), network.connects(bob.node, alice.node)]).toEqual([true, false]);
    say('heard, not answered', 100);
    await clock.advance(150);
    b.crash();
    say('not even refused', 100);
    await clock.advance(150);
    mend();
    say('refused', 100);
    await clock.advance(50);
    expect(notes).toEqual([
      'heard, not answered 100: deadline',
      'not even refused 250: deadline',
      'refused 301: unreachable',
    ]);
    expect(heard).toHaveLength(1);
  });

  it('may be cut more than once, and are whole again when the last cut has ended', async () => {
    const { clock, network, say, notes } = await scene();
    const first = network.partition([[alice.node]]);
    const second = network.cut(() => true);
    first();
    say('still cut', 10);
    await clock.advance(20);
    second();
    say('whole', 10);
    await clock.advance(20);
    expect(notes).toEqual(['still cut 10: deadline', 'whole 22: whole']);
  });

  it('between nodes that no group names stay whole', async () => {
    const { clock, network, say, notes } = await scene();
    network.partition([[mallory.node]]);
    say('hi');
    await clock.advance(5);
    expect(notes).toEqual(['hi 2: hi']);
  });
});

describe('processes', () => {
  it('that crash break their connections at once, and refuse new ones', async () => {
    const { clock, network, b, say, notes } = await scene();
    network.policy = (_from, _to, _request, leg) => ({ ...arrives, delayMs: leg === 'reply' ? 50 : 1 });
    await b.close(0);
    const again = network.membrane(bob, b.url, clock.scope());
    await again.listen(() => new Promise(() => undefined));
    say('open');
    await clock.advance(10);
    again.crash();
    await clock.advance(1);
    say('new');
    await clock.advance(10);
    expect(notes).toEqual(['open 10: unreachable', 'new 12: unreachable']);
  });

  it('that are frozen answer when they thaw', async () => {
    const { clock, clocks, say, notes } = await scene();
    clocks[1].freeze();
    say('early', 100);
    say('patient');
    await clock.advance(200);
    clocks[1].thaw();
    await clock.advance(10);
    expect(notes).toEqual(['early 100: deadline', 'patient 201: patient']);
  });

  it('whose machine loses its power neither refuse nor break anything, until it is back', async () => {
    const { clock, clocks, network, b, say, notes } = await scene();
    await b.close(0);
    const hung = network.membrane(bob, b.url, clocks[1]);
    await hung.listen(() => new Promise(() => undefined));
    say('open', 200);
    await clock.advance(10);
    network.darken(b.url);
    hung.crash();
    say('new', 200);
    await clock.advance(300);
    const again = network.membrane(bob, b.url, clocks[1]);
    await again.listen(echo);
    say('back', 200);
    await clock.advance(60);
    again.crash();
    say('refused', 200);
    await clock.advance(60);
    expect(notes).toEqual(['open 200: deadline', 'new 210: deadline', 'back 312: back', 'refused 371: unreachable']);
  });

  it('leave their address to their successors', async () => {
    const { clock, network, b, say, notes } = await scene();
    b.crash();
    await network.membrane(bob, b.url, clock.scope()).listen(echo);
    say('hi');
    await clock.advance(5);
    expect(notes).toEqual(['hi 2: hi']);
  });
});

describe('bytes', () => {
  it('are copied, as a real network does', async () => {
    const { clock, a, b, heard } = await scene();
    const sent = [Buffer.from('few'), Buffer.alloc(100_000, 7)];
    for (const bytes of sent) {
      void a.exchange({ node: bob.node, url: b.url }, { ...frame(''), bytes } as PeerRequest, { deadlineMs: 50 });
    }
    await clock.advance(10);
    for (const bytes of sent) bytes.fill(0);
    expect(heard.map((bytes) => [bytes.length, bytes[0]])).toEqual([
      [3, 'f'.charCodeAt(0)],
      [100_000, 7],
    ]);
  });
});
