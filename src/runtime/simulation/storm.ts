import type { Guard } from './guard.ts';
import { begin, type Strike } from './strike.ts';
import type { World } from './world.ts';

interface UnderWay {
  readonly strike: Strike;
  readonly guard: Guard;
  readonly endsAt: number;
}

/** A plan at work: begins each strike in its time, and ends it. */
export class Storm {
  readonly #world: World;
  readonly #strikes: Strike[];
  readonly #startedAt: number;
  readonly #struck: Strike[] = [];
  #underWay: UnderWay[] = [];

  constructor(world: World, plan: readonly Strike[]) {
    this.#world = world;
    this.#startedAt = world.now;
    this.#strikes = [...plan].sort((a, b) => a.at - b.at);
  }

  /** Those that were possible when their time came. */
  get struck(): readonly Strike[] {
    return this.#struck;
  }

  /** When it next has something to do, virtual milliseconds; Infinity where nothing is left. */
  get nextAt(): number {
    const next = this.#strikes[0];
    const beginsAt = next === undefined ? Number.POSITIVE_INFINITY : this.#startedAt + next.at;
    return Math.min(beginsAt, ...this.#underWay.map(({ endsAt }) => endsAt));
  }

  /** Does all that is due. */
  turn(): void {
    const { now } = this.#world;
    for (const one of this.#underWay.filter(({ endsAt }) => endsAt <= now)) this.#end(one);
    for (let next = this.#strikes[0]; next !== undefined; next = this.#strikes[0]) {
      if (this.#startedAt + next.at > now) return;
      this.#strikes.shift();
      this.#begin(next);
    }
  }

  /** Ends all that is under way, the newest first; what was not begun never is. */
  end(): void {
    this.#strikes.length = 0;
    for (const one of [...this.#underWay].reverse()) this.#end(one);
  }

  #begin(strike: Strike): void {
    const guard = begin(this.#world, strike);
    if (guard === undefined) return;
    this.#struck.push(strike);
    this.#world.note({ what: 'struck', strike });
    const endsAt = this.#world.now + (strike.for ?? Number.POSITIVE_INFINITY);
    this.#underWay.push({ strike, guard, endsAt });
  }

  #end(one: UnderWay): void {
    this.#underWay = this.#underWay.filter((other) => other !== one);
    one.guard.dispose();
    this.#world.note({ what: 'ended', strike: one.strike });
  }
}
