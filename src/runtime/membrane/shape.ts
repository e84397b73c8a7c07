import { isId } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Json, JsonObject } from '../../contract/words.ts';

/**
 * The exact shapes of what crosses the membrane. Each function says what is wrong in a few words, or undefined. They are
 * written by hand: a schema compiler would cost every node its memory for two shapes that never change.
 */
type Flaw = string | undefined;
type Check = (value: Json | undefined) => boolean;
type Shape = readonly (readonly [name: string, check: Check])[];

const KIND = /^[a-zA-Z][a-zA-Z0-9-]*\.[a-zA-Z][a-zA-Z0-9-]*$/;
const HEX_HASH = /^[0-9a-f]{64}$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

const isText =
  (max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= max;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isPositive: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isIdText: Check = (value) => typeof value === 'string' && isId(value);
const isHash: Check = (value) => typeof value === 'string' && HEX_HASH.test(value);
const isKind: Check = (value) => typeof value === 'string' && value.length <= LIMITS.messageKindMax && KIND.test(value);
const isSignature: Check = (value) => typeof value === 'string' && SIGNATURE.test(value);
const isMessageId = isText(LIMITS.messageIdMax);
const isAnything: Check = (value) => value !== undefined;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const FRAME = shapeOf({
  v: (value) => value === 1,
  organism: isIdText,
  from: isIdText,
  incarnation: isPositive,
  to: isIdText,
  toIncarnation: isCount,
  lane: (value) => value === 'control' || value === 'ordered',
  seq: isPositive,
  sentAt: isCount,
  messages: (value) => Array.isArray(value),
});

const MESSAGE = shapeOf({
  id: isMessageId,
  tree: (value) => value === null || isIdText(value),
  kind: isKind,
  body: isAnything,
  fence: optional((value) => flawOf(value, FENCE) === undefined),
  author: optional((value) => flawOf(value, AUTHOR) === undefined),
});

const FENCE = shapeOf({ generation: isCount, epoch: isCount, version: isCount });

const AUTHOR = shapeOf({
  node: isIdText,
  incarnation: isPositive,
  signature: isSignature,
  expiresAt: isCount,
});

const REPLY = shapeOf({
  v: (value) => value === 1,
  organism: isIdText,
  from: isIdText,
  incarnation: isPositive,
  to: isIdText,
  frame: isHash,
  at: isCount,
  results: (value) => Array.isArray(value),
});

const APPLIED = shapeOf({ id: isMessageId, status: isAnything, body: optional(isAnything) });
const RESULTS: Readonly<Record<string, Shape>> = {
  applied: APPLIED,
  duplicate: APPLIED,
  refused: shapeOf({
    id: isMessageId,
    status: isAnything,
    code: isText(LIMITS.messageKindMax),
    detail: optional((value) => typeof value === 'string'),
    body: optional(isAnything),
  }),
  busy: shapeOf({ id: isMessageId, status: isAnything, retryAfterMs: isCount }),
};

/** As a list, which is walked faster than an object's members are. */
function shapeOf(members: { readonly [name: string]: Check }): Shape {
  return Object.entries(members);
}

/** What is wrong with a frame, sizes aside. */
export function frameFlaw(value: Json): Flaw {
  return flawOf(value, FRAME) ?? messagesFlaw((value as JsonObject).messages as readonly unknown[]);
}

/** What is wrong with the answer to a frame. */
export function replyFlaw(value: Json): Flaw {
  return flawOf(value, REPLY) ?? resultsFlaw((value as JsonObject).results as readonly unknown[]);
}

/** What is wrong with the messages of a frame, or with their number. */
export function messagesFlaw(messages: readonly unknown[]): Flaw {
  if (messages.length === 0 || messages.length > LIMITS.frameMessagesMax) return 'messages';
  for (let index = 0; index < messages.length; index++) {
    const flaw = flawOf(messages[index], MESSAGE);
    if (flaw !== undefined) return `messages[${index}]: ${flaw}`;
  }
  return undefined;
}

/** What is wrong with the results of a reply, or with their number. */
export function resultsFlaw(results: readonly unknown[]): Flaw {
  if (results.length > LIMITS.frameMessagesMax) return 'results';
  for (let index = 0; index < results.length; index++) {
    const flaw = resultFlaw(results[index]);
    if (flaw !== undefined) return `results[${index}]: ${flaw}`;
  }
  return undefined;
}

function resultFlaw(result: unknown): Flaw {
  const status = isObject(result) ? result.status : undefined;
  const shape = typeof status === 'string' && Object.hasOwn(RESULTS, status) ? RESULTS[status] : undefined;
  return shape === undefined ? 'status' : flawOf(result, shape);
}

/** The first member that is missing, wrong or not of this shape. */
function flawOf(value: unknown, shape: Shape): Flaw {
  if (!isObject(value)) return 'not an object';
  for (const [name, check] of shape) {
    if (!check(value[name])) return name;
  }
  for (const name in value) {
    if (!isMember(name, shape)) return `unknown member ${JSON.stringify(name.slice(0, 64))}`;
  }
  return undefined;
}

/** By comparison: shapes are short, and looking names up costs more. */
function isMember(name: string, shape: Shape): boolean {
  for (const [known] of shape) if (known === name) return true;
  return false;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
