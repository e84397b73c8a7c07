import type { ActorSystem } from '../../actors/actor-system.ts';
import { Fault } from '../../contract/errors.ts';
import type { DeadLetter, LetterService, LetterSummary } from '../../contract/letters.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import { bytesOf, type Intake, listDeadLetters, readDeadLetter, rowNumber } from '../../organs/outbox/index.ts';
import { bodyOf } from './registers.ts';

const LISTED = 100;

/** The dead letters of this node, for its operator. */
export class LetterDesk implements LetterService {
  readonly #stem: ActorSystem;
  readonly #store: Store;
  readonly #intake: Intake;

  constructor(stem: ActorSystem, store: Store, intake: Intake) {
    this.#stem = stem;
    this.#store = store;
    this.#intake = intake;
  }

  list(options: { readonly after?: number; readonly limit?: number } = {}): ReturnType<LetterService['list']> {
    const { after = 0, limit = LISTED } = options;
    const wanted = Math.min(limit, LIMITS.lettersPageMax);
    const found = listDeadLetters(this.#store, { after, limit: wanted + 1 });
    const letters = found.slice(0, wanted).map(summaryOf);
    return { letters, next: found.length > wanted ? (letters.at(-1)?.number ?? null) : null };
  }

  read(number: number): DeadLetter {
    const letter = readDeadLetter(this.#store, number);
    if (letter === undefined) throw missing(number);
    return letter;
  }

  async replay(number: number): Promise<number> {
    const { to, tree, kind, body, message } = this.read(number);
    const rows = this.#intake.enqueue(to, { tree, kind, body, replays: message });
    // The letter goes if and only if the row comes: both are of one transaction.
    const outcome = await this.#exhume(number, (outcome) => (outcome?.ok === true ? rows : []));
    if (outcome.ok) this.#intake.enqueued();
    else this.#intake.abandoned(rows);
    this.#expectGone(number, outcome);
    return rowNumber(rows[0] as Write);
  }

  async drop(number: number): Promise<void> {
    this.read(number);
    this.#expectGone(number, await this.#exhume(number, () => []));
  }

  #exhume(number: number, alongside: (outcome: Outcome | undefined) => readonly Write[]): Promise<Outcome> {
    return this.#stem.deliver({ kind: 'outbox.exhume', body: { number } }, { alongside });
  }

  #expectGone(number: number, outcome: Outcome): void {
    if (!outcome.ok && outcome.code === 'not-found') throw missing(number);
    bodyOf(outcome);
  }
}

const missing = (number: number): Fault => new Fault('not-found', `there is no dead letter ${number}`);

function summaryOf({ body, ...letter }: DeadLetter): LetterSummary {
  return { ...letter, bytes: bytesOf(body) };
}
