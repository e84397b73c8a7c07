import type { LogRecord } from '../../contract/entries.ts';
import type { Effect } from '../../contract/organ.ts';
import type { RegisterWrite } from '../../contract/services.ts';
import type { Proof, TreeId, View } from '../../contract/words.ts';
import { applyRecord, registerKey } from './apply.ts';
import {
  type Appended,
  type ConsensusFacts,
  type ConsensusStep,
  only,
  type ReadableStore,
  storedAfter,
} from './facts.ts';
import type { RaftState } from './raft/index.ts';

/** What becoming the leader, or being it no more, changes beside the log's rules. */
export function takeRole(facts: ConsensusFacts, before: RaftState, store: ReadableStore): ConsensusStep {
  const leads = facts.raft?.role.mode === 'leading';
  const led = before.role.mode === 'leading';
  if (leads && led && before.epoch === facts.raft?.epoch) return { facts: synced(facts, store) };
  const retired = led ? retire(facts) : { facts };
  return leads ? { ...retired, facts: synced(fresh(retired.facts), store) } : retired;
}

/** What others said to an earlier leader says nothing to this one. */
function fresh(facts: ConsensusFacts): ConsensusFacts {
  const self = facts.raft?.self ?? '';
  const vouches = { [self]: facts.vouches[self] ?? [] };
  return {
    ...facts,
    trail: [],
    appended: facts.view,
    vouches,
    polled: null,
    flushed: {},
    pushing: {},
    recent: [],
    leavers: {},
    steeredAt: null,
  };
}

/**
 * It leads no more: what it appended may still be committed by its successor, or be lost. Those who wait learn which, when
 * this node's view gets there, as far as a majority of the voters is as many copies as they were promised; the others hear
 * no more than that their time is over, unless it leads again. Who was not judged yet is told to ask elsewhere.
 */
function retire(facts: ConsensusFacts): ConsensusStep {
  const outcome = { ok: false, code: 'no-authority', detail: 'this node leads no more' } as const;
  const majority = Math.floor((facts.raft?.log.electorate.voters.length ?? 0) / 2) + 1;
  return only(
    {
      ...facts,
      trail: [],
      appended: facts.view,
      polled: null,
      leavers: {},
      gathered: [],
      waiting: facts.waiting.map((one) => (one.copies > majority ? one : { ...one, needs: 'local' as const })),
    },
    ...facts.gathered.map(({ token }): Effect => ({ effect: 'answer', token, outcome })),
  );
}

/** The leader's log as it would be applied: what the next entry is judged by. */
function synced(facts: ConsensusFacts, store: ReadableStore): ConsensusFacts {
  let appended: View | null = facts.appended;
  const added: Appended[] = [];
  for (const record of recordsFrom(facts, appended?.version ?? 0, store)) {
    appended = applyRecord(appended, record).view;
    added.push({ view: appended, record });
  }
  return added.length === 0 ? facts : { ...facts, appended, trail: [...facts.trail, ...added] };
}

/** This node's records after `version`: those in memory, and before them those that are only on the disk. */
export function recordsFrom({ raft }: ConsensusFacts, version: number, store: ReadableStore): readonly LogRecord[] {
  if (raft === null) return [];
  const { base, records } = raft.log;
  if (version >= base.index) return records.slice(version - base.index);
  const older: LogRecord[] = [];
  for (const record of storedAfter(store, version)) {
    if (record.index > base.index) break;
    older.push(record);
  }
  return older.length === base.index - version ? [...older, ...records] : [];
}

/**
 * The version of a register by this node's own log. What is on the disk is as of the proof beside it: neither what is
 * appended nor what is committed and still on its way there can be seen in it.
 */
export function versionOf(facts: ConsensusFacts, store: ReadableStore, tree: TreeId, key: string): number {
  const proof = store.get('meta', 'proof') as unknown as Proof | undefined;
  const writeIn = ({ entry }: LogRecord): RegisterWrite | undefined =>
    entry.type === 'SET' && entry.tree === tree ? entry.writes.find((write) => write.key === key) : undefined;
  const latest = recordsFrom(facts, proof?.version ?? 0, store).findLast((record) => writeIn(record) !== undefined);
  if (latest !== undefined) return writeIn(latest)?.value === null ? 0 : latest.index;
  const register = store.get('registers', registerKey(tree, key)) as { version: number } | undefined;
  return register?.version ?? 0;
}
