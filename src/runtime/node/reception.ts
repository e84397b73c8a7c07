import type { ActorSystem } from '../../actors/actor-system.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Input, Outcome } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import type { Message } from '../../contract/wire.ts';
import type { TreeId } from '../../contract/words.ts';
import {
  acceptOrdered,
  isPassing,
  type Mark,
  markFor,
  numberOf,
  outcomeFor,
  readMark,
  SKIP_KIND,
} from '../../organs/outbox/index.ts';
import type { Origin } from '../membrane/gate.ts';
import type { Quarantine } from './quarantine.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How many milliseconds an organ has for a peer's request before the peer is told to come again. */
const DEADLINE = { deadlineMs: 10_000 };
/** Its organ threw, and may do so again. */
const isCrash = (outcome: Outcome | undefined): boolean => outcome?.ok === false && outcome.code === 'internal';
const POISON: Outcome = { ok: false, code: 'internal', detail: 'this message has made its organ fail before' };
const NOBODY: Outcome = { ok: false, code: 'no-actor', detail: 'no such cell here' };

export interface ReceptionOptions {
  readonly vocabulary: Vocabulary;
  readonly stem: ActorSystem;
  readonly cells: ReadonlyMap<TreeId, ActorSystem>;
  readonly store: Store;
  readonly quarantine: Quarantine;
  /** Answers kinds that concern the node as a whole and no organ; undefined for all others. */
  answer(message: Message): Outcome | undefined;
}

/** Hands what the gate let in to the organ it is for, once its body is known to be sound. */
export class Reception {
  readonly #options: ReceptionOptions;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  deliver(message: Message, origin: Origin): Promise<Outcome> {
    if (origin.lane === 'ordered') return this.#ordered(message, origin);
    const flaw = this.#options.vocabulary.flawOfMessage(message);
    if (flaw !== undefined) return Promise.resolve(malformed(flaw));
    const answer = this.#options.answer(message);
    if (answer !== undefined) return Promise.resolve(answer);
    return this.#hand(message, origin);
  }

  async #hand(message: Message, origin: Origin): Promise<Outcome> {
    const { quarantine } = this.#options;
    const system = this.#systemFor(message);
    if (system === undefined) return NOBODY;
    if (quarantine.holds(message)) return POISON;
    const outcome = await system.deliver(inputOf(message, origin), DEADLINE);
    if (isCrash(outcome)) quarantine.note(message);
    return outcome;
  }

  /** A message of the ordered lane that the gate doesn't let in: its number must have an end all the same. */
  refuse(message: Message, { from }: Origin, code: string): Promise<Outcome> {
    const mark = readMark(this.#options.store, from, message.tree);
    const acceptance = message.kind === SKIP_KIND ? 'malformed' : acceptOrdered(mark.settled, message);
    if (acceptance !== 'apply') return Promise.resolve(outcomeFor(acceptance, mark, message));
    return this.#conclude(mark, message, { ok: false, code, detail: message.kind });
  }

  /** The next number of its sender has its effect, together with the mark that says so; any other has none. */
  async #ordered(message: Message, origin: Origin): Promise<Outcome> {
    const { store, vocabulary } = this.#options;
    const mark = readMark(store, origin.from, message.tree);
    const flaw = vocabulary.flawOfMessage(message);
    // What a malformed skip skips can't be told, so it doesn't count as the next.
    if (flaw !== undefined && message.kind === SKIP_KIND) return malformed(flaw);
    const acceptance = acceptOrdered(mark.settled, message);
    if (acceptance !== 'apply') return outcomeFor(acceptance, mark, message);
    if (flaw !== undefined) return this.#conclude(mark, message, malformed(flaw));
    if (message.kind === SKIP_KIND) return this.#conclude(mark, message, { ok: true, body: null });
    const system = this.#systemFor(message);
    if (system === undefined) return this.#conclude(mark, message, NOBODY);
    const { quarantine } = this.#options;
    if (quarantine.holds(message)) return this.#conclude(mark, message, POISON);
    const isLast = quarantine.isLastTry(message);
    const outcome = await system.deliver(inputOf(message, origin), {
      ...DEADLINE,
      alongside: (answer) => (isCrash(answer) && !isLast ? [] : markFor(mark, message, answer)),
    });
    if (isCrash(outcome)) {
      quarantine.note(message);
      // The organ is being restarted. A defect may need its moment, so the message is offered again after a while.
      if (!isLast) return { ok: false, code: 'busy', retryAfterMs: LIMITS.poisonRetryMs };
    }
    // An organ that has failed for good is there again when the node has been restarted.
    if (!outcome.ok && outcome.code === 'no-actor') return { ok: false, code: 'stopping' };
    return this.#conclude(mark, message, outcome);
  }

  /**
   * What ends a message leaves only once its number is on the disk with it: most often it got there with the organ's
   * step, but not where an answer was put off and then refused, or where no organ was asked.
   */
  async #conclude({ from, tree }: Mark, message: Message, outcome: Outcome): Promise<Outcome> {
    if (!outcome.ok && isPassing(outcome.code)) return outcome;
    const { store } = this.#options;
    const mark = readMark(store, from, tree);
    const number = numberOf(message) ?? 0;
    const noted = outcome.ok ? mark.settled >= number : mark.refused[message.id] !== undefined;
    if (!noted) await commit(store, markFor(mark, message, outcome));
    if (outcome.ok) return outcome;
    const detail = outcome.detail === undefined ? {} : { detail: outcome.detail };
    return { ok: false, code: outcome.code, ...detail, body: { mark: Math.max(mark.settled, number) } };
  }

  #systemFor({ tree, kind }: Message): ActorSystem | undefined {
    const { stem, cells } = this.#options;
    const system = tree === null ? stem : cells.get(tree);
    return system?.handles(kind) === true ? system : undefined;
  }
}

/** @throws Fault `disk-full` or `busy`: whatever else went wrong, the message is to be offered again */
async function commit(store: Store, writes: readonly Write[]): Promise<void> {
  try {
    await store.commit(writes);
  } catch (error) {
    throw isFault(error) ? error : new Fault('busy', 'the mark could not be written', { cause: error });
  }
}

function inputOf({ kind, body, id, author }: Message, { from }: Origin): Input {
  return { kind, body, from, id, ...(author === undefined ? {} : { author }) };
}

const malformed = (detail: string): Outcome => ({ ok: false, code: 'malformed', detail });
