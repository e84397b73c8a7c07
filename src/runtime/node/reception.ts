import type { ActorSystem } from '../../actors/actor-system.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Store, Write } from '../../contract/ports.ts';
import type { Message } from '../../contract/wire.ts';
import type { TreeId } from '../../contract/words.ts';
import { acceptOrdered, markFor, markOf, outcomeFor, SKIP_KIND } from '../../organs/outbox/index.ts';
import type { Origin } from '../membrane/gate.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How many milliseconds an organ has for a peer's request before the peer is told to come again. */
const REQUEST_DEADLINE_MS = 10_000;

export interface ReceptionOptions {
  readonly vocabulary: Vocabulary;
  readonly stem: ActorSystem;
  readonly cells: ReadonlyMap<TreeId, ActorSystem>;
  readonly store: Store;
  /** Answers kinds that concern the node as a whole and no organ; undefined for all others. */
  answer(message: Message): Outcome | undefined;
}

/** Hands what the gate let in to the organ it is for, once its body is known to be sound. */
export class Reception {
  readonly #options: ReceptionOptions;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  async deliver(message: Message, origin: Origin): Promise<Outcome> {
    const flaw = this.#options.vocabulary.flawOfMessage(message);
    if (flaw !== undefined) return { ok: false, code: 'malformed', detail: flaw };
    if (origin.lane === 'ordered') return this.#ordered(message, origin);
    return this.#options.answer(message) ?? this.#hand(message, origin, []);
  }

  /** The next number of its sender has its effect, together with the mark that says so; any other has none. */
  async #ordered(message: Message, origin: Origin): Promise<Outcome> {
    const { store } = this.#options;
    const mark = markOf(store, origin.from, message.tree);
    const acceptance = acceptOrdered(mark, message);
    if (acceptance !== 'apply') return outcomeFor(acceptance, mark);
    const next = markFor(origin.from, message.tree, Number(message.id));
    if (message.kind !== SKIP_KIND) return this.#hand(message, origin, [next]);
    await store.commit([next]);
    return { ok: true, body: null };
  }

  async #hand(message: Message, { from }: Origin, alongside: readonly Write[]): Promise<Outcome> {
    const { stem, cells } = this.#options;
    const { tree, kind, body, id, author } = message;
    const system = tree === null ? stem : cells.get(tree);
    if (system === undefined || !system.handles(kind))
      return { ok: false, code: 'no-actor', detail: 'no such cell here' };
    const input = { kind, body, from, id, ...(author === undefined ? {} : { author }) };
    return system.deliver(input, { deadlineMs: REQUEST_DEADLINE_MS, alongside });
  }
}
