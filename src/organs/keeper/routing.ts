import { base64url } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { CallOptions } from '../../contract/services.ts';
import type { Json, NodeId } from '../../contract/words.ts';
import type { KeeperContext } from './context.ts';
import type { Request } from './craft.ts';
import { craftNamed } from './desk.ts';
import { HANDED } from './marks.ts';
import type { Performing } from './performing.ts';
import { placed } from './placing.ts';
import { isForAnother } from './transience.ts';

const NAME_BYTES = 12;
/** How long to wait before everybody is asked once more. */
const ROUND_MS = 100;

/**
 * Finds the cell for a request and asks it; where it can't answer, the next one. What is handed on has a name, so that a
 * request whose answer got lost takes effect once, whoever is asked again.
 */
export class Routing {
  readonly #context: KeeperContext;
  readonly #performing: Performing;

  constructor(context: KeeperContext, performing: Performing) {
    this.#context = context;
    this.#performing = performing;
  }

  /** @throws Fault of the organ, or of the last cell that could not answer */
  async ask(asked: Request, { signal, deadlineMs = LIMITS.askDeadlineMs }: CallOptions = {}): Promise<Json> {
    const { ports, tree } = this.#context;
    const craft = craftNamed(this.#context, asked.organ);
    const request = { ...asked, body: craft.read(asked.verb, asked.body) };
    if (craft.topic !== undefined) return this.#publish(craft.topic, request);
    const place = craft.placeOf(request, ports.clock.now());
    const until = ports.clock.monotonic() + deadlineMs;
    const tried = new Set<NodeId>();
    for (let named = request; ; ) {
      const owner = placed(tree, place, tried) ?? tree.self;
      // From the first hand-over on it keeps its name, wherever it is worked on.
      if (owner !== tree.self && named.once === null) named = { ...named, once: this.#name() };
      try {
        return await this.#askAt(owner, named, until);
      } catch (error) {
        const late = ports.clock.monotonic() + ROUND_MS >= until;
        if (late || !isForAnother(error) || (owner === tree.self && named.once === null)) throw error;
        tried.add(owner);
      }
      if (placed(tree, place, tried) !== undefined) continue;
      tried.clear();
      await pause(ports.clock, ROUND_MS, signal);
    }
  }

  #askAt(owner: NodeId, request: Request, until: number): Promise<Json> {
    const { tree, ports, gate } = this.#context;
    if (owner !== tree.self) {
      const deadlineMs = Math.max(1, Math.min(LIMITS.keeperAttemptMs, until - ports.clock.monotonic()));
      return tree.ask(owner, 'keeper.ask', { ...request }, { deadlineMs });
    }
    if (gate.refusal !== undefined) return Promise.reject(new Fault(gate.refusal));
    return this.#performing.request(request);
  }

  async #publish(topic: string, { body }: Request): Promise<Json> {
    await this.#context.reach.publish(topic, body);
    return {};
  }

  #name(): string {
    return HANDED + base64url(this.#context.ports.entropy.bytes(NAME_BYTES));
  }
}
