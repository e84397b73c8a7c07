import type { Errand } from '../../contract/catalogue.ts';
import type { FaultCode } from '../../contract/errors.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { Json, JsonObject } from '../../contract/words.ts';

/** What a decision may look at: registers of the tree as of one moment, the time, and how many there are of a sort. */
export interface Desk {
  /** Epoch milliseconds. */
  readonly now: number;
  get(key: string): Register | undefined;
  /** Ascending by key, at most `limit`, those after `after`. */
  list(options: { prefix: string; after?: string; limit: number }): readonly Register[];
  /** How many registers have the prefix, which is one of `Craft.counted`. May lag behind by what is being written. */
  count(prefix: string): number;
  /** Ascends with time, and is unique: 16 characters of base 36. */
  newId(): string;
}

/** A message to another organ, kept in a register of its own until it has had its effect. */
export interface Post {
  /** An organ of the same genome with its verb or event, or a receptor of another one. */
  readonly to:
    | { readonly organ: string; readonly verb: string }
    | { readonly genome: string; readonly receptor: string };
  readonly body: Json;
  /** For answers of calls: the entity itself, whatever the event says. Null where the event's own key counts. */
  readonly key: string | null;
  /** Whom the answer is for; null where nobody waits for one. */
  readonly call: PostCall | null;
}

export interface PostCall {
  readonly organ: string;
  readonly key: string;
  readonly answer: string;
  readonly failure: string;
  /** Epoch milliseconds, after which the failure `deadline` is brought instead. */
  readonly until: number;
}

export interface Refusal {
  readonly ok: false;
  readonly code: FaultCode;
  readonly detail: string;
}

/** What a request leads to. All writes take effect together with the answer, or none of them. */
export interface Decision {
  readonly writes: readonly RegisterWrite[];
  readonly posts: readonly Post[];
  /** With `stamped`, `version` is added to the body: the log's version that has the writes. */
  readonly outcome: { readonly ok: true; readonly body: Json; readonly stamped?: boolean } | Refusal;
}

/** An errand that has arrived: `key` names an entity whatever the body says. */
export interface Request extends Errand {
  readonly key: string | null;
}

/** One organ of a genome, as pure functions over registers. */
export interface Craft {
  /**
   * The body as the verb's shape has it. The answer to a call may say more than its event takes: what that doesn't know is
   * left out.
   *
   * @throws Fault `malformed`
   */
  read(verb: string, body: Json, isAnswer?: boolean): JsonObject;
  /** Requests of one place are worked on one after the other, at one cell. @throws Fault `malformed`, `not-computable` */
  placeOf(request: Request, now: number): string;
  /** Whether what it decides is only right for what is committed by now; what changes nothing always needs that. */
  readonly needsFresh: (verb: string) => boolean;
  decide(request: Request, desk: Desk): Decision;
  /** When a register of this organ has to be looked at again; undefined where never. */
  dueAt(register: Pick<Register, 'key' | 'value'>): number | undefined;
  /** What is to be done then; undefined where it has been done. */
  atDue(register: Register, desk: Desk): Decision | undefined;
  /** Registers that must be there; made where they are missing. */
  readonly standing?: (desk: Desk) => readonly RegisterWrite[];
  /** How long a register stays in memory after it was last used. @default not at all */
  readonly idleMs?: number;
  /** What `watch` shows of a register; undefined where it is not shown. */
  readonly shown?: (register: Register) => JsonObject | undefined;
  /** The prefixes whose registers it wants counted. */
  readonly counted: readonly string[];
  /** Told to everybody instead of being kept: the topic of the broadcast. */
  readonly topic?: string;
}

export const NO_WRITES: readonly RegisterWrite[] = [];
export const NO_POSTS: readonly Post[] = [];

export function refusal(code: FaultCode, detail: string): Decision {
  return { writes: NO_WRITES, posts: NO_POSTS, outcome: { ok: false, code, detail } };
}

export function answered(body: Json, ...writes: readonly RegisterWrite[]): Decision {
  return { writes, posts: NO_POSTS, outcome: { ok: true, body } };
}

/** The change of a register that has been seen so, or that there was none of. */
export function change(key: string, seen: Register | undefined, value: Json): RegisterWrite {
  return { key, expected: seen?.version ?? 0, value };
}
