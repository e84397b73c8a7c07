import { LIMITS } from '../contract/limits.ts';
import type { Write } from '../contract/ports.ts';

const NONE: readonly never[] = [];

/** A step on its way to the disk. */
export interface Held {
  readonly writes: readonly Write[];
}

export interface PipelineEnds<S extends Held> {
  /** All or none, flushed when it resolves. */
  commit(writes: readonly Write[]): Promise<void>;
  /** The step and all earlier ones are on the disk: its effects may leave. Must not throw. */
  release(step: S): void;
  /** The disk took none of these steps, and as each builds on the one before, they are all void. */
  lost(error: unknown, steps: readonly S[]): void;
  /** A step left: there is room, or nothing is held any more. */
  eased(): void;
}

/**
 * Holds the steps of one organ until they are durable, and lets them go in their order.
 *
 * An organ goes on with its next input while a step is being flushed: its facts in memory run ahead of the disk. But
 * what a step says to anyone (replies, messages, events, timers) is held until its writes and those of all earlier steps
 * are flushed, so nobody can ever have seen what a crash would lose. What gathers during one flush goes to the disk
 * in one commit with the next. A step without writes leaves at once when nothing is held before it.
 */
export class Pipeline<S extends Held> {
  readonly #ends: PipelineEnds<S>;
  /** Steps not yet handed to the disk, oldest first. */
  #waiting: S[] | undefined = undefined;
  /** Those in the commit under way. */
  #flying: readonly S[] = NONE;
  #releasing = false;
  #dead = false;

  constructor(ends: PipelineEnds<S>) {
    this.#ends = ends;
  }

  get idle(): boolean {
    return this.#waiting === undefined && this.#flying.length === 0 && !this.#releasing;
  }

  /** At the limit of steps held; the organ must not take further inputs. */
  get full(): boolean {
    return (this.#waiting?.length ?? 0) + this.#flying.length >= LIMITS.heldStepsMax;
  }

  /** Takes the next step of the organ. Its writes go to the disk with the next `flush`. */
  submit(step: S): void {
    if (step.writes.length > 0 || !this.idle) {
      this.#waiting ??= [];
      this.#waiting.push(step);
      return;
    }
    this.#releasing = true;
    this.#ends.release(step);
    this.#releasing = false;
  }

  /** Starts to commit what waits, unless a commit is under way: then it follows by itself. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#dead || this.#releasing || this.#flying.length > 0) return;
    const first = waiting.findIndex((step) => step.writes.length > 0);
    // What has nothing to write before the next commit has waited only for those before it.
    const free = first < 0 ? waiting : waiting.slice(0, first);
    const group = first < 0 ? NONE : waiting.slice(first);
    this.#waiting = undefined;
    this.#flying = group;
    this.#release(free);
    if (group.length > 0 && !this.#dead) void this.#commit(group);
  }

  /** Forgets everything: nothing of it leaves any more, whatever becomes of a commit under way. */
  kill(): readonly S[] {
    this.#dead = true;
    return this.#takeAll();
  }

  async #commit(group: readonly S[]): Promise<void> {
    const only = group.length === 1 ? group[0] : undefined;
    try {
      await this.#ends.commit(only?.writes ?? group.flatMap((step) => step.writes));
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#release(group);
    this.#flying = NONE;
    if (this.#dead) return;
    this.flush();
    this.#ends.eased();
  }

  #release(steps: readonly S[]): void {
    this.#releasing = true;
    for (const step of steps) {
      if (this.#dead) break;
      this.#ends.release(step);
    }
    this.#releasing = false;
  }

  #failed(error: unknown): void {
    if (this.#dead) return;
    this.#ends.lost(error, this.#takeAll());
    this.#ends.eased();
  }

  #takeAll(): readonly S[] {
    const steps = [...this.#flying, ...(this.#waiting ?? NONE)];
    this.#flying = NONE;
    this.#waiting = undefined;
    return steps;
  }
}
