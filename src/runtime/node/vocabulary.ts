import type { Organ, Outcome } from '../../contract/organ.ts';
import type { Message } from '../../contract/wire.ts';
import type { JsonObject } from '../../contract/words.ts';
import type { Standing } from '../membrane/gate.ts';
import { flawOf } from './schema-check.ts';

/** The only kind that a stranger may send. */
export const STRANGERS_KIND = 'consensus.join';

/** What an organ says of the messages it exchanges, whatever its facts are. */
export type Speaks = Pick<Organ<never>, 'messages' | 'answers'>;

/** Which kinds cross the membrane, and what their bodies and answers look like. */
export class Vocabulary {
  readonly #messages: Record<string, JsonObject> = Object.create(null);
  readonly #answers: Record<string, JsonObject> = Object.create(null);

  add(speakers: readonly Speaks[]): void {
    for (const { messages, answers } of speakers) {
      Object.assign(this.#messages, messages);
      Object.assign(this.#answers, answers);
    }
  }

  accepts(kind: string, standing: Standing): boolean {
    return (
      this.#messages[kind] !== undefined &&
      (standing === 'member' || (standing === 'unknown' && kind === STRANGERS_KIND))
    );
  }

  flawOfMessage({ kind, body }: Pick<Message, 'kind' | 'body'>): string | undefined {
    const schema = this.#messages[kind];
    return schema === undefined ? 'nobody takes this kind' : flawOf(schema, body);
  }

  /** An answer that is not what its question promises counts as a failed one. */
  checkAnswer(kind: string, outcome: Outcome): Outcome {
    const schema = this.#answers[kind];
    if (!outcome.ok || schema === undefined) return outcome;
    const flaw = flawOf(schema, outcome.body);
    return flaw === undefined ? outcome : { ok: false, code: 'malformed', detail: `the answer to ${kind}: ${flaw}` };
  }
}
