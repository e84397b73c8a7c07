import type { Signer } from '../../contract/ports.ts';
import type { Message } from '../../contract/wire.ts';
import type { Json, NodeId, TreeId, View } from '../../contract/words.ts';
import type { ClockScope } from '../clock/scope.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import { Courier } from '../membrane/courier.ts';
import type { MemoryMembrane } from '../membrane/memory.ts';
import { problem } from '../membrane/problem.ts';
import { newestOf } from './wholeness.ts';
import type { World } from './world.ts';

/** How long it waits for an answer that it wants to use. */
const PATIENCE_MS = 2_000;

/**
 * Somebody who has the key of a member and says with it whatever he likes. The node's own process must have been killed:
 * the impostor takes the incarnation after it. He answers nothing, and keeps the twin signer's rule: he signs with no key
 * but his own.
 */
export class Impostor {
  readonly signer: Signer;
  readonly incarnation: number;
  readonly draw: SeededEntropy;
  readonly #view: View;
  readonly #world: World;
  readonly #index: number;
  readonly #clock: ClockScope;
  readonly #courier: Courier;
  readonly #membrane: MemoryMembrane;
  readonly #cancels = new Set<() => void>();

  constructor(world: World, index: number, view: View, label: string) {
    const node = world.at(index);
    const { signer, incarnation } = node.borrowKey();
    this.signer = signer;
    this.incarnation = incarnation;
    this.#view = view;
    this.draw = world.entropy.fork(label);
    this.#world = world;
    this.#index = index;
    world.possessed.add(index);
    this.#clock = world.clock.scope();
    this.#membrane = world.network.membrane({ node: signer.node, spki: signer.spki }, node.url, this.#clock);
    this.#courier = new Courier({
      signer,
      incarnation,
      clock: this.#clock,
      entropy: this.draw,
      log: node.log,
      membrane: this.#membrane,
      organism: () => view.organism,
      addressOf: (peer) => this.view.members[peer]?.urls[0],
    });
  }

  /** What he knows of the organism: as a member he can ask for the newest log at any time. */
  get view(): View {
    return newestOf(this.#world.nodes.map((node) => node.view)) ?? this.#view;
  }

  /** All others that have a process. */
  get victims(): readonly NodeId[] {
    return this.#world.running.map(({ id }) => id).filter((id) => id !== this.signer.node);
  }

  /** Listens, so that nobody finds his address vacant, and acts again and again until `end`. */
  async act(everyMs: number, deed: (impostor: Impostor) => void | Promise<void>): Promise<void> {
    await this.#membrane.listen(async () => problem('stopping', 'nobody here', this.#clock.now()));
    const turn = (): void => {
      this.#world.background(Promise.resolve(deed(this)));
      cancel();
      cancel = this.#clock.schedule(everyMs, turn);
    };
    let cancel = (): void => undefined;
    this.#cancels.add(() => cancel());
    turn();
  }

  tell(to: NodeId, kind: string, body: Json, tree: TreeId | null = null): void {
    void this.#courier.ask(to, { tree, kind, body }, { deadlineMs: PATIENCE_MS });
  }

  /** The body of the answer; undefined where there is none. */
  async ask(to: NodeId, kind: string, body: Json): Promise<Json | undefined> {
    const outcome = await this.#courier.ask(to, { tree: null, kind, body }, { deadlineMs: PATIENCE_MS });
    return outcome.ok ? outcome.body : undefined;
  }

  /** Somebody's message with whatever authorship it shows. */
  relay(to: NodeId, message: Message): void {
    void this.#courier.relay(to, message, { deadlineMs: PATIENCE_MS });
  }

  /** Bytes that are no frame at all. */
  throwAt(to: NodeId, bytes: Uint8Array): void {
    const url = this.view.members[to]?.urls[0];
    if (url === undefined) return;
    const request = { route: 'frame', lane: 'control', bytes, signature: 'A'.repeat(86) } as const;
    // Whatever becomes of it: nobody is to answer.
    this.#membrane.exchange({ node: to, url }, request, { deadlineMs: PATIENCE_MS }).catch(() => undefined);
  }

  end(): void {
    for (const cancel of this.#cancels) cancel();
    this.#courier.close();
    this.#membrane.crash();
    this.#clock.kill();
    this.#world.possessed.delete(this.#index);
  }
}
