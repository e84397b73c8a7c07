import { LIMITS } from '../../contract/limits.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { addressOf, keyIn } from './address.ts';
import { answered, type Craft, change, type Decision, type Desk, NO_POSTS, type Request, refusal } from './craft.ts';

export interface RecordsCraft {
  readonly name: string;
  readonly capacity: number;
  readonly ttlMs: number | undefined;
  read(verb: string, body: Json): JsonObject;
}

interface Kept {
  readonly record: JsonObject;
  /** When it is forgotten, epoch milliseconds; null where it stays. */
  readonly until: number | null;
}

/**
 * Replicated documents: each is a register of its own, so that the log makes them linearizable. What has outlived its time
 * is there until its removal is in the log, and for everybody from then on not.
 */
export function recordsCraft(options: RecordsCraft): Craft {
  const prefix = addressOf('record', options.name, '');
  return {
    read: options.read,
    placeOf: ({ verb, body }) => (verb === 'list' ? prefix : addressOf('record', options.name, String(body.key))),
    needsFresh: (verb) => verb === 'get' || verb === 'list',
    decide: (request, desk) => decide(options, prefix, request, desk),
    dueAt: ({ value }) => (value as unknown as Kept).until ?? undefined,
    atDue: (register) => answered(null, change(register.key, register, null)),
    shown,
    counted: [prefix],
  };
}

function shown({ key, version, value }: Register): JsonObject {
  return { key: keyIn(key), version, ...(value as unknown as Kept).record };
}

function decide(options: RecordsCraft, prefix: string, { verb, body }: Request, desk: Desk): Decision {
  if (verb === 'list') return list(prefix, body, desk);
  const key = addressOf('record', options.name, String(body.key));
  const seen = desk.get(key);
  if (verb === 'put') return put(options, prefix, key, seen, body, desk);
  if (seen === undefined) return refusal('not-found', `there is no record '${String(body.key)}'`);
  if (verb === 'get') return answered(shown(seen));
  return stamped(change(key, seen, null));
}

function put(
  { capacity, ttlMs }: RecordsCraft,
  prefix: string,
  key: string,
  seen: Register | undefined,
  { key: _key, expected, ...record }: JsonObject,
  desk: Desk,
): Decision {
  const version = seen?.version ?? 0;
  if (expected !== ANY && expected !== version) return refusal('conflict', `the record is at version ${version}`);
  if (seen === undefined && desk.count(prefix) >= capacity)
    return refusal('full', `there are ${capacity} records, which is all there may be`);
  const kept: Kept = { record, until: ttlMs === undefined ? null : desk.now + ttlMs };
  return stamped(change(key, seen, { ...kept }));
}

/** Answered with the version that the change gets in the log. */
function stamped(write: RegisterWrite): Decision {
  return { writes: [write], posts: NO_POSTS, outcome: { ok: true, body: {}, stamped: true } };
}

/** What a put says that doesn't care which version was there. */
const ANY = -1;

function list(prefix: string, body: JsonObject, desk: Desk): Decision {
  const limit = Number(body.limit ?? LIMITS.filesPageMax);
  const after = body.after === '' || body.after === undefined ? {} : { after: String(body.after) };
  const found = desk.list({ prefix: prefix + String(body.prefix ?? ''), ...afterIn(prefix, after), limit });
  const items = found.map(shown);
  const last = found.at(-1);
  return answered({ items, next: found.length === limit && last !== undefined ? keyIn(last.key) : null });
}

function afterIn(prefix: string, { after }: { after?: string }): { after?: string } {
  return after === undefined ? {} : { after: prefix + after };
}
