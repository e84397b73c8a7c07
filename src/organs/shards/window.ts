import type { Clock } from '../../contract/ports.ts';

/** Works through the items in their order, at most `width` at once. The first error ends it once those under way have ended. */
export async function inWindow<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const item = items[next++] as T;
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** Visits all items, and lets the event loop do something else after every `slice` of them. */
export async function inSlices<T>(
  clock: Clock,
  items: Iterable<T>,
  slice: number,
  visit: (item: T) => void,
): Promise<void> {
  let count = 0;
  for (const item of items) {
    visit(item);
    count += 1;
    if (count % slice === 0) await new Promise<void>((resolve) => void clock.schedule(0, resolve));
  }
}
