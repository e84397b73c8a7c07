import type { Json } from '../../contract/words.ts';
import { addressOf, keyIn } from './address.ts';
import { type Craft, change, type Decision, type Desk, type Post, refusal } from './craft.ts';

/** What runs again and again. */
export interface Run {
  /** As the genome says when: a run whose times were changed begins anew. */
  readonly times: string;
  /** The first time strictly after a moment, epoch milliseconds; undefined where none comes. */
  next(after: number): number | undefined;
  /** What is sent. @throws Fault `not-computable` */
  post(now: number): Post;
}

export interface ScheduleCraft {
  readonly name: string;
  readonly runs: { readonly [name: string]: Run };
  /** Told of a run whose message can't be computed; it is left out, and the next one comes at its time. */
  onFailed(run: string, error: unknown): void;
}

interface Timetable {
  readonly times: string;
  readonly next: number;
}

/**
 * Durable timers: when a run is due is a register, and the SET that moves it on also posts the message. However many cells
 * think that it is theirs to do, the message is sent once. Runs that nobody was there for are left out, all but one.
 */
export function scheduleCraft({ name, runs, onFailed }: ScheduleCraft): Craft {
  return {
    read: () => ({}),
    placeOf: () => addressOf('run', name, ''),
    needsFresh: () => false,
    decide: () => refusal('not-found', 'a schedule is asked nothing'),
    dueAt: ({ value }) => (value as unknown as Timetable).next,
    atDue: (register, desk) => {
      const run = runs[keyIn(register.key)];
      const { times, next } = register.value as unknown as Timetable;
      // A run that the genome has no more, or at other times.
      if (run === undefined || run.times !== times) return moved(register, run, desk, []);
      return next > desk.now ? undefined : moved(register, run, desk, posted(keyIn(register.key), run, desk.now));
    },
    standing: (desk) =>
      Object.entries(runs).flatMap(([key, run]) => {
        const address = addressOf('run', name, key);
        const value = timetable(run, desk.now);
        return value === null || desk.get(address) !== undefined ? [] : [change(address, undefined, value)];
      }),
    counted: [],
  };

  function posted(key: string, run: Run, now: number): readonly Post[] {
    try {
      return [run.post(now)];
    } catch (error) {
      onFailed(key, error);
      return [];
    }
  }
}

function moved(
  register: Parameters<Craft['atDue']>[0],
  run: Run | undefined,
  desk: Desk,
  posts: readonly Post[],
): Decision {
  const value = run === undefined ? null : timetable(run, desk.now);
  return { writes: [change(register.key, register, value)], posts, outcome: { ok: true, body: null } };
}

function timetable(run: Run, now: number): Json {
  const next = run.next(now);
  return next === undefined ? null : { times: run.times, next };
}
