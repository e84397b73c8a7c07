import type { Frame, FrameReply, Lane, Message, Result } from '../../contract/wire.ts';
import { canonicalEnd, NO_END } from './canonical-scan.ts';

/**
 * What surrounds the messages of a frame, and the results of a reply, is the same few members in the same order all day:
 * both are written as text and read by their shape, which costs a third of what reading any JSON does. What doesn't fit
 * exactly is no finding: it is left to those who read any JSON and can say what is wrong.
 */

/** Everything of a frame but its messages. */
export type Envelope = Omit<Frame, 'messages'>;

const COUNT = '(0|[1-9][0-9]{0,14})';
const POSITIVE = '([1-9][0-9]{0,14})';
const ID = '"([a-z2-7]{52})"';
const FRAME_HEAD = new RegExp(
  `^\\{"from":${ID},"incarnation":${POSITIVE},"lane":"(control|ordered)","messages":(?=\\[)`,
);
const FRAME_TAIL = new RegExp(
  `,"organism":${ID},"sentAt":${COUNT},"seq":${POSITIVE},"to":${ID},"toIncarnation":${COUNT},"v":1\\}$`,
  'y',
);
const REPLY_HEAD = new RegExp(
  `^\\{"at":${COUNT},"frame":"([0-9a-f]{64})","from":${ID},"incarnation":${POSITIVE},"organism":${ID},"results":(?=\\[)`,
);
const REPLY_TAIL = new RegExp(`,"to":${ID},"v":1\\}$`, 'y');

/** The canonical text of a frame, from messages that are canonical text already. */
export function frameText(envelope: Envelope, messages: string): string {
  const { from, incarnation, lane, organism, sentAt, seq, to, toIncarnation } = envelope;
  const head = `{"from":"${from}","incarnation":${incarnation},"lane":"${lane}","messages":[`;
  return `${head}${messages}],"organism":"${organism}","sentAt":${sentAt},"seq":${seq},"to":"${to}","toIncarnation":${toIncarnation},"v":1}`;
}

/** The canonical text of a reply, from results that are the canonical text of their array. */
export function replyText(reply: Omit<FrameReply, 'results'>, results: string): string {
  const { at, frame, from, incarnation, organism, to } = reply;
  const head = `{"at":${at},"frame":"${frame}","from":"${from}","incarnation":${incarnation},"organism":"${organism}"`;
  return `${head},"results":${results},"to":"${to}","v":1}`;
}

/** The frame in canonical text, its messages not yet looked at; undefined where it has to be read the long way. */
export function readFrame(text: string, depthMax: number): Frame | undefined {
  const head = FRAME_HEAD.exec(text);
  const list = head === null ? undefined : readList(text, head[0].length, depthMax, FRAME_TAIL);
  if (head === null || list === undefined) return undefined;
  const [, from = '', incarnation, lane] = head;
  const [, organism = '', sentAt, seq, to = '', toIncarnation] = list.tail;
  return {
    v: 1,
    organism,
    from,
    incarnation: Number(incarnation),
    to,
    toIncarnation: Number(toIncarnation),
    lane: lane as Lane,
    seq: Number(seq),
    sentAt: Number(sentAt),
    messages: list.values as readonly Message[],
  };
}

/** The reply in canonical text, its results not yet looked at; undefined where it has to be read the long way. */
export function readReply(text: string, depthMax: number): FrameReply | undefined {
  const head = REPLY_HEAD.exec(text);
  const list = head === null ? undefined : readList(text, head[0].length, depthMax, REPLY_TAIL);
  if (head === null || list === undefined) return undefined;
  const [, at, frame = '', from = '', incarnation, organism = ''] = head;
  const [, to = ''] = list.tail;
  const results = list.values as readonly Result[];
  return { v: 1, organism, from, incarnation: Number(incarnation), to, frame, at: Number(at), results };
}

interface List {
  readonly values: readonly unknown[];
  /** The match of what follows up to the end of the text. */
  readonly tail: RegExpExecArray;
}

function readList(text: string, start: number, depthMax: number, after: RegExp): List | undefined {
  const end = canonicalEnd(text, start, depthMax - 1);
  if (end === NO_END) return undefined;
  after.lastIndex = end;
  const tail = after.exec(text);
  return tail === null ? undefined : { values: JSON.parse(text.slice(start, end)) as readonly unknown[], tail };
}
