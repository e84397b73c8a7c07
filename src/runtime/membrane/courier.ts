import { setMaxListeners } from 'node:events';
import { FAULTS, Fault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Entropy, PeerRequest, PeerResponse } from '../../contract/ports.ts';
import { faultOfProblem } from '../../contract/problem.ts';
import type { CallOptions } from '../../contract/services.ts';
import type { Message, Result } from '../../contract/wire.ts';
import type { Fence, Json, NodeId, ShardHash, TreeId } from '../../contract/words.ts';
import { Dispatch, type DispatchOptions, type Failure } from './dispatch.ts';
import { NewestWins, type NewestWinsOptions } from './newest-wins.ts';
import { OrderedLane } from './ordered-lane.ts';
import { fitting } from './parcel.ts';
import { parseProblem } from './problem.ts';
import { Question } from './question.ts';
import { outcomeOf } from './result.ts';

export interface CourierOptions extends DispatchOptions {
  readonly entropy: Entropy;
}

/** What an organ says, before it gets an id. */
export interface Utterance {
  readonly tree: TreeId | null;
  readonly kind: string;
  readonly body: Json;
  readonly fence?: Fence;
}

export interface AskOptions {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The sending side of a membrane: grouped by peer, parallel across peers, on two lanes. What was asked over the control
 * lane in one turn travels in one frame under one signature.
 *
 * @example
 * const outcome = await courier.ask(peer, { tree: null, kind: 'pulse.probe', body: {} }, { deadlineMs: 500 })
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #dispatch: Dispatch;
  readonly #ordered: OrderedLane;
  /** By peer: what wants a quick answer, and what may take long. */
  readonly #prompt = new Map<NodeId, NewestWins<Question>>();
  readonly #patient = new Map<NodeId, NewestWins<Question>>();
  readonly #open = new Set<Question>();
  readonly #closing = new AbortController();
  readonly #laneOptions: NewestWinsOptions<Question> = {
    waitingMax: LIMITS.controlQueueMax,
    concurrent: LIMITS.controlFramesMax,
    take: fitting,
    send: (batch, done) => this.#send(batch, 0, done),
    evict: (question) => question.settle(EVICTED),
  };
  #nextId = 1;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#dispatch = new Dispatch(options);
    // One listener per peer with an ordered frame under way: not a leak.
    setMaxListeners(0, this.#closing.signal);
    const { clock, entropy } = options;
    this.#ordered = new OrderedLane({ dispatch: this.#dispatch, clock, entropy, signal: this.#closing.signal });
  }

  /**
   * A question over the control lane. Never rejects: `deadline`, `unreachable`, `busy` and every refusal are outcomes. The
   * deadline counts from this call. Over the bound of waiting messages the oldest is answered `busy`.
   */
  ask(to: NodeId, utterance: Utterance, options: AskOptions): Promise<Outcome> {
    const id = (this.#nextId++).toString(36);
    const { tree, kind, body, fence } = utterance;
    const message: Message = fence === undefined ? { id, tree, kind, body } : { id, tree, kind, body, fence };
    return this.#put(to, message, options);
  }

  /** Another's message as it is, with its author's signature, over the control lane. */
  relay(to: NodeId, message: Message, options: AskOptions = { deadlineMs: LIMITS.askDeadlineMs }): Promise<Outcome> {
    return this.#put(to, message, options);
  }

  /**
   * Messages over the ordered lane, in their order: one frame in flight per peer, the same bytes again until they are
   * answered. Resolves to the results of the messages that one frame had room for, a prefix of `messages`.
   *
   * @throws Fault `deadline` or `unreachable` where no answer came (the messages may have been applied all the same),
   * `refused` where the receiver takes no frame of this node, `superseded`, `too-large`, `stopping`
   */
  deliver(to: NodeId, messages: readonly Message[], options: { deadlineMs: number }): Promise<readonly Result[]> {
    return this.#ordered.deliver(to, messages, options.deadlineMs);
  }

  /** Resolves once the peer flushed the bytes. @throws Fault as the peer answered, or why it didn't */
  async pushShard(
    to: NodeId,
    tree: TreeId,
    hash: ShardHash,
    bytes: Uint8Array,
    options: CallOptions = {},
  ): Promise<void> {
    const response = await this.#exchange(to, { route: 'shard.put', tree, hash, bytes }, options);
    if (response.status >= 300) throw shardFault(response);
  }

  /** The peer's bytes, not yet verified; undefined where it has none. @throws Fault as the peer answered, or why it didn't */
  async pullShard(
    to: NodeId,
    tree: TreeId,
    hash: ShardHash,
    options: CallOptions = {},
  ): Promise<Uint8Array | undefined> {
    const response = await this.#exchange(to, { route: 'shard.get', tree, hash }, options);
    if (response.status === 404) return undefined;
    if (response.status >= 300) throw shardFault(response);
    return response.bytes;
  }

  /** The peer's incarnation as it last said itself; 0 for one not met since this node's start. */
  incarnationOf(node: NodeId): number {
    return this.#dispatch.incarnationOf(node);
  }

  /** What the gate has verified of a sender, so that the first frame back needn't ask. */
  learn(node: NodeId, incarnation: number): void {
    this.#dispatch.learn(node, incarnation);
  }

  /** Answers every open question with `stopping`. Nothing can be asked afterwards; the membrane ends what is under way. */
  close(): void {
    this.#closing.abort();
    for (const lane of [...this.#prompt.values(), ...this.#patient.values()]) lane.close();
    for (const question of [...this.#open]) question.settle(STOPPING);
  }

  #put(to: NodeId, message: Message, { deadlineMs, signal }: AskOptions): Promise<Outcome> {
    if (this.#closing.signal.aborted) return Promise.resolve(STOPPING);
    const parcel = this.#dispatch.parcel(message);
    if (parcel === undefined) return Promise.resolve({ ok: false, code: 'too-large', detail: message.kind });
    return new Promise((resolve) => {
      const settled = (outcome: Outcome): void => {
        this.#open.delete(question);
        resolve(outcome);
      };
      const question = new Question({ to, parcel, clock: this.#options.clock, deadlineMs, resolve: settled });
      this.#open.add(question);
      if (signal !== undefined) question.endWith(signal, CANCELLED);
      this.#laneOf(question).push(question);
    });
  }

  /**
   * A frame is answered when its last message is. What wants a quick answer, such as a probe, therefore never shares a
   * frame, nor the bound of frames under way, with what may take long.
   */
  #laneOf({ to, deadlineMs }: Question): NewestWins<Question> {
    const lanes = deadlineMs <= LIMITS.promptDeadlineMs ? this.#prompt : this.#patient;
    let lane = lanes.get(to);
    if (lane === undefined) {
      lane = new NewestWins(this.#laneOptions);
      lanes.set(to, lane);
    }
    return lane;
  }

  /** One frame of questions to one peer, made again where its receiver has restarted since. */
  #send(batch: readonly Question[], remakes: number, done: () => void): void {
    const open = batch.every(isOpen) ? batch : batch.filter(isOpen);
    const [first] = open;
    const frame = first === undefined ? NOTHING_LEFT : this.#dispatch.make(first.to, 'control', open);
    if ('ok' in frame) {
      settleAll(open, frame);
      done();
      return;
    }
    void this.#dispatch.send(frame, longest(open)).then((answer) => {
      if (answer.ok) answerAll(open, answer.results);
      else if (answer.code === 'restarted' && remakes < LIMITS.frameRemakesMax) {
        this.#send(open, remakes + 1, done);
        return;
      } else settleAll(open, answer);
      done();
    });
  }

  #exchange(to: NodeId, request: PeerRequest, { deadlineMs, signal }: CallOptions): Promise<PeerResponse> {
    const url = this.#options.addressOf(to);
    if (url === undefined) throw new Fault('unreachable', 'no address of that node is known');
    return this.#options.membrane.exchange({ node: to, url }, request, {
      deadlineMs: deadlineMs ?? LIMITS.askDeadlineMs,
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/** Every question of a batch was settled before its frame was made: nobody sees it. */
const NOTHING_LEFT: Failure = { ok: false, code: 'deadline', detail: '' };

const isOpen = (question: Question): boolean => !question.isSettled;

/** Milliseconds to the last deadline. */
function longest(questions: readonly Question[]): number {
  let leftMs = 0;
  for (const question of questions) leftMs = Math.max(leftMs, question.leftMs);
  return leftMs;
}

const EVICTED: Outcome = {
  ok: false,
  code: 'busy',
  detail: 'newer messages took its place',
  retryAfterMs: LIMITS.resendMinMs,
};
const STOPPING: Outcome = { ok: false, code: 'stopping', detail: FAULTS.stopping.meaning };
const CANCELLED: Outcome = { ok: false, code: 'cancelled', detail: FAULTS.cancelled.meaning };

function answerAll(questions: readonly Question[], results: readonly Result[]): void {
  for (let index = 0; index < results.length; index++) questions[index]?.settle(outcomeOf(results[index] as Result));
}

function settleAll(questions: readonly Question[], outcome: Failure): void {
  for (const question of questions) question.settle(outcome);
}

function shardFault({ status, bytes }: PeerResponse): Fault {
  const refusal = parseProblem(bytes);
  return refusal === undefined
    ? new Fault('unreachable', `answered with status ${status} and no problem`)
    : faultOfProblem(status, refusal);
}
