import type { LogRecord } from '../../../contract/entries.ts';
import type { NodeId } from '../../../contract/words.ts';
import type { Instant } from './event.ts';
import { committedTo, lastOf, recordsAfter, underWay, withRecords } from './log.ts';
import type { Envelope, RaftBody } from './message.ts';
import type { Notice, Outcome, Refusal, Writes } from './outcome.ts';
import { type Leading, type RaftState, type Role, wakeAt } from './state.ts';

/**
 * One step in the making. The states it goes through are values, never changed in place; the turn itself lives no longer
 * than the step.
 */
export class Turn {
  state: RaftState;
  install: Outcome['install'] = null;
  readonly now: number;
  readonly instant: Instant;
  readonly reads: { readonly token: string; readonly index: number }[] = [];
  readonly refusals: Refusal[] = [];
  readonly notices: Notice[] = [];
  readonly #before: RaftState;
  readonly #messages: Envelope[] = [];
  readonly #committed: LogRecord[] = [];
  #appended: readonly LogRecord[] = [];
  #cutAfter: number | undefined;

  constructor(state: RaftState, instant: Instant) {
    this.#before = state;
    this.state = state;
    this.instant = instant;
    this.now = instant.monotonic;
  }

  set(changes: Partial<RaftState>): void {
    this.state = { ...this.state, ...changes };
  }

  become(role: Role): void {
    this.set({ role });
  }

  send(to: NodeId, body: RaftBody): void {
    const { generation, epoch } = this.state;
    this.#messages.push({ to, message: { ...body, generation, epoch } });
  }

  refuse(what: Refusal['what'], why: Refusal['why']): void {
    this.refusals.push({ what, why });
  }

  /** Writes records at their places, over whatever was there. */
  put(records: readonly LogRecord[]): void {
    const first = records[0];
    if (first === undefined) return;
    if (first.index <= lastOf(this.state.log).index) this.cut(first.index - 1);
    this.set({ log: withRecords(this.state.log, records) });
    this.#appended = [...this.#appended, ...records];
  }

  /** The disk forgets what is after `index`. */
  cut(index: number): void {
    this.#cutAfter = Math.min(index, this.#cutAfter ?? index);
    this.#appended = this.#appended.filter((record) => record.index <= index);
  }

  commit(index: number): void {
    const { log, tuning } = this.state;
    this.#committed.push(...recordsAfter(log, log.commit, index - log.commit));
    this.set({ log: committedTo(log, index, tuning.window) });
  }

  close(): Outcome {
    const writes = this.#writes();
    return {
      state: this.state,
      writes,
      messages: this.#messages,
      committed: this.#committed,
      reads: this.reads,
      refusals: this.refusals,
      install: this.install,
      notices: this.notices,
      wakeAt: wakeAt(this.state),
    };
  }

  #writes(): Writes | null {
    const { generation, epoch, vote } = this.state;
    const isBallotNew = epoch !== this.#before.epoch || vote !== this.#before.vote;
    const ballot = isBallotNew ? { ballot: { generation, epoch, vote } } : {};
    if (this.#appended.length === 0 && this.#cutAfter === undefined)
      return isBallotNew ? { ...ballot, records: [] } : null;
    const ticket = this.state.log.nextTicket;
    this.set({ log: underWay(this.state.log) });
    const cut = this.#cutAfter === undefined ? {} : { cutAfter: this.#cutAfter };
    return { ...ballot, ...cut, records: this.#appended, ticket };
  }
}

/** The turn of a node that leads. */
export type LeadingTurn = Turn & { state: RaftState & { readonly role: Leading } };

export function isLeading(turn: Turn): turn is LeadingTurn {
  return turn.state.role.mode === 'leading';
}

/** Changes what a leader knows. */
export function lead(turn: LeadingTurn, changes: Partial<Leading>): void {
  turn.become({ ...turn.state.role, ...changes });
}
