import type { ActorSystem } from '../../actors/actor-system.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Message } from '../../contract/wire.ts';
import type { TreeId } from '../../contract/words.ts';
import type { Origin } from '../membrane/gate.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How many milliseconds an organ has for a peer's request before the peer is told to come again. */
const REQUEST_DEADLINE_MS = 10_000;

export interface ReceptionOptions {
  readonly vocabulary: Vocabulary;
  readonly stem: ActorSystem;
  readonly cells: ReadonlyMap<TreeId, ActorSystem>;
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
    const { vocabulary, stem, cells } = this.#options;
    const flaw = vocabulary.flawOfMessage(message);
    if (flaw !== undefined) return { ok: false, code: 'malformed', detail: flaw };
    const answered = this.#options.answer(message);
    if (answered !== undefined) return answered;
    const system = message.tree === null ? stem : cells.get(message.tree);
    if (system === undefined || !system.handles(message.kind)) return { ok: false, code: 'no-actor', detail: 'no such cell here' };
    const author = message.author === undefined ? {} : { author: message.author };
    return system.deliver({ kind: message.kind, body: message.body, from: origin.from, id: message.id, ...author }, { deadlineMs: REQUEST_DEADLINE_MS });
  }
}
