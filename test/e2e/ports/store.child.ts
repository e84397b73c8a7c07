import { sha256Hex } from '../../../src/contract/encoding.ts';
import { isFault } from '../../../src/contract/errors.ts';
import type { Store } from '../../../src/contract/ports.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { openLmdbStore } from '../../../src/runtime/store/lmdb.ts';

/**
 * What the store's tests do in a process of their own: `fill PATH BYTES WORKERS` on a small disk, `write PATH` until it
 * is killed, `stray PATH` with a rejection that is none of the store's. Each line on stdout is one fact in JSON.
 */
const [mode = '', path = '', bytesText = '0', workersText = '1'] = process.argv.slice(2);
const say = (fact: object): void => void process.stdout.write(`${JSON.stringify(fact)}\n`);

/** Tells whether every key still has the bytes that it is named after. */
function intact(store: Store, keys: Iterable<string>): boolean {
  return [...keys].every((key) => sha256Hex(store.bytes(key) ?? '') === key);
}

async function fill(): Promise<void> {
  const store = await openLmdbStore(path);
  const kept = new Set<string>();
  const codes = new Set<string>();
  let next = 0;
  const put = async (): Promise<void> => {
    const bytes = seededEntropy(next++).bytes(Number(bytesText));
    const key = sha256Hex(bytes);
    await store.commit([
      { table: 'shards', key, bytes },
      { table: 'shardIndex', key, value: bytes.length },
    ]);
    kept.add(key);
  };
  const noteCode = (error: unknown): void => void codes.add(isFault(error) ? error.code : String(error));
  const worker = async (): Promise<void> => {
    while (!store.full && next < 5_000) await put().catch(noteCode);
  };
  await Promise.all(Array.from({ length: Number(workersText) }, worker));
  await put().catch(noteCode);
  say({ full: store.full, codes: [...codes], some: kept.size > 5, intact: intact(store, kept) });

  for (const key of [...kept].slice(0, 4)) {
    await store.commit([
      { table: 'shards', key, remove: true },
      { table: 'shardIndex', key, remove: true },
    ]);
    kept.delete(key);
  }
  const fullAfterRemoval = store.full;
  await put();
  await put();
  await store.close();

  const again = await openLmdbStore(path);
  const listed = [...again.range('shardIndex')].map(([key]) => key);
  say({ fullAfterRemoval, intact: intact(again, kept), same: listed.join() === [...kept].sort().join() });
  await again.close();
}

async function write(): Promise<void> {
  const store = await openLmdbStore(path);
  for (let index = 0; ; index++) {
    await store.commit([
      { table: 'facts', key: `n/${index}`, value: index },
      { table: 'shards', key: `n/${index}`, bytes: new Uint8Array(20_000).fill(index) },
    ]);
    say({ kept: index });
  }
}

async function stray(): Promise<void> {
  await openLmdbStore(path);
  void Promise.reject(new Error('none of the disk'));
  setTimeout(() => say({ survived: true }), 5_000);
}

const MODES: Readonly<Record<string, () => Promise<void>>> = { fill, write, stray };
await MODES[mode]?.();
