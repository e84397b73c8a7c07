import type { ActorSystem } from '../../actors/actor-system.ts';
import { Fault, isFaultCode } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Store } from '../../contract/ports.ts';
import type { CallOptions, Register, RegisterService, RegisterWrite } from '../../contract/services.ts';
import type { Json, TreeId } from '../../contract/words.ts';
import { registerKey } from '../../organs/consensus/index.ts';

/** The body of a good outcome; a bad one becomes the Fault of its code. */
export function bodyOf(outcome: Outcome): Json {
  if (outcome.ok) return outcome.body;
  const code = isFaultCode(outcome.code) ? outcome.code : 'unreachable';
  const detail = outcome.detail ?? (code === outcome.code ? undefined : `the other node refused: ${outcome.code}`);
  throw new Fault(code, detail, outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs });
}

/** Where no leader answers, `best` reads this node's copy. */
const NO_LEADER = new Set(['no-authority', 'deadline', 'starting', 'busy', 'unreachable']);

/** The registers of one tree, through the node's consensus organ and its own copy. */
export class TreeRegisters implements RegisterService {
  readonly #stem: ActorSystem;
  readonly #store: Store;
  readonly #tree: TreeId;
  readonly #sovereign: () => boolean;

  constructor(stem: ActorSystem, store: Store, tree: TreeId, sovereign: () => boolean) {
    this.#stem = stem;
    this.#store = store;
    this.#tree = tree;
    this.#sovereign = sovereign;
  }

  async read(
    key: string,
    consistency: 'linear' | 'any' | 'best',
    options: CallOptions = {},
  ): Promise<Register | undefined> {
    if (consistency === 'linear' || (consistency === 'best' && this.#sovereign())) {
      const outcome = await this.#ask('consensus.read', null, options);
      if (consistency === 'linear' || outcome.ok || !NO_LEADER.has(outcome.code)) bodyOf(outcome);
    }
    return this.peek(key);
  }

  peek(key: string): Register | undefined {
    const value = this.#store.get('registers', registerKey(this.#tree, key));
    return value === undefined ? undefined : { key, ...(value as unknown as { value: Json; version: number }) };
  }

  list({ prefix, after, limit }: { prefix: string; after?: string; limit: number }): readonly Register[] {
    const start = registerKey(this.#tree, '');
    const options = { prefix: start + prefix, limit, ...(after === undefined ? {} : { after: start + after }) };
    return [...this.#store.range('registers', options)].map(([key, value]) => ({
      key: key.slice(start.length),
      ...(value as unknown as { value: Json; version: number }),
    }));
  }

  async set(writes: readonly RegisterWrite[], options: CallOptions = {}): Promise<number> {
    const body = { command: { type: 'set', tree: this.#tree, writes } } as unknown as Json;
    const { version } = bodyOf(await this.#ask('consensus.propose', body, options)) as { version: number };
    return version;
  }

  async #ask(kind: string, body: Json, { signal, deadlineMs = LIMITS.askDeadlineMs }: CallOptions): Promise<Outcome> {
    if (signal?.aborted === true) throw new Fault('cancelled');
    return this.#stem.deliver({ kind, body }, { deadlineMs });
  }
}
