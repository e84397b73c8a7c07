import { canonical } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Outcome } from '../../contract/organ.ts';
import type { Lane, Result } from '../../contract/wire.ts';

/**
 * What an organ decided, as it travels. `busy` and `duplicate` are statuses of their own; other codes are refusals. The
 * members are in canonical order, which spares a reply the sorting of hundreds.
 */
export function resultOf(id: string, outcome: Outcome): Result {
  if (outcome.ok) return { body: outcome.body, id, status: 'applied' };
  const body = outcome.body === undefined ? {} : { body: outcome.body };
  if (outcome.code === 'duplicate') return { ...body, id, status: 'duplicate' };
  if (outcome.code === 'busy') return { id, retryAfterMs: outcome.retryAfterMs ?? LIMITS.resendMinMs, status: 'busy' };
  const detail = outcome.detail === undefined ? {} : { detail: outcome.detail };
  return { ...body, code: outcome.code, ...detail, id, status: 'refused' };
}

/** What travelled, as the one who asked sees it: a duplicate has been applied, which is what was asked for. */
export function outcomeOf(result: Result): Outcome {
  switch (result.status) {
    case 'applied':
    case 'duplicate':
      return { ok: true, body: result.body ?? null };
    case 'busy':
      return { ok: false, code: 'busy', retryAfterMs: result.retryAfterMs };
    case 'refused': {
      const detail = result.detail === undefined ? {} : { detail: result.detail };
      return { ok: false, code: result.code, ...detail, ...(result.body === undefined ? {} : { body: result.body }) };
    }
  }
}

/** Room for the members of a reply around its results. */
const REPLY_FRAME_BYTES = 1024;

/**
 * The results that a reply has room for. An answer that doesn't fit is left out: the sender of an ordered message only
 * needs to know that it was applied, who asked over the control lane is told to ask for less.
 */
export function fitReply(results: readonly Result[], lane: Lane): readonly Result[] {
  let room = LIMITS.replyBytesMax - REPLY_FRAME_BYTES - results.length * LIMITS.messageIdMax * 2;
  return results.map((result) => {
    if (!('body' in result) || result.body === undefined) return result;
    room -= Buffer.byteLength(canonical(result.body));
    if (room >= 0) return result;
    const { body: _left, ...rest } = result;
    return lane === 'ordered'
      ? rest
      : { id: result.id, status: 'refused', code: 'too-large', detail: 'the answers do not fit' };
  });
}
