import { stampAll } from '../../../../src/organs/ledger/batch.ts';
import { digestOf, homeOf } from '../../../../src/organs/ledger/order.ts';
import { acknowledgementOf, type Said, type Statement, voteOf } from '../../../../src/organs/ledger/statement.ts';
import type { LedgerInput } from '../../../../src/organs/ledger/validator.ts';
import type { SeededEntropy } from '../../../../src/runtime/entropy/seeded.ts';
import { type NodeOptions, type Outgoing, TestValidator } from './node.ts';
import { signerOf } from './people.ts';

const NOTHING: Outgoing = { answer: undefined, all: [], said: [], notes: [] };

/**
 * A validator that lies: one key on three disks, each of which is asked at random, so that it breaks every promise in a
 * well-formed way; votes for and acknowledges whatever it is shown; and says nothing when that hurts more.
 */
export class Liar {
  readonly name: string;
  readonly #faces: readonly TestValidator[];
  readonly #random: SeededEntropy;

  constructor(name: string, random: SeededEntropy, options: NodeOptions = {}) {
    this.name = name;
    this.#random = random;
    this.#faces = [0, 1, 2].map(() => new TestValidator(name, options));
  }

  get seat(): number {
    return (this.#faces[0] as TestValidator).seat;
  }

  tell(input: LedgerInput, now = 0): Outgoing {
    const mood = this.#random.float();
    if (input.kind === 'decided') for (const face of this.#faces) face.tell(input, now);
    if (mood < 0.15) return NOTHING;
    if (mood < 0.5 && input.kind === 'order') {
      return this.#says(voteOf(homeOf(input.signed.body), { ballot: 0, value: digestOf(input.signed.body) }));
    }
    if (mood < 0.5 && input.kind === 'certificate') {
      return this.#says(acknowledgementOf(input.certificate, input.certificate));
    }
    const face = this.#faces[Math.floor(this.#random.float() * this.#faces.length)] as TestValidator;
    return face.tell(input, now) ?? NOTHING;
  }

  #says(statement: Statement): Outgoing {
    const { ledger, number } = (this.#faces[0] as TestValidator).committee;
    const [stamp] = stampAll([statement], { ledger, committee: number, seat: this.seat }, (bytes) =>
      signerOf(this.name).sign('ledger-batch', bytes),
    );
    if (stamp === undefined) return NOTHING;
    const said = { statement, stamp } as Said;
    return { answer: { answer: 'said', said }, all: [], said: [said], notes: [] };
  }
}
