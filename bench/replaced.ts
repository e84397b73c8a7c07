import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NodeProcess, pause } from './organism.ts';

const DEADLINE_MS = 60_000;

/** When this node learned that the other was replaced, by its own log, epoch milliseconds. */
export async function replacedAt(node: NodeProcess, gone: string, since: number): Promise<number> {
  const giveUpAt = Date.now() + DEADLINE_MS;
  while (Date.now() < giveUpAt) {
    for (const line of (await readFile(join(node.data, 'log.ndjson'), 'utf8')).split('\n')) {
      if (!line.includes('organism.replaced') || !line.includes(gone)) continue;
      const at = Date.parse((JSON.parse(line) as { time: string }).time);
      // A busy machine may have had it replaced, and back, before.
      if (at >= since) return at;
    }
    await pause(100);
  }
  throw new Error(`${node.id} does not know it after ${DEADLINE_MS / 1000} s`);
}
