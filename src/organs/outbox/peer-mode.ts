import { transition } from 'xstate';
import { type PeerEvent, type PeerMode, peerMachine } from './machine.ts';

const known = new Map<string, PeerMode>();

/**
 * The mode after an event, by the machine. Remembered, as there are only a few and XState takes some 30 microseconds;
 * an event that a mode doesn't take leaves it as it is.
 */
export function nextMode(mode: PeerMode, event: PeerEvent): PeerMode {
  const key = `${mode} ${event}`;
  let next = known.get(key);
  if (next === undefined) {
    const [snapshot] = transition(peerMachine, peerMachine.resolveState({ value: mode }), { type: event });
    next = snapshot.value as PeerMode;
    known.set(key, next);
  }
  return next;
}
