import { Observable, type OperatorFunction } from 'rxjs';

export interface NewestWins<T> {
  /** Values waiting at once; beyond it the oldest is given to `evict`. */
  readonly waitingMax: number;
  /** Batches under way at once. */
  readonly concurrent: number;
  /** How many of the waiting values, oldest first, go into the next batch: at least one. */
  readonly take: (waiting: readonly T[]) => number;
  /** A batch is under way until its promise settles. It must not reject. */
  readonly send: (batch: readonly T[]) => Promise<void>;
  readonly evict: (value: T) => void;
}

/**
 * Sends values in batches. All that is issued in one turn of the event loop travels together; while `concurrent`
 * batches are under way the rest waits and the next batch grows. RxJS itself has no back-pressure (`mergeMap` queues
 * without a bound), so this is where a link's queue is bounded. Emits the size of each batch once it is done.
 *
 * @example questions$.pipe(newestWins({ waitingMax: 1024, concurrent: 4, take, send, evict })).subscribe()
 */
export function newestWins<T>(options: NewestWins<T>): OperatorFunction<T, number> {
  const { waitingMax, concurrent, take, send, evict } = options;
  return (source) =>
    new Observable<number>((subscriber) => {
      let waiting: T[] = [];
      let underWay = 0;
      let isDue = false;
      let isComplete = false;

      const flush = (): void => {
        isDue = false;
        while (waiting.length > 0 && underWay < concurrent && !subscriber.closed) {
          const count = take(waiting);
          const batch = waiting.slice(0, count);
          waiting = waiting.slice(count);
          underWay += 1;
          void send(batch).then(() => done(batch.length));
        }
        if (isComplete && waiting.length === 0 && underWay === 0) subscriber.complete();
      };
      const done = (size: number): void => {
        underWay -= 1;
        subscriber.next(size);
        flush();
      };
      const flushSoon = (): void => {
        if (isDue || underWay >= concurrent) return;
        isDue = true;
        // The end of the turn, not a timer: a batch costs no latency.
        queueMicrotask(flush);
      };

      return source.subscribe({
        next: (value) => {
          waiting.push(value);
          if (waiting.length > waitingMax) evict(waiting.shift() as T);
          flushSoon();
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          isComplete = true;
          flushSoon();
        },
      });
    });
}
