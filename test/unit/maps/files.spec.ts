import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { codeOf, content, Desk } from './desk.ts';

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  await desk.clock.advance(1);
});

describe('a removal', () => {
  it('takes name and head away together, by name or by id', async () => {
    const byName = await desk.put(content(10), 'one');
    const byId = await desk.put(content(10), 'two');
    expect(await desk.files.remove('one')).toMatchObject({ id: byName.id, name: 'one' });
    expect(await desk.files.remove(byId.id)).toMatchObject({ id: byId.id, name: 'two' });
    expect(desk.registers.rows.size).toBe(0);
    expect(await codeOf(desk.files.remove('one'))).toBe('not-found');
  });

  it('leaves the name to a file with another id', async () => {
    const first = await desk.put(content(10), 'name');
    await desk.files.remove('name');
    const second = await desk.put(content(10), 'name');
    expect(second).toMatchObject({ version: 1, created: true });
    expect(second.id).not.toBe(first.id);
  });

  it('whose answer was lost succeeds', async () => {
    await desk.put(content(10), 'name');
    desk.registers.answersLost = 1;
    expect(await desk.run(desk.files.remove('name'))).toMatchObject({ name: 'name' });
  });

  it('against a put of the name ends with one of both', async () => {
    await desk.put(content(10, 1), 'name');
    let raced = false;
    desk.registers.beforeSet = () => {
      if (raced) return undefined;
      raced = true;
      void desk.put(content(10, 2), 'name');
      return 'conflict';
    };
    await desk.run(desk.files.remove('name'));
    expect([0, 2]).toContain(desk.registers.rows.size);
  });
});

describe('a listing', () => {
  beforeEach(async () => {
    for (const name of ['b/2', 'a', 'b/1', 'c', 'ä']) await desk.put(content(10), name);
  });

  it('ascends by name and can be taken in pages', async () => {
    expect((await desk.files.list()).files.map(({ name }) => name)).toEqual(['a', 'b/1', 'b/2', 'c', 'ä']);
    const names: string[] = [];
    let after: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof desk.files.list>> = await desk.files.list({
        limit: 2,
        ...(after === null ? {} : { after }),
      });
      names.push(...page.files.map(({ name }) => name));
      after = page.next;
      pages += 1;
    } while (after !== null);
    expect(names).toEqual(['a', 'b/1', 'b/2', 'c', 'ä']);
    expect(pages).toBe(3);
  });

  it('can be narrowed to a prefix', async () => {
    expect((await desk.files.list({ prefix: 'b/' })).files.map(({ name }) => name)).toEqual(['b/1', 'b/2']);
    expect(await desk.files.list({ prefix: 'z' })).toEqual({ files: [], next: null });
  });

  it('has pages of at most its limit', async () => {
    expect(await codeOf(desk.files.list({ limit: LIMITS.filesPageMax }))).toBe('none');
    for (const limit of [0, LIMITS.filesPageMax + 1, 1.5])
      expect(await codeOf(desk.files.list({ limit }))).toBe('malformed');
  });

  it('leaves out a head that is none, and says so in the log', async () => {
    const { id } = await desk.files.open('c');
    const row = desk.registers.rows.get(`head:${id}`);
    desk.registers.rows.set(`head:${id}`, { ...(row as NonNullable<typeof row>), value: { v: 9 } });
    expect((await desk.files.list()).files.map(({ name }) => name)).toEqual(['a', 'b/1', 'b/2', 'ä']);
    expect(desk.log.lines.at(-1)).toMatchObject({ event: 'file.unlisted' });
  });
});

