import { performance } from 'node:perf_hooks';

/**
 * The same load for every library of actors: a counter that is told things, asked things, and started anew and anew. The
 * clock is processor time of this process, and each count is compared when the last message has been handled.
 *
 * An entry of `library` does so many; `expected` is what the counter must say in the end.
 */
const TELLS = 200_000;
const ASKS = 50_000;
const SPAWNS = 20_000;
const ROUNDS = 5;

/** @param {{ tell(n: number): Promise<number>, ask(n: number): Promise<number>, spawn(n: number): Promise<number> }} library */
export async function run(library) {
  const rows = { tell: await rate(library.tell, TELLS), ask: await rate(library.ask, ASKS) };
  const spawn = await rate(library.spawn, SPAWNS);
  const bytes = await weight(library.spawn, SPAWNS);
  process.stdout.write(`${JSON.stringify({ ...rows, spawn, bytes })}\n`);
}

async function rate(work, count) {
  await checked(work, count);
  const rates = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begun = process.cpuUsage();
    await checked(work, count);
    const { user, system } = process.cpuUsage(begun);
    rates.push(count / ((user + system) / 1_000_000));
  }
  return rates.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}

async function checked(work, count) {
  const counted = await work(count);
  if (counted !== count) throw new Error(`${counted} of ${count} were handled`);
}

/** Bytes of the heap that one actor takes; `hold` keeps them all until it is called. */
async function weight(spawn, count) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const held = [];
  await spawn(count, held);
  globalThis.gc();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  if (held.length === 0 || performance.now() < 0) throw new Error('nothing was held');
  return bytes;
}
