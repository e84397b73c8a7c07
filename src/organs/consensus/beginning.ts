import type { Founding } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Moment, Signal } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { AdmissionOptions } from './admission.ts';
import { applyRecord } from './apply.ts';
import { hasConflicts } from './conflicts.ts';
import { type DrivingOptions, drive } from './driving.ts';
import { type ConsensusFacts, type ConsensusStep, leaderOf, only, type ReadableStore, recordWrite } from './facts.ts';
import { founded, isAlone, opened } from './opening.ts';
import { nextRecord } from './records.ts';

export interface BeginningOptions extends AdmissionOptions {
  readonly founding: Founding | null;
  readonly store: ReadableStore;
}

/** What a node does first depends only on what its disk and its options say. */
export function begin(facts: ConsensusFacts, options: BeginningOptions, moment: Moment): ConsensusStep {
  const { view, proof } = facts;
  if (view === null && options.founding !== null) return { facts, signals: [{ type: 'consensus.found' }] };
  if (view === null || facts.departed) return { facts, signals: entrance(facts, options) };
  const { store, timing } = options;
  const self = options.self.node;
  const raft = opened(facts, { self, store, timing }, moment);
  const leader = leaderOf({ raft, view });
  const { epoch } = raft;
  const led = { effect: 'emit', kind: 'consensus.led', body: { leader, epoch } } as const;
  const known =
    proof === null
      ? []
      : [{ effect: 'emit', kind: 'consensus.committed', body: { view, previous: view, records: [], proof } } as const];
  const first = only({ ...facts, raft, led: { leader, epoch } }, led, ...known);
  const owed = hasConflicts(store)
    ? [{ effect: 'timer', name: 'consensus.keepConflicts', afterMs: LIMITS.conflictRetryMs } as const]
    : [];
  return chain(
    { ...first, effects: [...(first.effects ?? []), ...owed], signals: [{ type: 'consensus.resume' }] },
    // Who alone decides needs no patience.
    (now) => (isAlone(raft) ? drive(now, [{ type: 'campaign' }], { self, store, timing }, moment) : { facts: now }),
  );
}

/** The founder is the one voter of its log, and leads it at once. */
export function found(
  facts: ConsensusFacts,
  founding: Founding,
  options: DrivingOptions,
  moment: Moment,
): ConsensusStep {
  const record = nextRecord(null, founding, 1, moment.now);
  const { view } = applyRecord(null, record);
  const raft = founded(options, record, moment);
  const next: ConsensusFacts = {
    ...facts,
    organism: view.organism,
    abstains: false,
    raft,
    appended: view,
    trail: [{ view, record }],
  };
  return chain({ facts: next, writes: [recordWrite(record)] }, (now) =>
    drive(now, [{ type: 'campaign' }], options, moment),
  );
}

function entrance({ departed }: ConsensusFacts, { join }: BeginningOptions): Signal[] {
  if (join !== null) return [{ type: 'consensus.join' }];
  if (!departed) return [];
  return [{ type: 'consensus.refuse', code: 'refused', detail: 'this node has left; it needs an invitation' }];
}
