import type { Client } from '../client/index.ts';
import type { Remembered } from '../contract/memory.ts';
import { pause } from '../contract/pause.ts';
import { realClock } from '../runtime/clock/real.ts';

/** Between two questions: a file takes from a few milliseconds to seconds. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Waits until a file can be found by what it is about, or it is said why it can't.
 *
 * @throws Fault `cancelled`; whatever asking throws
 */
export async function untilRemembered(client: Client, id: string, signal: AbortSignal): Promise<Remembered> {
  const clock = realClock();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const { remembered } = await client.memory.stat(id, { signal });
    if (remembered !== 'pending') return remembered;
    await pause(clock, pauseMs, signal);
  }
}
