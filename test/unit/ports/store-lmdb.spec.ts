import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/contract/ports.ts';
import { openLmdbStore } from '../../../src/runtime/store/lmdb.ts';
import { storeCompliance } from '../../compliance/store.ts';

storeCompliance('LMDB', async () => {
  const path = await mkdtemp(join(tmpdir(), 'peertree-store-'));
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
