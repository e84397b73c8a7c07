import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/contract/errors.ts';
import { encodeFrame } from '../../../src/runtime/membrane/frame.ts';
import { EPILOGUES } from '../../../src/runtime/simulation/epilogue/catalogue.ts';
import type { Epilogue } from '../../../src/runtime/simulation/epilogue/epilogue.ts';
import { filesReadBack } from '../../../src/runtime/simulation/epilogue/files-read-back.ts';
import { idleIsQuiet } from '../../../src/runtime/simulation/epilogue/idle-is-quiet.ts';
import { shardsHaveCopies } from '../../../src/runtime/simulation/epilogue/shards-have-copies.ts';
import { zonesShareCopies } from '../../../src/runtime/simulation/epilogue/zones-share-copies.ts';
import type { Operation } from '../../../src/runtime/simulation/history.ts';
import { Violation } from '../../../src/runtime/simulation/invariant.ts';
import type { Rule } from '../../../src/runtime/simulation/weather.ts';
import type { World } from '../../../src/runtime/simulation/world.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';
import { ORGANISM, TREE } from './stage.ts';

/** What an epilogue says of what looks like a world to it. */
async function said(epilogue: Epilogue, world: object, operations: readonly Operation[] = []): Promise<string | null> {
  const clocked = { now: 0, run: <T>(work: Promise<T>) => work, ...world };
  const advance = async (ms: number): Promise<void> => {
    clocked.now += ms;
    await (world as Partial<World>).advance?.(ms);
  };
  const violate = (detail: string): never => {
    throw new Violation(epilogue, detail, clocked.now);
  };
  const all = { ...clocked, advance };
  Object.defineProperty(all, 'now', { get: () => clocked.now });
  return epilogue.run({ world: all as unknown as World, operations, patienceMs: 10_000, violate }).then(
    () => null,
    (error: unknown) => {
      expect(error).toBeInstanceOf(Violation);
      return (error as Violation).detail;
    },
  );
}

describe('shards have copies', () => {
  const lacking = (...counts: number[]) => ({
    status: async () => ({ storage: { underReplicated: counts.length > 1 ? counts.shift() : counts[0] } }),
  });

  it('catches shards that never have their copies', async () => {
    expect(await said(shardsHaveCopies, lacking(4, 3, 2))).toBe('2 shards still lack copies after 10000 ms');
  });

  it('lets a repair take its time', async () => {
    expect(await said(shardsHaveCopies, lacking(4, 3, 2, 0))).toBeNull();
  });
});

describe('zones share copies', () => {
  /** Nodes in these zones, those of `holders` with a copy of the one shard. */
  const holding = (zones: readonly string[], holders: readonly number[], copies = 3) => {
    const members = Object.fromEntries(zones.map((zone, index) => [`n${index}`, { zone }]));
    const running = zones.map((_, index) => {
      const disk = new MemoryDisk();
      if (holders.includes(index)) disk.table('shards').set('t/aa', new Uint8Array(1));
      return { id: `n${index}`, disk, view: { members, trees: { t: { genome: 'g' } } } };
    });
    return { running, genomes: [{ genome: 'g', organs: { files: { kind: 'shards', copies } } }] };
  };

  it('catches copies that share a zone where there are enough', async () => {
    expect(await said(zonesShareCopies, holding(['a', 'a', 'b', 'c'], [0, 1, 2]))).toBe(
      '1 shards lie in too few zones, such as t/aa',
    );
  });

  it.each([
    ['one copy in each zone', holding(['a', 'a', 'b', 'c'], [0, 2, 3])],
    ['as many zones as there are', holding(['a', 'a', 'b', 'b'], [0, 1, 2])],
    ['a genome that asks for fewer', holding(['a', 'b', 'c'], [0, 2], 2)],
  ])('lets %s pass', async (_what, world) => {
    expect(await said(zonesShareCopies, world)).toBeNull();
  });
});

