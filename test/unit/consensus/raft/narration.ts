import type { LogRecord } from '../../../../src/contract/entries.ts';
import {
  type Electorate,
  lastOf,
  leaderIn,
  type Mark,
  type Outcome,
  type Progress,
  type RaftMessage,
  type RaftState,
} from '../../../../src/organs/consensus/raft/index.ts';

/** What happens in a scenario, in words that a reader can follow. `4@2` is the record with index 4 of epoch 2. */

const place = ({ index, epoch }: Mark): string => `${index}@${epoch}`;

export function tellRecord({ index, epoch, entry }: LogRecord): string {
  const name = `${place({ index, epoch })} ${entry.type}`;
  if (entry.type === 'LEAD') return `${name} ${entry.leader}`;
  if (entry.type === 'VOTERS')
    return `${name} ${tellElectorate({ voters: entry.voters, leaving: entry.leaving ?? [] })}`;
  return entry.type === 'CONFIG' ? `${place({ index, epoch })} "${entry.value}"` : name;
}

export function tellElectorate({ voters, leaving }: Electorate): string {
  const names = voters.length === 0 ? 'nobody' : voters.join(' ');
  return leaving.length === 0 ? names : `${names}, leaving ${leaving.join(' ')}`;
}

export function tellMessage(message: RaftMessage): string {
  return `${message.type} e${message.epoch}${tellBody(message)}`;
}

function tellBody(message: RaftMessage): string {
  const abstains = 'abstains' in message && message.abstains ? ', abstaining' : '';
  switch (message.type) {
    case 'preVote':
      return ` last ${place(message.last)}`;
    case 'preVoted':
      return ` ${message.granted ? 'yes' : 'no'}, for e${message.asked}`;
    case 'vote':
      return ` last ${place(message.last)}${message.byTransfer ? ' by transfer' : ''}`;
    case 'voted':
      return message.granted ? ' yes' : ' no';
    case 'append': {
      const records = message.records.map(tellRecord).join('; ');
      return ` after ${place(message.after)}: ${records === '' ? 'nothing' : records}; commit ${message.commit}`;
    }
    case 'appended':
      return ` up to ${message.index}${abstains}`;
    case 'rejected':
      return ` after ${message.asked}, alike up to ${place(message.hint)} at most${abstains}`;
    case 'heartbeat':
      return ` round ${message.round}, commit ${place(message.commit)}`;
    case 'heard':
      return ` round ${message.round}${message.lacks ? ', lacks it' : ''}${abstains}`;
    case 'snapshot':
      return ` up to ${place(message.upTo)}`;
    default:
      return '';
  }
}

/** What a step changed, one line each. */
export function tellOutcome(node: string, before: RaftState, outcome: Outcome): readonly string[] {
  const { state, writes } = outcome;
  const lines: string[] = [];
  if (tellRole(before) !== tellRole(state)) lines.push(tellRole(state));
  if (state.vote !== before.vote && state.vote !== null && state.vote !== node) lines.push(`votes for ${state.vote}`);
  const isEarlier = writes === null || (outcome.committed.at(-1)?.index ?? 0) < (writes.records[0]?.index ?? 0);
  const committed = outcome.committed.length > 0 ? [`commits ${outcome.committed.map(place).join(' ')}`] : [];
  if (isEarlier) lines.push(...committed);
  if (writes?.cutAfter !== undefined) lines.push(`gives up what is after ${writes.cutAfter}`);
  for (const record of writes?.records ?? []) lines.push(`writes ${tellRecord(record)}`);
  if (tellElectorate(before.log.electorate) !== tellElectorate(state.log.electorate))
    lines.push(`counts on ${tellElectorate(state.log.electorate)}`);
  if (!isEarlier) lines.push(...committed);
  for (const { token, index } of outcome.reads) lines.push(`answers read ${token}: as of ${index}`);
  for (const { what, why, token } of outcome.refusals)
    lines.push(`refuses to ${what}${token === undefined ? '' : ` ${token}`}: ${why}`);
  if (outcome.install !== null)
    lines.push(`must fetch the log up to ${place(outcome.install.upTo)} from ${outcome.install.from}`);
  for (const notice of outcome.notices) lines.push(`notes of ${notice.peer}: ${notice.notice}`);
  return lines.map((line) => `  ${node} ${line}`);
}

function tellRole(state: RaftState): string {
  const { epoch, role } = state;
  if (role.mode === 'following') return `follows ${leaderIn(state) ?? 'nobody'} in epoch ${epoch}`;
  if (role.mode === 'leading') return `leads epoch ${epoch}`;
  return role.mode === 'canvassing' ? `canvasses in epoch ${epoch}` : `campaigns in epoch ${epoch}`;
}

/** Where a node stands, and how a leader sees its peers. */
export function tellState(node: string, state: RaftState | null): readonly string[] {
  if (state === null) return [`  ${node} is down`];
  const { log, role } = state;
  const own = [
    tellRole(state),
    `log ${place(lastOf(log))}`,
    ...(log.base.index > 0 ? [`base ${log.base.index}`] : []),
    ...(log.stable < lastOf(log).index ? [`flushed ${log.stable}`] : []),
    `commit ${log.commit}`,
    `counts on ${tellElectorate(log.electorate)}`,
    ...(state.abstains ? ['abstains'] : []),
  ];
  const peers = role.mode === 'leading' ? Object.entries(role.progress) : [];
  return [`  ${node} ${own.join(', ')}`, ...peers.map(([peer, progress]) => `    ${peer} ${tellProgress(progress)}`)];
}

function tellProgress({ mode, match, next, paused, inflight, abstains, forgot }: Progress): string {
  const parts = [
    `${mode} match ${match} next ${next}`,
    ...(paused ? ['paused'] : []),
    ...(inflight.length > 0 ? [`in flight ${inflight.join(' ')}`] : []),
    ...(abstains ? ['abstains'] : []),
    ...(forgot ? ['forgot'] : []),
  ];
  return parts.join(', ');
}
