import type { NodeId } from '../../../contract/words.ts';
import { counts, type Progress } from './progress.ts';
import { lastIndex, replicate } from './sending.ts';
import { isLeading, type LeadingTurn, lead, type Turn } from './turn.ts';

/** Hands the lead over to a voter, once that has everything. Until then, or until it takes too long, nothing is appended. */
export function transfer(turn: Turn, wanted: NodeId | null): void {
  if (!isLeading(turn)) {
    turn.refuse('transfer', 'not-leading');
    return;
  }
  const to = wanted ?? furthest(turn);
  if (to === undefined || !isHeir(turn, to)) turn.refuse('transfer', 'unfit');
  else if (turn.state.role.handover?.to !== to) promise(turn, to);
}

function promise(turn: LeadingTurn, to: NodeId): void {
  const { tuning } = turn.state;
  lead(turn, { handover: { to, until: turn.now + tuning.electionMaxMs, isSent: false } });
  replicate(turn, to);
  handOver(turn, to);
}

/** Tells the heir to campaign as soon as it has the whole log. */
export function handOver(turn: LeadingTurn, node: NodeId): void {
  const { handover, progress } = turn.state.role;
  if (handover === null || handover.to !== node || handover.isSent) return;
  if (progress[node]?.match !== lastIndex(turn)) return;
  turn.send(node, { type: 'transfer' });
  lead(turn, { handover: { ...handover, isSent: true }, leaseBroken: true });
}

/** The voter that was heard lately and has most of the log. */
export function furthest(turn: LeadingTurn): NodeId | undefined {
  const { tuning, log, role } = turn.state;
  const isNear = (node: NodeId): boolean =>
    isHeir(turn, node) && turn.now - (role.progress[node] as Progress).heardAt < tuning.electionMinMs;
  const matchOf = (node: NodeId): number => role.progress[node]?.match ?? 0;
  return log.electorate.voters.filter(isNear).toSorted((one, other) => matchOf(other) - matchOf(one))[0];
}

/** True for a voter that will stay one, and may win: another one of the same list. */
function isHeir({ state: { log, role } }: LeadingTurn, node: NodeId): boolean {
  const peer = role.progress[node];
  return log.electorate.voters.includes(node) && peer !== undefined && counts(peer);
}
