import { LIMITS } from '../../contract/limits.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { addressOf, keyIn } from './address.ts';
import { type Craft, change, type Decision, NO_POSTS, NO_WRITES, type Post, refusal } from './craft.ts';

/** What happens to an entity: an event, or one of its timers. */
export type Occurrence =
  | { readonly event: string; readonly body: JsonObject; readonly caller: string }
  | { readonly timer: string };

/** One step of an entity: what it is then, undefined for one that is no more. */
export interface Stepped {
  readonly facts: Json | undefined;
  readonly changed: boolean;
  readonly outcome: { readonly ok: true; readonly body: Json } | Extract<Decision['outcome'], { ok: false }>;
  readonly posts: readonly Post[];
}

export interface EntitiesCraft {
  readonly name: string;
  readonly idleMs: number;
  /** @throws Fault `malformed` */
  read(event: string, body: Json, isAnswer?: boolean): JsonObject;
  /** The key that an event is for. @throws Fault `malformed`, `not-computable` */
  keyOf(event: string, body: JsonObject, now: number): string;
  /** Whether an event changes nothing, wherever it is taken. */
  isReading(event: string): boolean;
  step(facts: Json | undefined, occurrence: Occurrence, key: string, now: number): Stepped;
  /** When the entity wants to be stepped next, and by which timer. */
  nextTimer(facts: Json): { readonly timer: string; readonly at: number } | undefined;
}

/**
 * A state machine for every key. Its facts are one register, every step of it a compare-and-set: a second activation,
 * which a cell that was cut off may well have, fails at its first step.
 */
export function entitiesCraft(options: EntitiesCraft): Craft {
  const { name, idleMs } = options;
  return {
    read: options.read,
    placeOf: ({ verb, body, key }, now) => addressOf('entity', name, key ?? options.keyOf(verb, body, now)),
    needsFresh: options.isReading,
    decide: ({ verb, body, key, caller }, desk) => {
      const entity = key ?? options.keyOf(verb, body, desk.now);
      const address = addressOf('entity', name, entity);
      return take(options, address, desk.get(address), { event: verb, body, caller }, desk.now);
    },
    dueAt: ({ value }) => options.nextTimer(value)?.at,
    atDue: (register, desk) => {
      const next = options.nextTimer(register.value);
      if (next === undefined || next.at > desk.now) return undefined;
      return take(options, register.key, register, { timer: next.timer }, desk.now);
    },
    idleMs,
    counted: [],
  };
}

function take(
  { step }: EntitiesCraft,
  address: string,
  seen: Register | undefined,
  occurrence: Occurrence,
  now: number,
): Decision {
  const { facts, changed, outcome, posts } = step(seen?.value, occurrence, keyIn(address), now);
  if (posts.length > LIMITS.entitySendsMax)
    return refusal('too-large', `one step sends ${posts.length} messages, at most ${LIMITS.entitySendsMax}`);
  const writes = changed ? writesOf(address, seen, facts) : NO_WRITES;
  return { writes, posts: changed ? posts : NO_POSTS, outcome };
}

/** An entity that was not there and is not there afterwards still had its step: nobody else may have had it meanwhile. */
function writesOf(address: string, seen: Register | undefined, facts: Json | undefined): readonly RegisterWrite[] {
  return [change(address, seen, facts ?? null)];
}
