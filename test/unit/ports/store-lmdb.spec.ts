import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/contract/ports.ts';
import { openLmdbStore } from '../../../src/runtime/store/lmdb.ts';
import { storeCompliance } from '../../compliance/store.ts';

// In memory where the machine has such a place: what is tested here should not wait for a busy disk's flushes.
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

storeCompliance('LMDB', async () => {
  const path = await mkdtemp(join(PLACE, 'peertree-store-'));
  let store: Store = await openLmdbStore(path);
  return {
    get store() {
      return store;
    },
    settle: (promise) => promise,
    reopen: async () => {
      await store.close();
      store = await openLmdbStore(path);
      return store;
    },
    dispose: async () => {
      await store.close();
      await rm(path, { recursive: true });
    },
  };
});
