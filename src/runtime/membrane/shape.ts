import { isId } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Json, JsonObject } from '../../contract/words.ts';

/**
 * The exact shapes of what crosses the membrane. Each function says what is wrong in a few words, or undefined. They are
 * written by hand: a schema compiler would cost every node its memory for two shapes that never change.
 */
type Flaw = string | undefined;
type Check = (value: Json | undefined) => boolean;

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

const FRAME: Readonly<Record<string, Check>> = {
  v: (value) => value === 1,
  organism: isIdText,
  from: isIdText,
  incarnation: isPositive,
  to: isIdText,
  toIncarnation: isCount,
  lane: (value) => value === 'control' || value === 'ordered',
  seq: isPositive,
  sentAt: isCount,
  messages: (value) => Array.isArray(value) && value.length > 0 && value.length <= LIMITS.frameMessagesMax,
};

const MESSAGE: Readonly<Record<string, Check>> = {
  id: isMessageId,
  tree: (value) => value === null || isIdText(value),
  kind: isKind,
  body: isAnything,
  fence: optional((value) => flawOf(value, FENCE) === undefined),
  author: optional((value) => flawOf(value, AUTHOR) === undefined),
};

const FENCE: Readonly<Record<string, Check>> = { generation: isCount, epoch: isCount, version: isCount };

const AUTHOR: Readonly<Record<string, Check>> = {
  node: isIdText,
  incarnation: isPositive,
  signature: isSignature,
  expiresAt: isCount,
};

const REPLY: Readonly<Record<string, Check>> = {
  v: (value) => value === 1,
  organism: isIdText,
  from: isIdText,
  incarnation: isPositive,
  to: isIdText,
  frame: isHash,
  at: isCount,
  results: (value) => Array.isArray(value) && value.length <= LIMITS.frameMessagesMax,
};

const RESULTS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  applied: { id: isMessageId, status: isAnything, body: optional(isAnything) },
  duplicate: { id: isMessageId, status: isAnything, body: optional(isAnything) },
  refused: {
    id: isMessageId,
    status: isAnything,
    code: isText(LIMITS.messageKindMax),
    detail: optional((value) => typeof value === 'string'),
    body: optional(isAnything),
  },
  busy: { id: isMessageId, status: isAnything, retryAfterMs: isCount },
};

/** What is wrong with a frame, sizes aside. */
export function frameFlaw(value: Json): Flaw {
  const flaw = flawOf(value, FRAME);
  if (flaw !== undefined) return flaw;
  return firstFlaw((value as JsonObject).messages as readonly Json[], 'messages', (message) =>
    flawOf(message, MESSAGE),
  );
}

/** What is wrong with the answer to a frame. */
export function replyFlaw(value: Json): Flaw {
  const flaw = flawOf(value, REPLY);
  if (flaw !== undefined) return flaw;
  return firstFlaw((value as JsonObject).results as readonly Json[], 'results', resultFlaw);
}

function resultFlaw(result: Json): Flaw {
  const status = isObject(result) ? result.status : undefined;
  const shape = typeof status === 'string' && Object.hasOwn(RESULTS, status) ? RESULTS[status] : undefined;
  return shape === undefined ? 'status' : flawOf(result, shape);
}

function firstFlaw(values: readonly Json[], name: string, flawIn: (value: Json) => Flaw): Flaw {
  for (const [index, value] of values.entries()) {
    const flaw = flawIn(value);
    if (flaw !== undefined) return `${name}[${index}]: ${flaw}`;
  }
  return undefined;
}

/** The first member that is missing, wrong or not of this shape. */
function flawOf(value: Json | undefined, shape: Readonly<Record<string, Check>>): Flaw {
  if (!isObject(value)) return 'not an object';
  for (const name in shape) {
    if (!shape[name]?.(value[name])) return name;
  }
  for (const name in value) {
    if (!Object.hasOwn(shape, name)) return `unknown member ${JSON.stringify(name.slice(0, 64))}`;
  }
  return undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
