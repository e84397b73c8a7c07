import { Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type {
  Cancel,
  Clock,
  ExchangeOptions,
  Membrane,
  PeerAddress,
  PeerHandler,
  PeerIdentity,
  PeerRequest,
  PeerResponse,
} from '../../contract/ports.ts';
import { problem } from './problem.ts';

export interface MemoryMembraneOptions {
  readonly identity: PeerIdentity;
  readonly url: string;
  readonly clock: Clock;
  readonly open: (membrane: MemoryMembrane) => void;
  readonly shut: (membrane: MemoryMembrane) => void;
  readonly carry: (conversation: Conversation) => void;
  /** Tells the asker that the connection broke. */
  readonly broken: (conversation: Conversation) => void;
}

/** One node's end of a `MemoryNetwork`. */
export class MemoryMembrane implements Membrane {
  readonly identity: PeerIdentity;
  readonly url: string;
  readonly clock: Clock;
  readonly #options: MemoryMembraneOptions;
  /** What this node asked and awaits. */
  readonly #asking = new Set<Conversation>();
  /** What others asked and this node works on. */
  readonly #serving = new Set<Conversation>();
  #handler: PeerHandler | undefined;
  #isClosed = false;
  #isCrashed = false;
  #onIdle: (() => void) | undefined;

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

  exchange(to: PeerAddress, request: PeerRequest, { deadlineMs, signal }: ExchangeOptions): Promise<PeerResponse> {
    if (this.#isClosed) return Promise.reject(closed());
    if (signal?.aborted) return Promise.reject(new Fault('cancelled'));
    return new Promise((resolve, reject) => {
      const settled = (): boolean => {
        cancelDeadline();
        signal?.removeEventListener('abort', cancelled);
        return this.#asking.delete(conversation);
      };
      const conversation: Conversation = {
        from: this,
        to,
        request,
        end: (response) => settled() && resolve(response),
        fail: (error) => settled() && reject(error),
      };
      const cancelled = (): void => conversation.fail(new Fault('cancelled'));
      const cancelDeadline: Cancel = this.clock.schedule(deadlineMs, () => conversation.fail(new Fault('deadline')));
      signal?.addEventListener('abort', cancelled, { once: true });
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

  /** Answers a request that has arrived. Never rejects. */
  serve(conversation: Conversation, peer: PeerIdentity, request: PeerRequest): Promise<PeerResponse> {
    const at = (): number => this.clock.now();
    const handler = this.#handler;
    if (handler === undefined) return Promise.resolve(problem('internal', 'nothing listens', at()));
    this.#serving.add(conversation);
    const done = (response: PeerResponse): PeerResponse => {
      this.#serving.delete(conversation);
      if (this.#serving.size === 0) this.#onIdle?.();
      return response;
    };
    return handler(peer, request).then(done, () => done(problem('internal', 'the handler failed', at())));
  }
}

/** One exchange under way. Only its first end counts. */
export interface Conversation {
  readonly from: MemoryMembrane;
  readonly to: PeerAddress;
  readonly request: PeerRequest;
  end(response: PeerResponse): void;
  fail(error: unknown): void;
}

function closed(): Fault {
  return new Fault('unreachable', 'this membrane is closed');
}
