import { setup } from 'xstate';

export type OutboxSignal = { type: 'outbox.close' } | { type: 'outbox.drained' } | { type: 'outbox.stay' };

/**
 * The modes of the queue as a whole; each peer's queue has modes of its own. `open`: it sends what
 * comes. `closing`: the node stops, and `outbox.drained` is told as soon as nothing waits for a peer that can be reached.
 * `drained`: it was told; what comes yet is sent all the same while there is time.
 */
export const outboxMachine = setup({
  types: {} as { events: OutboxSignal },
  actions: { tellDrained: () => undefined },
}).createMachine({
  id: 'outbox',
  initial: 'open',
  states: {
    open: { on: { 'outbox.close': 'closing' } },
    closing: { on: { 'outbox.drained': { target: 'drained', actions: 'tellDrained' }, 'outbox.stay': 'open' } },
    drained: { on: { 'outbox.stay': 'open' } },
  },
});

export type PeerMode = 'idle' | 'sending' | 'blocked' | 'flushing' | 'redirecting';

export type PeerEvent =
  /** A frame left. */
  | 'peer.sent'
  /** The frame in flight was answered. */
  | 'peer.settled'
  /** It was not, or nothing of it was taken. */
  | 'peer.failed'
  /** It is time to try again, or the peer was heard. */
  | 'peer.retried'
  /** Nothing is left to be sent. */
  | 'peer.emptied'
  /** A view gave a role that the frame in flight is for to another node. */
  | 'peer.replaced';

/**
 * The modes of the queue to one peer. `idle`: nothing that may be sent. `sending`: a frame is in flight. `blocked`: the
 * peer could not be reached, and is tried again after a back-off or when it is heard. `flushing`: it is back, and gets
 * what gathered meanwhile in small frames with a pause after each. `redirecting`: the frame in flight is waited for
 * before its messages for a role go to the role's new holder, so that as few as possible arrive twice.
 *
 *     idle <-> sending -> blocked <-> flushing -> idle
 *                 \________________________/
 *                       redirecting -> idle, blocked
 */
export const peerMachine = setup({ types: {} as { events: { type: PeerEvent } } }).createMachine({
  id: 'outboxPeer',
  initial: 'idle',
  states: {
    idle: { on: { 'peer.sent': 'sending' } },
    sending: { on: { 'peer.settled': 'idle', 'peer.failed': 'blocked', 'peer.replaced': 'redirecting' } },
    blocked: { on: { 'peer.retried': 'flushing' } },
    flushing: { on: { 'peer.failed': 'blocked', 'peer.emptied': 'idle', 'peer.replaced': 'redirecting' } },
    redirecting: { on: { 'peer.settled': 'idle', 'peer.failed': 'blocked' } },
  },
});
