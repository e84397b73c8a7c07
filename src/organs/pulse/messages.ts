import { LIMITS } from '../../contract/limits.ts';
import { count, fence, flag, id, listOf, nothing, oneOf, shape } from '../../contract/schema.ts';
import type { Fence, JsonObject, NodeId } from '../../contract/words.ts';
import type { Beat } from './beat.ts';

/** What two nodes tell each other in a probe and in its answer. */
export interface Status extends JsonObject {
  readonly incarnation: number;
  readonly fence: Fence & JsonObject;
  /** The newest beat of a leader that the sender knows of. */
  readonly beat: Beat & JsonObject;
  readonly state: 'live' | 'pausing';
  /** How long a pausing node may stay away, in milliseconds; 0 for a live one. */
  readonly returnWithinMs: number;
}

export interface RelayBody extends JsonObject {
  readonly target: NodeId;
}

export interface AlertBody extends JsonObject {
  readonly suspects: readonly { readonly node: NodeId; readonly incarnation: number }[];
}

/** What the leader knows better than the observer that alerted it. */
export interface AlertReply extends JsonObject {
  readonly live: readonly NodeId[];
  readonly paused: readonly { readonly node: NodeId; readonly returnWithinMs: number }[];
  /** Those of whom it knows a later life than the observer does: what was said of them counts for nothing. */
  readonly later: AlertBody['suspects'];
}

export interface PauseBody extends JsonObject {
  readonly returnWithinMs: number;
}

const away: JsonObject = { type: 'integer', minimum: 0, maximum: LIMITS.pauseMaxMs };
const status = shape({
  incarnation: count,
  fence,
  beat: shape({ generation: count, epoch: count, number: count }),
  state: oneOf('live', 'pausing'),
  returnWithinMs: away,
});

export const pulseMessages: { readonly [kind: string]: JsonObject } = {
  'pulse.probe': status,
  'pulse.relay': shape({ target: id }),
  'pulse.alert': shape({ suspects: listOf(shape({ node: id, incarnation: count }), LIMITS.alertSuspectsMax) }),
  'pulse.pausing': shape({ returnWithinMs: away }),
};

export const pulseAnswers: { readonly [kind: string]: JsonObject } = {
  'pulse.probe': status,
  'pulse.relay': shape({ reached: flag }),
  'pulse.alert': shape({
    live: listOf(id, LIMITS.alertSuspectsMax),
    paused: listOf(shape({ node: id, returnWithinMs: away }), LIMITS.alertSuspectsMax),
    later: listOf(shape({ node: id, incarnation: count }), LIMITS.alertSuspectsMax),
  }),
  'pulse.pausing': nothing,
};
