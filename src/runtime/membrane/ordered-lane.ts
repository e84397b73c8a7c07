import { Fault, isFaultCode } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Clock, Entropy } from '../../contract/ports.ts';
import type { Message, Result } from '../../contract/wire.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Dispatch, Failure, SignedFrame } from './dispatch.ts';
import { fitting, type Parcel } from './parcel.ts';

export interface OrderedLaneOptions {
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Aborted when the courier closes. */
  readonly signal: AbortSignal;
}

/** Codes after which the same bytes may yet get through. */
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'deadline', 'busy', 'stopping', 'starting']);

/** The lane of what must arrive: one frame in flight per peer, the same bytes again until they are answered. */
export class OrderedLane {
  readonly #options: OrderedLaneOptions;
  readonly #tails = new Map<NodeId, Promise<unknown>>();

  constructor(options: OrderedLaneOptions) {
    this.#options = options;
  }

  /** See `Courier.deliver`. */
  deliver(to: NodeId, messages: readonly Message[], deadlineMs: number): Promise<readonly Result[]> {
    const expiresAt = this.#options.clock.monotonic() + deadlineMs;
    const ahead = this.#tails.get(to);
    const run = (): Promise<readonly Result[]> => this.#deliver(to, messages, expiresAt);
    const turn = ahead === undefined ? run() : ahead.then(run);
    const tail = turn.then(nothing, nothing).then(() => {
      if (this.#tails.get(to) === tail) this.#tails.delete(to);
    });
    this.#tails.set(to, tail);
    return turn;
  }

  async #deliver(to: NodeId, messages: readonly Message[], expiresAt: number): Promise<readonly Result[]> {
    const parcels = this.#parcelsOf(messages);
    let frame: SignedFrame | undefined;
    let last: Failure = { ok: false, code: 'deadline', detail: 'no time was left to send' };
    for (let attempt = 0, remakes = 0; ; attempt++) {
      const leftMs = expiresAt - this.#options.clock.monotonic();
      if (leftMs <= 0 || this.#options.signal.aborted) throw this.#given(last);
      if (frame === undefined) {
        const made = this.#options.dispatch.make(to, 'ordered', parcels);
        if ('ok' in made) throw faultOf(made);
        frame = made;
      }
      const attemptMs = Math.min(leftMs, LIMITS.frameAttemptMs);
      const answer = await this.#options.dispatch.send(frame, attemptMs, this.#options.signal);
      if (answer.ok) return answer.results;
      last = answer;
      if (answer.code === 'restarted' && remakes < LIMITS.frameRemakesMax) {
        remakes += 1;
        frame = undefined;
        continue;
      }
      if (!PASSING.has(answer.code)) throw faultOf(answer);
      await this.#pause(attempt, answer, expiresAt);
    }
  }

  /** Doubles with every attempt, with jitter, unless the receiver has said how long. */
  #pause(attempt: number, { retryAfterMs }: Failure, expiresAt: number): Promise<void> {
    const { clock, entropy, signal } = this.#options;
    const backOffMs = Math.min(LIMITS.resendMaxMs, LIMITS.resendMinMs * 2 ** Math.min(attempt, 16));
    const pauseMs = Math.max(retryAfterMs ?? 0, backOffMs * (0.5 + entropy.float() / 2));
    return new Promise((resolve) => {
      const cancel = clock.schedule(Math.min(pauseMs, expiresAt - clock.monotonic()), finish);
      signal.addEventListener('abort', finish, { once: true });
      function finish(): void {
        cancel();
        signal.removeEventListener('abort', finish);
        resolve();
      }
    });
  }

  /** The longest prefix that one frame has room for. */
  #parcelsOf(messages: readonly Message[]): readonly Parcel[] {
    const parcels: Parcel[] = [];
    for (const message of messages.slice(0, LIMITS.frameMessagesMax)) {
      const parcel = this.#options.dispatch.parcel(message);
      if (parcel === undefined) throw new Fault('too-large', `message ${message.id} of kind ${message.kind}`);
      parcels.push(parcel);
      if (fitting(parcels) < parcels.length) break;
    }
    return parcels.slice(0, fitting(parcels));
  }

  #given(last: Failure): Fault {
    return this.#options.signal.aborted ? new Fault('stopping') : faultOf(last);
  }
}

/** A refusal of the whole frame says nothing of its messages: they stay with the sender. */
function faultOf({ code, detail, retryAfterMs }: Failure): Fault {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return isFaultCode(code) ? new Fault(code, detail, options) : new Fault('refused', `${code}: ${detail}`, options);
}

const nothing = (): void => undefined;
