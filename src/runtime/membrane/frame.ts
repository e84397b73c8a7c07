import { canonical, sha256Hex } from '../../contract/encoding.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Frame, FrameReply, Message } from '../../contract/wire.ts';
import { decodeUtf8, malformed, type Parsed, parseCanonical } from './canonical-json.ts';
import { type Envelope, frameText, readFrame, readReply, replyText } from './envelope.ts';
import { frameFlaw, messagesFlaw, replyFlaw, resultsFlaw } from './shape.ts';

export { authoredClaim, signAuthored, verifyAuthored } from './authored.ts';
export type { Envelope } from './envelope.ts';

/** A frame on the wire: canonical JSON, UTF-8. These bytes, and no others, are what is signed, sent and hashed. */
export function encodeFrame(frame: Frame): Uint8Array {
  return Buffer.from(canonical(frame));
}

/**
 * The same bytes from messages that are canonical text already, so that a message is written once however often its
 * frame is made again.
 */
export function assembleFrame(envelope: Envelope, messages: readonly string[]): Uint8Array {
  return Buffer.from(frameText(envelope, messages.length === 1 ? (messages[0] as string) : messages.join(',')));
}

/** An upper bound of what `assembleFrame` adds to its messages, commas aside. */
export const ENVELOPE_BYTES_MAX = 512;

export function encodeMessage({ author, body, fence, id, kind, tree }: Message): string {
  // In canonical order, so that only the body may have to be put into it.
  const head = author === undefined ? '{"body":' : `{"author":${canonical(author)},"body":`;
  const fenced = fence === undefined ? '' : `"fence":${canonical(fence)},`;
  return `${head}${canonical(body)},${fenced}"id":${JSON.stringify(id)},"kind":${JSON.stringify(kind)},"tree":${JSON.stringify(tree)}}`;
}

export function encodeReply(reply: FrameReply): Uint8Array {
  return Buffer.from(replyText(reply, canonical(reply.results)));
}

/**
 * Reads a frame that anybody may have sent: size, nesting, UTF-8, JSON, canonical form, exact shape, cheapest first. It
 * says nothing of who sent it; that is the gate's.
 *
 * @example
 * const parsed = parseFrame(bytes)
 * if (!parsed.ok) return refuse(parsed.rejection, parsed.detail)
 */
export function parseFrame(bytes: Uint8Array): Parsed<Frame> {
  const text = bytes.length > LIMITS.frameBytesMax ? undefined : decodeUtf8(bytes);
  const usual = text === undefined ? undefined : readFrame(text, LIMITS.frameDepthMax);
  return usual === undefined || messagesFlaw(usual.messages) !== undefined ? parseAnyFrame(bytes) : light(usual, bytes);
}

/** Reads whatever it is, and says what is wrong with it. */
function parseAnyFrame(bytes: Uint8Array): Parsed<Frame> {
  const json = parseCanonical(bytes, { bytesMax: LIMITS.frameBytesMax, depthMax: LIMITS.frameDepthMax });
  if (!json.ok) return json;
  const flaw = frameFlaw(json.value);
  return flaw === undefined ? light(json.value as unknown as Frame, bytes) : malformed(flaw);
}

/** None of its messages has a body larger than a message may have. */
function light(frame: Frame, bytes: Uint8Array): Parsed<Frame> {
  // A small frame can't hold a large body.
  const heavy = bytes.length > LIMITS.messageBytesMax ? frame.messages.find(isHeavy) : undefined;
  if (heavy === undefined) return { ok: true, value: frame };
  return { ok: false, rejection: 'too-large', detail: `a body of more than ${LIMITS.messageBytesMax} bytes` };
}

/** Reads the answer to a frame, by the same rules. */
export function parseReply(bytes: Uint8Array): Parsed<FrameReply> {
  const text = bytes.length > LIMITS.replyBytesMax ? undefined : decodeUtf8(bytes);
  const usual = text === undefined ? undefined : readReply(text, LIMITS.frameDepthMax);
  return usual === undefined || resultsFlaw(usual.results) !== undefined
    ? parseAnyReply(bytes)
    : { ok: true, value: usual };
}

function parseAnyReply(bytes: Uint8Array): Parsed<FrameReply> {
  const json = parseCanonical(bytes, { bytesMax: LIMITS.replyBytesMax, depthMax: LIMITS.frameDepthMax });
  if (!json.ok) return json;
  const flaw = replyFlaw(json.value);
  return flaw === undefined ? { ok: true, value: json.value as unknown as FrameReply } : malformed(flaw);
}

/** By what a reply names the frame it answers: SHA-256 of the bytes, hexadecimal. */
export function frameHash(bytes: Uint8Array): string {
  return sha256Hex(bytes);
}

function isHeavy(message: Message): boolean {
  return Buffer.byteLength(canonical(message.body)) > LIMITS.messageBytesMax;
}
