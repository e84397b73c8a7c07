import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type {
  Clock,
  ExchangeOptions,
  Membrane,
  PeerAddress,
  PeerHandler,
  PeerIdentity,
  PeerRequest,
  PeerResponse,
} from '../../contract/ports.ts';
import { Conversation, type Exchange } from './conversation.ts';
import { problem } from './problem.ts';

export interface MemoryMembraneOptions {
  readonly identity: PeerIdentity;
  readonly url: string;
  readonly clock: Clock;
  readonly open: (membrane: MemoryMembrane) => void;
  readonly shut: (membrane: MemoryMembrane) => void;
  readonly carry: (conversation: Talk) => void;
  /** Tells the asker that the connection broke. */
  readonly broken: (conversation: Talk) => void;
}

/** An exchange between two ends of a `MemoryNetwork`. */
export type Talk = Exchange<MemoryMembrane>;

/** One node's end of a `MemoryNetwork`. */
export class MemoryMembrane implements Membrane {
  readonly identity: PeerIdentity;
  readonly url: string;
  readonly clock: Clock;
  readonly #options: MemoryMembraneOptions;
  /** What this node asked and awaits. */
  readonly #asking = new Set<Talk>();
  /** What others asked and this node works on. */
  readonly #serving = new Set<Talk>();
  #handler: PeerHandler | undefined;
  #isClosed = false;
  #isCrashed = false;
  #onIdle: (() => void) | undefined;
  readonly #ended = (conversation: Talk): void => void this.#asking.delete(conversation);

  constructor(options: MemoryMembraneOptions) {
    this.#options = options;
    this.identity = options.identity;
    this.url = options.url;
    this.clock = options.clock;
  }

  async listen(handler: PeerHandler): Promise<string> {
    this.#options.open(this);
    this.#handler = handler;
    return this.url;
  }

  exchange(to: PeerAddress, request: PeerRequest, options: ExchangeOptions): Promise<PeerResponse> {
    if (this.#isClosed) return Promise.reject(closed());
    if (options.signal?.aborted) return Promise.reject(new Fault('cancelled'));
    return new Promise((resolve, reject) => {
      const { clock } = this;
      const parts = { from: this, to, request, clock, ended: this.#ended, resolve, reject };
      const conversation = new Conversation<MemoryMembrane>(parts, options);
      this.#asking.add(conversation);
      this.#options.carry(conversation);
    });
  }

  async close(graceMs: number = LIMITS.closeGraceMs): Promise<void> {
    this.#options.shut(this);
    if (this.#serving.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.clock.schedule(graceMs, resolve);
        this.#onIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#end();
  }

  /** What the network sees when a process dies: refused connections, and broken ones where there were any. */
  crash(): void {
    this.#isCrashed = true;
    this.#options.shut(this);
    this.#end();
  }

  get isCrashed(): boolean {
    return this.#isCrashed;
  }

  #end(): void {
    this.#isClosed = true;
    const serving = [...this.#serving];
    this.#serving.clear();
    for (const conversation of serving) this.#options.broken(conversation);
    for (const conversation of [...this.#asking]) conversation.fail(closed());
  }

  /** Answers a request that has arrived; `answered` is called once. */
  serve(
    conversation: Talk,
    peer: PeerIdentity,
    request: PeerRequest,
    answered: (response: PeerResponse) => void,
  ): void {
    const handler = this.#handler;
    if (handler === undefined) {
      answered(problem('internal', 'nothing listens', this.clock.now()));
      return;
    }
    this.#serving.add(conversation);
    const done = (response: PeerResponse): void => {
      this.#serving.delete(conversation);
      if (this.#serving.size === 0) this.#onIdle?.();
      answered(response);
    };
    handler(peer, request).then(done, () => done(problem('internal', 'the handler failed', this.clock.now())));
  }
}

function closed(): Fault {
  return new Fault('unreachable', 'this membrane is closed');
}
