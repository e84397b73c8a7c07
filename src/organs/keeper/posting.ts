import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Register } from '../../contract/services.ts';
import type { Json } from '../../contract/words.ts';
import type { KeeperContext } from './context.ts';
import type { Performing } from './performing.ts';
import { placed } from './placing.ts';
import { type Posted, postedIn, requestOf } from './posts.ts';
import { passing } from './transience.ts';

/**
 * Brings messages between organs to where they are taken. The cell that wrote one delivers it at once; where that fails, or
 * the cell dies, the one whose place the message has tries again, for as long as its register is there.
 */
export class Posting {
  readonly #context: KeeperContext;
  readonly #performing: () => Performing;

  constructor(context: KeeperContext, performing: () => Performing) {
    this.#context = context;
    this.#performing = performing;
  }

  /** In the background, in their order. */
  async send(posts: readonly Register[]): Promise<void> {
    for (const post of posts) await this.deliver(post);
  }

  /** Resolves when it has had its effect, or is to be tried again later. */
  async deliver(post: Register): Promise<void> {
    const { almanac, ports } = this.#context;
    try {
      await this.#bring(post, postedIn(post));
    } catch (error) {
      if (passing(error) === undefined) throw error;
      almanac.wake(post.key, ports.clock.now() + LIMITS.postRetryMs);
    }
  }

  async #bring(post: Register, posted: Posted): Promise<void> {
    try {
      const body = await this.#hand(post, posted);
      if (body !== undefined) await this.#performing().conclusion(post.key, { ok: true, body });
    } catch (error) {
      if (passing(error) !== undefined || !isFault(error)) throw error;
      this.#context.ports.log.warn('keeper.undelivered', { code: error.code, detail: error.message });
      await this.#performing().conclusion(post.key, { ok: false, code: error.code, detail: error.message });
    }
  }

  /** The answer of what is outside the registers of this tree; undefined where the SET of its effect has ended the post. */
  async #hand(post: Register, posted: Posted): Promise<Json | undefined> {
    const { reach, tree, crafts, ports } = this.#context;
    const { to, body } = posted;
    if ('genome' in to) return reach.askGenome(to.genome, to.receptor, body, post.key);
    const craft = crafts.get(to.organ);
    if (craft?.topic !== undefined) {
      await reach.publish(craft.topic, craft.read(to.verb, body));
      return {};
    }
    const request = requestOf(posted);
    const place = request === undefined ? undefined : craft?.placeOf(request, ports.clock.now());
    const owner = place === undefined ? tree.self : (placed(tree, place) ?? tree.self);
    if (owner === tree.self) await this.#performing().delivery(post.key);
    else await tree.ask(owner, 'keeper.deliver', { address: post.key }, { deadlineMs: LIMITS.keeperAttemptMs });
    return undefined;
  }
}
