import { LIMITS } from '../../contract/limits.ts';
import type { Register, RegisterWrite } from '../../contract/services.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import { postAddress } from './address.ts';
import type { Decision, Desk, Post, PostCall, Request } from './craft.ts';
import { stampedWith } from './marks.ts';

/** A post as its register has it. */
export interface Posted extends Post {
  /** When it is tried again by whoever has not heard of it, epoch milliseconds. */
  readonly again: number;
  /** Its body gets the version of its register: it answers with the version that it was written in. */
  readonly stamped?: boolean;
}

/** The registers of what is sent, to be set together with what sends it. */
export function postWrites(posts: readonly (Post & { readonly stamped?: boolean })[], desk: Desk): RegisterWrite[] {
  return posts.map((post) => {
    const posted: Posted = { ...post, again: Math.round(desk.now) + LIMITS.postRetryMs };
    return { key: postAddress(desk.newId()), expected: 0, value: posted as unknown as Json };
  });
}

export function postedIn({ value, version }: Register): Posted {
  const posted = value as unknown as Posted;
  return posted.stamped === true ? { ...posted, body: stampedWith(posted.body, version) } : posted;
}

export function postDueAt({ value }: Pick<Register, 'value'>): number {
  return (value as unknown as Posted).again;
}

/** What a post of the same genome asks for. Nobody signed it, and its register sees to it that it has its effect once. */
export function requestOf({ to, body, key }: Posted): Request | undefined {
  if (!('organ' in to)) return undefined;
  return { ...to, body: body as JsonObject, key, caller: '', once: null };
}

/** What brings the answer of a call, or what went wrong, back to the entity that waits. */
export function answerPost(
  call: PostCall | null,
  outcome: Decision['outcome'],
): (Post & { readonly stamped?: boolean })[] {
  if (call === null) return [];
  const { organ, key, answer, failure } = call;
  if (!outcome.ok) {
    const { code, detail } = outcome;
    return [{ to: { organ, verb: failure }, body: { code, detail }, key, call: null }];
  }
  const stamped = outcome.stamped === true ? { stamped: true } : {};
  return [{ to: { organ, verb: answer }, body: outcome.body, key, call: null, ...stamped }];
}
