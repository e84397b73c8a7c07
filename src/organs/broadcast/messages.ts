import { LIMITS } from '../../contract/limits.ts';
import { anything, count, id, listOf, shape, text } from '../../contract/schema.ts';
import type { JsonObject } from '../../contract/words.ts';

/** A broadcast as its author signed it. */
const message = shape({
  id: { type: 'string', pattern: '^[1-9][0-9]{0,15}$' },
  tree: id,
  kind: { const: 'broadcast.carry' },
  body: shape({ topic: text(128), body: anything }),
  author: shape({ node: id, incarnation: count, signature: text(128), expiresAt: count }),
});

const stream = shape({ stream: text(160), next: count });

export const broadcastMessages: { readonly [kind: string]: JsonObject } = {
  'broadcast.carry': shape({ message }),
  'broadcast.digest': shape({ streams: listOf(stream, LIMITS.broadcastStreamsMax) }),
};

export const broadcastAnswers: { readonly [kind: string]: JsonObject } = {
  'broadcast.carry': shape({ confirmed: count }),
  'broadcast.digest': shape({ messages: listOf(message, LIMITS.broadcastRetained) }),
};
