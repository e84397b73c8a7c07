import { LIMITS } from '../../contract/limits.ts';
import type { Message } from '../../contract/wire.ts';
import { ENVELOPE_BYTES_MAX, encodeMessage } from './frame.ts';

/** A message and its canonical text, written once however often its frame is made. */
export interface Parcel {
  readonly message: Message;
  readonly text: string;
  readonly bytes: number;
}

/** Room for the members of a message around its body. */
const MESSAGE_MEMBERS_BYTES = 2_048;

/** Undefined where the message is larger than `LIMITS.messageBytesMax` lets a body be. */
export function parcelOf(message: Message): Parcel | undefined {
  const text = encodeMessage(message);
  const bytes = Buffer.byteLength(text);
  return bytes > LIMITS.messageBytesMax + MESSAGE_MEMBERS_BYTES ? undefined : { message, text, bytes };
}

/** How many parcels, from the first on, one frame has room for: at least one. */
export function fitting(parcels: readonly Parcel[]): number {
  let room = LIMITS.frameBytesMax - ENVELOPE_BYTES_MAX;
  const most = Math.min(parcels.length, LIMITS.frameMessagesMax);
  for (let count = 0; count < most; count++) {
    room -= (parcels[count] as Parcel).bytes + 1;
    if (room < 0) return Math.max(1, count);
  }
  return most;
}
