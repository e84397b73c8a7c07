import type { Promotion } from '../../contract/entries.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { Conflict, PromoteOptions, PromotionDraft } from '../../contract/services.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import { CONFLICT } from '../../organs/consensus/index.ts';
import type { Body } from './body.ts';
import { bodyOf, TreeRegisters } from './registers.ts';

/** A voter that is revoked is first voted out, which takes a moment. */
const REVOKE_TRIES = 40;
const REVOKE_RETRY_MS = 250;

/** What the organism's operator decides at a node: by the organism's key, which no node needs to have. */
export class Authority {
  readonly #body: Body;

  constructor(body: Body) {
    this.#body = body;
  }

  async revoke(node: NodeId, warrant: string): Promise<void> {
    const body: Json = { command: { type: 'revoke', node, warrant } };
    for (let tries = 1; ; tries++) {
      try {
        bodyOf(await this.#body.stem.deliver({ kind: 'consensus.propose', body }));
        return;
      } catch (error) {
        if (!isFault(error, 'busy') || tries >= REVOKE_TRIES) throw error;
        await pause(this.#body.plan.ports.clock, REVOKE_RETRY_MS, undefined);
      }
    }
  }

  async draft(): Promise<PromotionDraft> {
    const outcome = await this.#body.stem.deliver({ kind: 'consensus.draft', body: null });
    return bodyOf(outcome) as unknown as PromotionDraft;
  }

  async promote(
    promotion: Promotion,
    { despiteMajority = false }: PromoteOptions = {},
  ): Promise<{ generation: number; version: number }> {
    const body = { promotion, despiteMajority } as unknown as Json;
    const outcome = await this.#body.stem.deliver({ kind: 'consensus.promote', body });
    return bodyOf(outcome) as { generation: number; version: number };
  }

  conflicts(): readonly Conflict[] {
    const { view } = this.#body.outlook;
    if (view === null) throw new Fault('starting');
    return Object.values(view.trees).flatMap(({ tree, genome }) => {
      const registers = new TreeRegisters(this.#body.stem, this.#body.plan.ports.store, tree, () => false);
      const kept = registers.list({ prefix: CONFLICT, limit: LIMITS.filesPageMax });
      return kept.map(({ key, value }) => ({ genome, register: key, key: keyIn(key), value }));
    });
  }
}

/** `conflict:GENERATION-VERSION:KEY` */
function keyIn(register: string): string {
  return register.slice(register.indexOf(':', CONFLICT.length) + 1);
}
