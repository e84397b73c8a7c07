import type { LogRecord } from '../../../../src/contract/entries.ts';
import { LIMITS } from '../../../../src/contract/limits.ts';
import { reachedBy } from '../../../../src/organs/consensus/raft/electorate.ts';
import type { Envelope, Outcome, RaftState } from '../../../../src/organs/consensus/raft/index.ts';
import { placeAt, type RaftLog } from '../../../../src/organs/consensus/raft/log.ts';

/** What a broken law looks like: a test that sees one has found a defect of the protocol. */
export class BrokenLaw extends Error {}

export function mustHold(law: string, isKept: boolean, detail: () => string): void {
  if (!isKept) throw new BrokenLaw(`${law}: ${detail()}`);
}

/** What a checker may ask of a model node: what is on its disk, whatever its memory says. */
export interface DiskView {
  has(record: LogRecord): boolean;
}

/**
 * Raft's promises, held against everything that any node of a model cluster has ever done. It sees what the nodes can't:
 * all of them, and all that was.
 */
export class Laws {
  /** Everything that was ever committed, in order: index 1 is first. */
  readonly committed: LogRecord[] = [];
  readonly #leaders = new Map<number, string>();
  readonly #records = new Map<string, string>();
  readonly #votes = new Map<string, string>();
  readonly #asked = new Map<string, number>();

  /** After each step of a node, before anything of it is on a disk. */
  stepped(before: RaftState, outcome: Outcome, disks: (node: string) => DiskView): void {
    const { state } = outcome;
    if (state.role.mode === 'leading' && before.role.mode !== 'leading') this.#mayLead(state);
    for (const record of outcome.committed) this.#mayCommit(before, record, disks);
    this.#onlyForward(before, state);
    for (const { token, index } of outcome.reads) this.#readsAreFresh(token, index);
    bounded(state);
  }

  /** Records reach a disk. What only a memory had never was: another may take its place after a crash. */
  wrote(records: readonly LogRecord[]): void {
    for (const record of records) this.#logsMatch(record);
  }

  /** A message leaves its node: what it says can't be taken back. */
  said(from: string, { to, message }: Envelope): void {
    const isVote = (message.type === 'voted' && message.granted) || message.type === 'vote';
    if (!isVote) return;
    const candidate = message.type === 'vote' ? from : to;
    const key = `${from} in epoch ${message.epoch}`;
    const earlier = this.#votes.get(key) ?? candidate;
    this.#votes.set(key, candidate);
    mustHold('one vote per epoch', earlier === candidate, () => `${key}: ${earlier} and ${candidate}`);
  }

  /** A read must see everything that anybody knew to be committed when it was asked. */
  asked(token: string): void {
    this.#asked.set(token, this.committed.length);
  }

  #logsMatch({ index, epoch, hash }: LogRecord): void {
    const key = `${index}@${epoch}`;
    const known = this.#records.get(key) ?? hash;
    this.#records.set(key, hash);
    // A hash covers everything before it, so equal hashes are equal logs.
    mustHold('log matching', known === hash, () => `two records ${key}`);
  }

  #mayLead({ self, epoch, log }: RaftState): void {
    const other = this.#leaders.get(epoch) ?? self;
    this.#leaders.set(epoch, self);
    mustHold('election safety', other === self, () => `${other} and ${self} in epoch ${epoch}`);
    const lost = this.committed.find((record) => !holds(log, record));
    mustHold('leader completeness', lost === undefined, () => `${self} leads epoch ${epoch} without ${lost?.index}`);
  }

  #mayCommit({ self, log, role }: RaftState, record: LogRecord, disks: (node: string) => DiskView): void {
    const known = this.committed[record.index - 1];
    if (known !== undefined) {
      mustHold('state machine safety', known.hash === record.hash, () => `${self} commits another ${record.index}`);
      return;
    }
    mustHold('no gaps', record.index === this.committed.length + 1, () => `${self} commits ${record.index}`);
    mustHold('only leaders commit', role.mode === 'leading', () => `${self} commits ${record.index} first`);
    this.committed.push(record);
    const copies = reachedBy(log.electorate, (node) => (disks(node).has(record) ? 1 : 0));
    mustHold('durability', copies === 1, () => `no majority has ${record.index} on its disks`);
  }

  #onlyForward(before: RaftState, after: RaftState): void {
    const fence = (state: RaftState): string => `epoch ${state.epoch}, commit ${state.log.commit}`;
    const isForward = after.epoch >= before.epoch && after.log.commit >= before.log.commit;
    mustHold('only forward', isForward, () => `${after.self}: ${fence(before)} to ${fence(after)}`);
    const keepsVote = after.epoch > before.epoch || before.vote === null || after.vote === before.vote;
    mustHold('one vote per epoch', keepsVote, () => `${after.self} changes its mind in epoch ${after.epoch}`);
  }

  #readsAreFresh(token: string, index: number): void {
    const asked = this.#asked.get(token) ?? 0;
    mustHold('linearizable reads', index >= asked, () => `${token} sees ${index}, ${asked} was committed before it`);
  }
}

function holds(log: RaftLog, record: LogRecord): boolean {
  return record.index <= log.base.index || placeAt(log, record.index)?.hash === record.hash;
}

/** Every list of a state is as short as its limit says. */
function bounded({ log, role, tuning, self }: RaftState): void {
  const check = (name: string, length: number, max: number): void =>
    mustHold('bounds', length <= max, () => `${self}: ${length} ${name}, at most ${max}`);
  // One leader's own entries, and those of leaders before it that were never committed.
  check('records', log.records.length, 2 * tuning.window + 2 * LIMITS.raftUncommittedMax);
  check('flushes', log.writing.length, LIMITS.raftWritesMax);
  if (role.mode !== 'leading') return;
  check('learners', role.learners.length, LIMITS.learnersMax + LIMITS.votersMax);
  check('reads', role.reads.length, LIMITS.raftReadsMax);
  const peers = Object.values(role.progress);
  check('peers', peers.length, 3 * LIMITS.votersMax + LIMITS.learnersMax);
  for (const { inflight } of peers) check('appends in flight', inflight.length, LIMITS.raftInflightMax);
}
