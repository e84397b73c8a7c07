import { isFault } from '../../../contract/errors.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import { partsOf, type Reply } from '../office/driving.ts';
import type { LedgerInput } from '../validator.ts';

/** Asks the ledger organ of a cell; this node's own one too. Rejects with a Fault. */
export type Ask = (to: NodeId, kind: string, body: Json) => Promise<Json>;

interface Letter {
  readonly input: LedgerInput;
  readonly answered: (reply: Reply | undefined) => void;
}

/**
 * Inputs on their way to validators. What comes while messages to one are under way waits and travels together: the busier a
 * relay is, the more a validator decides with one flush and one signature.
 */
export class Post {
  readonly #ask: Ask;
  readonly #lanes = new Map<NodeId, Lane>();

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Undefined where there is no answer. */
  send(to: NodeId, input: LedgerInput): Promise<Reply | undefined> {
    const lane = this.#lanes.get(to) ?? new Lane((inputs) => this.#deliver(to, inputs));
    this.#lanes.set(to, lane);
    return lane.send(input);
  }

  async #deliver(to: NodeId, inputs: readonly LedgerInput[]): Promise<readonly Reply[]> {
    try {
      const { answers } = (await this.#ask(to, 'ledger.ask', { inputs } as unknown as Json)) as unknown as {
        readonly answers: readonly Reply[];
      };
      return answers;
    } catch (error) {
      if (!isFault(error)) throw error;
      // Whoever waits asks again: that one validator is silent is what quorums are for.
      return [];
    }
  }
}

const END_OF_TURN = Promise.resolve();
const PART = { items: LIMITS.ledgerInputsMax, bytes: LIMITS.ledgerInputsBytes };

/** What waits for one validator. */
class Lane {
  readonly #deliver: (inputs: readonly LedgerInput[]) => Promise<readonly Reply[]>;
  #waiting: Letter[] = [];
  #underWay = 0;
  #isDue = false;

  constructor(deliver: (inputs: readonly LedgerInput[]) => Promise<readonly Reply[]>) {
    this.#deliver = deliver;
  }

  send(input: LedgerInput): Promise<Reply | undefined> {
    if (this.#waiting.length >= LIMITS.ledgerWaitingMax) return Promise.resolve(undefined);
    return new Promise((answered) => {
      this.#waiting.push({ input, answered });
      if (this.#isDue) return;
      this.#isDue = true;
      // The end of the turn: all that is asked in one goes together.
      void END_OF_TURN.then(() => this.#flush());
    });
  }

  #flush(): void {
    this.#isDue = false;
    while (this.#waiting.length > 0 && this.#underWay < LIMITS.ledgerAsksMax) {
      const inputs = this.#waiting.slice(0, PART.items).map(({ input }) => input);
      const part = this.#waiting.slice(0, partsOf(inputs, PART)[0]?.length);
      this.#waiting = this.#waiting.slice(part.length);
      this.#underWay += 1;
      void this.#carry(part);
    }
  }

  async #carry(letters: readonly Letter[]): Promise<void> {
    const replies = await this.#deliver(letters.map(({ input }) => input));
    this.#underWay -= 1;
    for (const [at, { answered }] of letters.entries()) answered(replies[at]);
    this.#flush();
  }
}
