import { LIMITS } from '../contract/limits.ts';
import type { Cancel, Clock, Entropy } from '../contract/ports.ts';
import { affectedBy, backoffMs, judge, type Supervision } from './supervision.ts';

/** An actor as its supervisor sees it. */
export interface Supervised {
  readonly id: string;
  /** Goes down: finishes what it has under way, ends its life, then calls `Supervisor.settled`. Also when it is down already. */
  sink(error: unknown): void;
  /** Starts a new life. Calls `Supervisor.failed` where it can't. */
  rise(): void;
  /** Goes down and never comes back. */
  retire(error: unknown): void;
}

/** Actors that went down together, and come back together when all of them are down and the pause is over. */
interface Round {
  readonly members: readonly Supervised[];
  readonly settling: Set<Supervised>;
  readonly pauseMs: number;
}

export interface SupervisorOptions {
  readonly supervision: Supervision;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** The failure climbs: the organ failed more often than the intensity allows, and is gone. */
  onEscalate(error: unknown, organ: string): void;
}

const RENEWAL = { backoffMinMs: LIMITS.restartBackoffMinMs, backoffMaxMs: LIMITS.unstoredBackoffMaxMs };

/** Decides what becomes of failed actors, by the pure rules of supervision. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  #actors: readonly Supervised[] = [];
  // Most systems never see a failure.
  #rounds: Map<Supervised, Round> | undefined = undefined;
  #restarts: Map<string, readonly number[]> | undefined = undefined;
  #pauses: Set<Cancel> | undefined = undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** @param actors in the order of their start */
  supervise(actors: readonly Supervised[]): void {
    this.#actors = actors;
  }

  /** An actor can't go on because of a defect: it restarts after a pause, and others with it, or the failure climbs. */
  failed(actor: Supervised, error: unknown): void {
    const { supervision, clock, entropy } = this.#options;
    this.#restarts ??= new Map();
    const verdict = judge(this.#restarts.get(actor.id) ?? [], clock.monotonic(), supervision);
    this.#restarts.set(actor.id, verdict.restarts);
    const ids = affectedBy(
      supervision.strategy,
      this.#actors.map(({ id }) => id),
      actor.id,
    );
    const affected = this.#actors.filter(({ id }) => ids.includes(id));
    if (verdict.restart) {
      this.#lower(affected, error, backoffMs(verdict.restarts.length, entropy.float(), supervision));
      return;
    }
    for (const member of affected) {
      this.#rounds?.delete(member);
      member.retire(error);
    }
    this.#options.onEscalate(error, actor.id);
  }

  /**
   * Starts an actor anew without counting it as a failure: the disk is full, and the organ is not to blame.
   *
   * @param losses how often in a row, this one included. The first time it starts at once, then ever later.
   */
  renew(actor: Supervised, error: unknown, losses: number): void {
    const pauseMs = losses <= 1 ? 0 : backoffMs(losses - 1, this.#options.entropy.float(), RENEWAL);
    this.#lower([actor], error, pauseMs);
  }

  /** An actor of a round is down. */
  settled(actor: Supervised): void {
    const round = this.#rounds?.get(actor);
    if (round === undefined || !round.settling.delete(actor) || round.settling.size > 0) return;
    if (round.pauseMs === 0) {
      this.#raise(round);
      return;
    }
    const cancel = this.#options.clock.schedule(round.pauseMs, () => {
      this.#pauses?.delete(cancel);
      this.#raise(round);
    });
    this.#pauses ??= new Set();
    this.#pauses.add(cancel);
  }

  /** Nobody comes back any more. */
  stop(): void {
    for (const cancel of this.#pauses ?? []) cancel();
    this.#pauses = undefined;
    this.#rounds = undefined;
  }

  #lower(members: readonly Supervised[], error: unknown, pauseMs: number): void {
    const round: Round = { members, settling: new Set(members), pauseMs };
    // A later round takes an actor over: it comes back with that one.
    this.#rounds ??= new Map();
    for (const member of members) this.#rounds.set(member, round);
    for (const member of members) member.sink(error);
  }

  #raise(round: Round): void {
    for (const member of round.members) {
      // Not so where it was taken over, or stopped, meanwhile or by the failure of one before it.
      if (this.#rounds?.get(member) !== round) continue;
      this.#rounds.delete(member);
      member.rise();
    }
  }
}
