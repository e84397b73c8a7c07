import type { Extractor } from '../../contract/memory.ts';
import { plainText } from './extract.ts';
import { Unextractable } from './unextractable.ts';

/** Takes every file for a text and reads it at once: for simulations, in which nothing happens beside the one thread. */
export const plainExtractor: Extractor = {
  extract: async (_name, bytes) => {
    try {
      return { ok: true, ...plainText(bytes) };
    } catch (error) {
      if (error instanceof Unextractable) return { ok: false, reason: error.reason };
      throw error;
    }
  },
  close: async () => undefined,
};
