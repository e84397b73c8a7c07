import { passingJson } from '../../contract/frozen-json.ts';
import type { Frame, Message } from '../../contract/wire.ts';
import type { Envelope } from './envelope.ts';
import type { Parcel } from './parcel.ts';

/**
 * Within one simulated process a frame needn't become bytes: what it says is frozen once, by the rules of JSON, and handed
 * over by reference. Nobody could have changed it, so nobody need read or verify it. One frame in 64 goes over the wire
 * all the same, so that nothing un-sendable stays unnoticed.
 */
export const WIRE_EVERY = 64;

/** A message for a sealed frame; its size is not known, as nothing is written. */
export function sealedParcel(message: Message): Parcel {
  return { message: passingJson(message), text: '', bytes: 0 };
}

export function sealedFrame(envelope: Envelope, parcels: readonly Parcel[]): Frame {
  return { ...envelope, messages: parcels.map(({ message }) => message) };
}

/** What stands for the hash of a frame that has no bytes: its number, within what its sender and receiver are to each other. */
export function sealedName({ incarnation, toIncarnation, lane, seq }: Envelope): string {
  return `${lane} ${seq} of ${incarnation} to ${toIncarnation}`;
}
