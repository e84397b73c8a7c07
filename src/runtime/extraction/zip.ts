import { inflateRawSync } from 'node:zlib';
import { LIMITS } from '../../contract/limits.ts';
import { Unextractable } from './unextractable.ts';

/** Where the parts of a ZIP file's directory have what (PKWARE APPNOTE 6.3, 4.3.12 and 4.3.16). */
const END = { signature: 0x06054b50, bytes: 22, commentMax: 65_535 } as const;
const ENTRY = { signature: 0x02014b50, bytes: 46 } as const;
const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;
const DEFLATED = 8;

/**
 * Bytes that the entries of a ZIP file really have once they are inflated: what its directory says of their sizes may be
 * wrong. Stops counting once they are more than LIMITS.inflatedBytesMax.
 *
 * @throws Unextractable `unreadable` where it is none, or entries share their bytes
 */
export function inflatedSize(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  if (count > LIMITS.zipEntriesMax) throw new Unextractable('too-large');
  let at = view.getUint32(end + 16, true);
  let total = 0;
  for (let i = 0; i < count && total <= LIMITS.inflatedBytesMax; i++) {
    if (at + ENTRY.bytes > view.byteLength || view.getUint32(at, true) !== ENTRY.signature)
      throw new Unextractable('unreadable');
    total += sizeOf(bytes, view, at, LIMITS.inflatedBytesMax - total);
    at += ENTRY.bytes + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return total;
}

function endOf(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - END.bytes - END.commentMax);
  for (let at = view.byteLength - END.bytes; at >= lowest; at--) {
    if (view.getUint32(at, true) === END.signature) return at;
  }
  throw new Unextractable('unreadable');
}

function sizeOf(bytes: Uint8Array, view: DataView, entry: number, room: number): number {
  const packed = view.getUint32(entry + 20, true);
  const local = view.getUint32(entry + 42, true);
  if (local + LOCAL.bytes > view.byteLength || view.getUint32(local, true) !== LOCAL.signature)
    throw new Unextractable('unreadable');
  const from = local + LOCAL.bytes + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (view.getUint16(entry + 10, true) !== DEFLATED) return packed;
  return inflate(bytes.subarray(from, from + packed), room);
}

function inflate(packed: Uint8Array, room: number): number {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, room) }).byteLength;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return room + 1;
    throw new Unextractable('unreadable');
  }
}