describe('a verification', () => {
  it('has all copies of all shards and pages read', async () => {
    const { id } = await desk.put(content(102_400 + 50), 'x');
    const report = await desk.files.verify('x');
    const distinct = desk.shards.rows.size;
    expect(report).toEqual({
      id,
      name: 'x',
      shards: LIMITS.pageEntriesMax + 1,
      bytes: 102_450,
      ok: true,
      copies: { good: distinct * 2, bad: 0 },
      missing: [],
    });
  });

  it('tells bad copies from missing shards', async () => {
    await desk.put(content(400), 'x');
    const [first, second] = [...desk.shards.rows.keys()] as [string, string];
    desk.shards.damaged.add(first);
    expect(await desk.files.verify('x')).toMatchObject({ ok: false, copies: { good: 7, bad: 1 }, missing: [] });
    desk.shards.rows.delete(second);
    expect(await desk.files.verify('x')).toMatchObject({ ok: false, copies: { good: 5, bad: 1 }, missing: [second] });
  });

  it('audits so many shards at once, and lists so many missing ones by name', async () => {
    const shards = LIMITS.missingListed + 1;
    await desk.put(
      Uint8Array.from({ length: shards * 100 }, (_, index) => Math.floor(index / 100) >>> ((index % 2) * 8)),
      'x',
    );
    const pages = new Set(
      desk.registers
        .list({ prefix: 'head:', limit: 1 })
        .flatMap(({ value }) => (value as { entries: string[] }).entries),
    );
    for (const hash of desk.shards.rows.keys()) if (!pages.has(hash)) desk.shards.rows.delete(hash);
    let open = 0;
    let most = 0;
    desk.shards.beforeAudit = async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
    };
    const report = await desk.files.verify('x');
    expect(report).toMatchObject({ ok: false, shards, copies: { good: 2, bad: 0 } });
    expect(report.missing.length).toBe(LIMITS.missingListed);
    expect(most).toBe(LIMITS.auditWindow);
  });

  it('names a missing page, and goes on with the others', async () => {
    await desk.put(content(204_800), 'x');
    const { value } = [...desk.registers.rows.values()].find(({ key }) => key.startsWith('head:')) as {
      value: unknown;
    };
    const [page] = (value as { entries: string[] }).entries as [string];
    desk.shards.rows.delete(page);
    expect(await desk.files.verify('x')).toMatchObject({ ok: false, missing: [page] });
  });
});

describe('the mode', () => {
  it.each([
    ['a lost leader', 'pulse.sovereignty', { sovereign: false }, 'provisional', 'no-authority'],
    ['a halt', 'node.halted', { by: 'a' }, 'still', 'stopping'],
    ['leaving', 'node.leaving', {}, 'leaving', 'stopping'],
  ] as const)('after %s lets nobody write', async (_what, kind, body, mode, code) => {
    await desk.put(content(150), 'x');
    desk.bus.publish({ kind, body });
    await desk.clock.advance(1);
    expect(desk.system.mode('maps')).toBe(mode);
    const { puts } = desk.shards;
    expect(await codeOf(desk.put(content(150, 1), 'y'))).toBe(code);
    expect(await codeOf(desk.files.remove('x'))).toBe(code);
    expect(desk.shards.puts).toBe(puts);
    expect(await desk.read('x')).toEqual(content(150));
    expect((await desk.files.list()).files.length).toBe(1);
  });

  it('is serving again with the next leader, or when the node may not leave', async () => {
    await desk.sovereign(false);
    await desk.sovereign(true);
    expect(desk.system.mode('maps')).toBe('serving');
    desk.bus.emit('node.leaving', {});
    desk.bus.publish({ kind: 'consensus.refused', body: { code: 'refused', detail: null } });
    await desk.clock.advance(1);
    expect(desk.system.mode('maps')).toBe('serving');
    await desk.put(content(10), 'x');
  });

  it('that changes during a put keeps its name from being written', async () => {
    desk.shards.beforePut = async (count) => {
      if (count === 2) await desk.sovereign(false);
    };
    expect(await codeOf(desk.put(content(300), 'x'))).toBe('no-authority');
    expect(desk.registers.rows.size).toBe(0);
  });

  it('takes shard sizes within the limits only', () => {
    expect(() => new Desk({ shardBytes: LIMITS.shardBytesMax })).not.toThrow();
    for (const shardBytes of [0, LIMITS.shardBytesMax + 1]) expect(() => new Desk({ shardBytes })).toThrow(RangeError);
  });
});
