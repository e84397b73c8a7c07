import type { Entry } from '../../../contract/entries.ts';
import type { NodeId } from '../../../contract/words.ts';
import { append, isFull, tendPeers } from './appending.ts';
import { advance } from './committing.ts';
import { electorateOf } from './electorate.ts';
import { follow } from './following.ts';
import { lastNotAfter } from './log.ts';
import type { RaftBody } from './message.ts';
import { acknowledged, awake, counts, type Progress, probingFrom, refuted } from './progress.ts';
import { majorityOf, releaseReads } from './reading.ts';
import { lastIndex, replicate, setProgress, startRound } from './sending.ts';
import { handOver } from './transferring.ts';
import { isLeading, type LeadingTurn, lead, type Turn } from './turn.ts';

type Body<T extends RaftBody['type']> = Extract<RaftBody, { readonly type: T }>;

/**
 * Leads from now on. The first thing it appends is its own entry: only once that is committed are the entries of earlier
 * epochs surely so, and only then does it know all that earlier leaders committed.
 */
export function openTerm(turn: Turn): void {
  const { self, log } = turn.state;
  const opened = log.base.index + log.records.length + 1;
  turn.become({
    mode: 'leading',
    opened,
    progress: {},
    learners: [],
    round: 0,
    beatAt: turn.now + turn.state.tuning.heartbeatMs,
    reads: [],
    handover: null,
    leaseBroken: false,
  });
  if (!isLeading(turn)) return;
  tendPeers(turn);
  append(turn, { type: 'LEAD', leader: self });
}

/** Appends what was proposed. Its place is that of the one record in the step's writes. */
export function propose(turn: Turn, entry: Entry): void {
  if (electorateOf(entry) !== undefined) throw new Error(`${entry.type} is not for proposals: it changes who votes`);
  if (!isLeading(turn)) turn.refuse('propose', 'not-leading');
  else if (turn.state.role.handover !== null) turn.refuse('propose', 'handing-over');
  else if (isFull(turn)) turn.refuse('propose', 'busy');
  else append(turn, entry);
}

/** The beat of a leader: it makes itself heard, and gives up what took too long, leading included. */
export function beat(turn: LeadingTurn): void {
  const { tuning, epoch } = turn.state;
  if (turn.now < turn.state.role.beatAt) return;
  if (isAlone(turn)) {
    follow(turn, epoch, null);
    return;
  }
  const { handover, progress } = turn.state.role;
  const late = Object.entries(progress).filter(([, peer]) => peer.mode === 'installing' && peer.installBy <= turn.now);
  for (const [node, peer] of late) setProgress(turn, node, probingFrom(peer, peer.match + 1));
  lead(turn, {
    beatAt: turn.now + tuning.heartbeatMs,
    handover: handover !== null && handover.until <= turn.now ? null : handover,
  });
  startRound(turn);
}

/** True where a majority has been silent for so long that it may have followed another. */
function isAlone(turn: LeadingTurn): boolean {
  return majorityOf(turn, ({ heardAt }) => heardAt) + turn.state.tuning.electionMinMs <= turn.now;
}

/** A peer has records on its disk. */
export function takeAppended(turn: LeadingTurn, from: NodeId, { index, abstains }: Body<'appended'>): void {
  const before = heardFrom(turn, from, abstains);
  if (before === undefined || index > lastIndex(turn)) return;
  setProgress(turn, from, acknowledged(before, index, turn.state.log.base.index + 1));
  advance(turn);
  if (!isLeading(turn)) return;
  replicate(turn, from);
  handOver(turn, from);
}

/** A peer's log parts from this one before `asked`. */
export function takeRejected(turn: LeadingTurn, from: NodeId, { asked, hint, abstains }: Body<'rejected'>): void {
  const before = heardFrom(turn, from, abstains);
  if (before === undefined) return;
  const { log } = turn.state;
  const after = refuted(before, asked, lastNotAfter(log, hint, log.base.index - 1) + 1);
  if (after === undefined) return;
  setProgress(turn, from, after);
  replicate(turn, from, { mustAnswer: true });
}

/** A peer answered a heartbeat: it takes messages, and has not followed another leader until then. */
export function takeHeard(turn: LeadingTurn, from: NodeId, body: Body<'heard'>): void {
  const before = heardFrom(turn, from, body.abstains);
  if (before === undefined) return;
  const peer = body.lacks ? forgotten(turn, from, before) : before;
  const round = Math.max(peer.round, body.round);
  const leasedFrom = Math.max(peer.leasedFrom, body.sentAt);
  setProgress(turn, from, awake({ ...peer, round, leasedFrom }));
  releaseReads(turn);
  if (peer.mode === 'probing' || peer.match < lastIndex(turn)) replicate(turn, from, { mustAnswer: true });
}

/** Notes a sign of life. A disk that may have forgotten is looked at anew. */
function heardFrom(turn: LeadingTurn, from: NodeId, abstains: boolean): Progress | undefined {
  const peer = turn.state.role.progress[from];
  if (peer === undefined) return undefined;
  const hasLost = abstains && !peer.abstains;
  const heard = { ...peer, heardAt: turn.now, abstains, match: hasLost ? 0 : peer.match };
  const next = hasLost ? probingFrom(heard, heard.next) : heard;
  setProgress(turn, from, next);
  return next;
}

/** It acknowledged a record once and has it no more, so it may have forgotten a vote as well. */
function forgotten(turn: LeadingTurn, from: NodeId, peer: Progress): Progress {
  if (counts(peer)) turn.notices.push({ notice: 'forgot', peer: from });
  return probingFrom({ ...peer, match: 0, forgot: peer.forgot || !peer.abstains }, peer.next);
}
