import { isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { pause } from '../../contract/pause.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { Json } from '../../contract/words.ts';
import { markAddress, POSTS } from './address.ts';
import type { KeeperContext } from './context.ts';
import { answered, type Craft, type Decision, type Desk, NO_WRITES, type Request, refusal } from './craft.ts';
import { craftNamed, craftOf, deskOf, type Ids } from './desk.ts';
import { answerOf, markOf, recalled } from './marks.ts';
import { answerPost, postedIn, postWrites, requestOf } from './posts.ts';

type Outcome = Decision['outcome'];

/** What is decided, and what is set together with it. */
interface Decided {
  readonly decision: Decision;
  readonly beside: readonly RegisterWrite[];
}

interface Result {
  readonly outcome: Outcome;
  /** Of the log, where something was set. */
  readonly version: number;
}

const RETRY_MIN_MS = 5;
const RETRY_MAX_MS = 200;

/**
 * Works on requests at this cell: looks at registers, decides, and sets what is decided by compare-and-set, all of it or
 * nothing. Where somebody else was quicker it decides anew. What changes nothing is answered only from registers that the
 * leader has vouched for, so that no answer is older than its question.
 */
export class Performing {
  readonly #context: KeeperContext;
  readonly #ids: Ids;
  /** Told which posts have been written, to deliver them. */
  readonly #onPosted: (posts: readonly Register[]) => void;

  constructor(context: KeeperContext, ids: Ids, onPosted: (posts: readonly Register[]) => void) {
    this.#context = context;
    this.#ids = ids;
    this.#onPosted = onPosted;
  }

  /** @throws Fault that the organ answers, or `no-authority`, `deadline`, ... where nobody knows what became of it */
  async request(asked: Request): Promise<Json> {
    const { craft, request, place } = this.#placed(asked);
    const mark = request.once === null ? undefined : markAddress(request.once);
    const { outcome, version } = await this.#context.turnstile.pass(place, () =>
      this.#work(craft.needsFresh(request.verb), (desk) => {
        const before = mark === undefined ? undefined : desk.get(mark);
        if (before !== undefined) return nothingLeft(recalled(request, before));
        const decision = craft.decide(request, desk);
        return {
          decision,
          beside: decision.writes.length > 0 ? markOf(request, decision.outcome, desk.now) : NO_WRITES,
        };
      }),
    );
    return answerOf(outcome, version);
  }

  /**
   * A message between organs: what it leads to and its end are one SET, so that it has its effect once.
   *
   * @throws Fault `malformed`, `not-computable`, `no-actor` where it can't be delivered at all
   */
  async delivery(address: string): Promise<void> {
    const { registers, turnstile, ports } = this.#context;
    const post = registers.peek(address) ?? (await registers.read(address, 'linear'));
    const asked = post === undefined ? undefined : requestOf(postedIn(post));
    if (post === undefined || asked === undefined) return;
    const { craft, request, place } = this.#placed(asked);
    const { call } = postedIn(post);
    const { outcome } = await turnstile.pass(place, () =>
      this.#work(craft.needsFresh(request.verb), (desk) => {
        if (desk.get(address) === undefined) return nothingLeft(null);
        const isLate = call !== null && call.until < desk.now;
        const decision = isLate ? LATE : craft.decide(request, desk);
        return { decision, beside: endingOf(post, decision.outcome, desk) };
      }),
    );
    if (!outcome.ok && call === null)
      ports.log.warn('keeper.undelivered', { to: `${asked.organ}.${asked.verb}`, ...outcome });
  }

  /** Ends a post that nobody of this tree takes, or can take. */
  async conclusion(address: string, outcome: Outcome): Promise<void> {
    await this.#context.turnstile.pass(address, () =>
      this.#work(false, (desk) => {
        const post = desk.get(address);
        return post === undefined ? nothingLeft(null) : { decision: DONE, beside: endingOf(post, outcome, desk) };
      }),
    );
  }

  /** What has become due by itself: a timer, a lease, a time to live. */
  async due(address: string, place: string): Promise<void> {
    const craft = craftOf(this.#context, { key: address });
    await this.#context.turnstile.pass(place, () =>
      this.#work(false, (desk) => {
        const register = desk.get(address);
        const decision = register === undefined ? undefined : craft?.atDue(register, desk);
        return decision === undefined ? nothingLeft(null) : { decision, beside: NO_WRITES };
      }),
    );
  }

  /** Sets registers that nobody decides about. */
  async change(place: string, writes: (desk: Desk) => readonly RegisterWrite[]): Promise<void> {
    await this.#context.turnstile.pass(place, () =>
      this.#work(false, (desk) => {
        const beside = writes(desk);
        return beside.length === 0 ? nothingLeft(null) : { decision: DONE, beside };
      }),
    );
  }

  /** The cell-independent part of a request: whose it is, what exactly it asks, and where it is worked on. */
  #placed(asked: Request): { readonly craft: Craft; readonly request: Request; readonly place: string } {
    const craft = craftNamed(this.#context, asked.organ);
    const request = { ...asked, body: craft.read(asked.verb, asked.body, asked.key !== null) };
    return { craft, request, place: craft.placeOf(request, this.#context.ports.clock.now()) };
  }

  async #work(needsFresh: boolean, decide: (desk: Desk) => Decided): Promise<Result> {
    const { registers, ports } = this.#context;
    for (let tries = 0, fresh = needsFresh; ; tries++) {
      if (fresh) await registers.read('', 'linear');
      const desk = deskOf(this.#context, this.#ids, fresh);
      const { decision, beside } = decide(desk);
      const writes = [...decision.writes, ...postWrites(decision.posts, desk), ...beside];
      if (writes.length === 0) {
        // Only the leader knows that nothing has happened meanwhile.
        if (fresh) return { outcome: decision.outcome, version: 0 };
        fresh = true;
        continue;
      }
      try {
        const version = await registers.set(writes);
        this.#settle(writes, version, desk.now);
        return { outcome: decision.outcome, version };
      } catch (error) {
        if (!isFault(error, 'conflict') || tries >= LIMITS.keeperAttemptsMax) throw error;
        fresh = true;
        const delayMs = Math.min(RETRY_MIN_MS * 2 ** tries, RETRY_MAX_MS) * (0.5 + ports.entropy.float() / 2);
        await pause(ports.clock, delayMs, undefined);
      }
    }
  }

  /** What was set stays in memory, and what was posted by it goes on its way. */
  #settle(writes: readonly RegisterWrite[], version: number, now: number): void {
    const { residents } = this.#context;
    const posts: Register[] = [];
    for (const { key, value } of writes) {
      const register = { key, value, version };
      residents.supersede(key, version);
      if (value === null) continue;
      const idleMs = craftOf(this.#context, register)?.idleMs;
      if (idleMs !== undefined) residents.keep(register, idleMs, now);
      if (key.startsWith(POSTS)) posts.push(register);
    }
    if (posts.length > 0) this.#onPosted(posts);
  }
}

const LATE = refusal('deadline', 'the call could not be delivered in its time');
const DONE = answered(null);

/** Somebody has done it already: all that is left is the answer. */
function nothingLeft(body: Json): Decided {
  return { decision: answered(body), beside: NO_WRITES };
}

/** A post's end, and the answer where one waits for it. */
function endingOf(post: Register, outcome: Outcome, desk: Desk): RegisterWrite[] {
  const { call } = postedIn(post);
  return [{ key: post.key, expected: post.version, value: null }, ...postWrites(answerPost(call, outcome), desk)];
}