describe('files read back', () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const etagOf = async (text: string) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', bytesOf(text))).toString('hex');
  /** Nodes that each read every name as this text. */
  const reading = (...texts: readonly (string | null)[]) => ({
    running: texts.map((text, index) => {
      const read = async function* () {
        yield bytesOf(text ?? '');
      };
      const open = async () => {
        if (text === null) throw new Fault('not-found', 'There is no such file.');
        return { read };
      };
      const get = async () => {
        if (text === null) throw new Fault('not-found', 'There is no such shard.');
        return bytesOf(text);
      };
      return { index, living: { files: { open }, shards: { get } } };
    }),
  });
  const put = async (id: number, text: string, calledAt: number, returnedAt: number | null): Promise<Operation> => ({
    id,
    node: 0,
    kind: 'put',
    key: 'note.txt',
    input: await etagOf(text),
    calledAt,
    returnedAt,
    outcome: returnedAt === null ? null : { ok: true, output: null },
  });

  it('catches a file that somebody reads as another', async () => {
    const detail = await said(filesReadBack, reading('old', 'bad'), [await put(1, 'old', 0, 10)]);
    expect(detail).toMatch(/^node 1 reads note\.txt as [0-9a-f]{64}, not [0-9a-f]{64}$/);
  });

  it('catches one that somebody cannot read', async () => {
    const detail = await said(filesReadBack, reading('old', null), [await put(1, 'old', 0, 10)]);
    expect(detail).toMatch(/^node 1 can't read note\.txt: .*There is no such file/);
  });

  it('catches a put that was acknowledged and that a later one does not explain', async () => {
    const puts = [await put(1, 'old', 0, 10), await put(2, 'new', 20, 30)];
    expect(await said(filesReadBack, reading('old'), puts)).toMatch(/^node 0 reads note\.txt/);
  });

  it('catches a shard that is gone', async () => {
    const shard = { ...(await put(1, 'old', 0, 10)), kind: 'shard-put' as const, key: 'aa' };
    expect(await said(filesReadBack, reading('old', null), [shard])).toMatch(/^node 1 can't get shard aa/);
  });

  it('lets either of two puts at once be the last, and one without an answer come late', async () => {
    const puts = [await put(1, 'old', 0, 25), await put(2, 'new', 20, 30), await put(3, 'late', 5, null)];
    for (const text of ['old', 'new', 'late']) expect(await said(filesReadBack, reading(text), puts)).toBeNull();
  });

  it('asks nobody for what was never acknowledged', async () => {
    expect(await said(filesReadBack, reading(null), [await put(1, 'old', 0, null)])).toBeNull();
  });
});

describe('idle is quiet', () => {
  const messages = (...kinds: string[]) =>
    kinds.map((kind, index) => ({ id: `m${index}`, tree: TREE, kind, body: null }));
  const frame = (...kinds: string[]) =>
    encodeFrame({
      v: 1,
      organism: ORGANISM,
      from: TREE,
      incarnation: 1,
      to: TREE,
      toIncarnation: 1,
      lane: 'control',
      seq: 1,
      sentAt: 1,
      messages: messages(...kinds),
    });
  /** A world in which this is said while one listens, and a lot before. */
  const saying = (request: object) => {
    let hears: Rule | null = null;
    const tell = (what: object, leg = 'request'): void => {
      hears?.({} as never, { leg, request: what } as never);
    };
    return {
      rule: (rule: Rule) => {
        hears = rule;
        return { dispose: () => (hears = null) };
      },
      advance: async () => {
        tell(request);
        tell(request);
        tell({ route: 'frame', bytes: frame('x.of-a-reply') }, 'reply');
      },
    };
  };

  it('catches what is still said, and how often', async () => {
    const noise = saying({ route: 'frame', bytes: frame('pulse.probe', 'tree.attach') });
    expect(await said(idleIsQuiet, noise)).toBe('still said: 2 x tree.attach');
  });

  it('catches requests that are no frames', async () => {
    expect(await said(idleIsQuiet, saying({ route: 'shard' }))).toBe('still said: 2 x shard');
  });

  it('lets signs of life and comparisons pass', async () => {
    expect(await said(idleIsQuiet, saying({ route: 'frame', bytes: frame('pulse.probe', 'shards.have') }))).toBeNull();
  });
});

it('calls each epilogue by a name of its own, and says what it promises', () => {
  expect(EPILOGUES).toEqual([shardsHaveCopies, zonesShareCopies, filesReadBack, idleIsQuiet]);
  for (const { name, promise, how } of EPILOGUES) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    for (const sentence of [promise, how]) expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});
