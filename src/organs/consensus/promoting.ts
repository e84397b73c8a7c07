import type { Promotion } from '../../contract/entries.ts';
import { nextGeneration } from '../../contract/generation.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Moment, Outcome } from '../../contract/organ.ts';
import type { Write } from '../../contract/ports.ts';
import type { PromotionDraft } from '../../contract/services.ts';
import { chain } from '../../contract/step.ts';
import type { Json, NodeId, View } from '../../contract/words.ts';
import { applyRecord } from './apply.ts';
import { type DrivingOptions, drive } from './driving.ts';
import {
  abstention,
  type ConsensusFacts,
  type ConsensusStep,
  inSlotOrder,
  logKey,
  only,
  recordWrite,
} from './facts.ts';
import { linkWrite } from './links.ts';
import { instantOf, promoted } from './opening.ts';
import { lastOf } from './raft/index.ts';
import { isWarranted, nextRecord, operatorOf, type Verify } from './records.ts';
import { dismiss, OVERRULED } from './waiting.ts';

export interface PromotingOptions extends DrivingOptions {
  readonly verify: Verify;
}

/** What an operator would sign: this node goes on from what is proven here, with everybody that it holds alive. */
export function draft(facts: ConsensusFacts, self: NodeId): ConsensusStep {
  const { view, sovereign } = facts;
  if (view === null) return only(facts, { effect: 'refuse', code: 'starting' });
  const placed = inSlotOrder(view);
  const keeps = placed.filter((node) => node === self || facts.down[node] === undefined).sort();
  const decision = { after: view.version, hash: view.hash, by: self, keeps };
  const body: PromotionDraft = {
    organism: view.organism,
    promotion: { type: 'PROMOTE', generation: nextGeneration(view.generation, decision), ...decision },
    lost: placed.filter((node) => !keeps.includes(node)),
    sovereign: sovereign && !facts.forked,
  };
  return only(facts, { effect: 'reply', body: body as unknown as Json });
}

export interface PromoteBody {
  readonly promotion: Promotion;
  /** Though a leader with a majority is within reach of this node. */
  readonly despiteMajority: boolean;
}

/** The operator's decision, at the node that begins the new generation. */
export function promote(
  facts: ConsensusFacts,
  { promotion, despiteMajority }: PromoteBody,
  options: PromotingOptions,
  moment: Moment,
): ConsensusStep {
  const { view, raft, proof } = facts;
  if (view === null || raft === null || proof === null) return only(facts, { effect: 'refuse', code: 'starting' });
  const why = objection(facts, view, promotion, despiteMajority, options);
  if (why !== undefined) return only(facts, { effect: 'refuse', ...why });
  const previous = { ...view, generation: promotion.generation };
  const record = nextRecord(previous, promotion, raft.epoch + 1, moment.now);
  const appended = applyRecord(view, record).view;
  const settled = dismiss(facts, OVERRULED);
  const next: ConsensusFacts = {
    ...settled.facts,
    raft: promoted(raft, view, record, instantOf(moment)),
    abstains: false,
    forked: false,
    appended,
    trail: [{ view: appended, record }],
    vouches: {},
  };
  const cut: Write[] = [];
  for (let index = record.index + 1; index <= lastOf(raft.log).index; index++)
    cut.push({ table: 'log', key: logKey(index), remove: true });
  return chain(
    { ...settled, facts: next, writes: [...cut, recordWrite(record), linkWrite(view, proof), abstention(false)] },
    (now) => only(now, { effect: 'reply', body: { generation: record.generation, version: record.index } }),
    (now) => drive(now, [{ type: 'campaign' }], options, moment),
  );
}

type Refusal = Omit<Extract<Outcome, { ok: false }>, 'ok'>;

function objection(
  { sovereign, forked }: ConsensusFacts,
  view: View,
  promotion: Promotion,
  despiteMajority: boolean,
  { self, store, verify }: PromotingOptions,
): Refusal | undefined {
  const { after, hash, by, keeps, generation } = promotion;
  if (sovereign && !forked && !despiteMajority)
    return {
      code: 'conflict',
      detail: 'a leader with a majority of the voters is within reach: nothing needs to be forced',
    };
  if (by !== self) return { code: 'malformed', detail: 'the promotion is for another node' };
  if (after !== view.version || hash !== view.hash || generation !== nextGeneration(view.generation, promotion))
    return { code: 'conflict', detail: 'the log has gone on since this promotion was drawn up' };
  if (!keeps.includes(self) || keeps.some((node) => view.members[node] === undefined))
    return { code: 'malformed', detail: 'a promotion keeps the node that it promotes, and members only' };
  if ((view.lineage ?? []).length >= LIMITS.generationsMax)
    return { code: 'refused', detail: `an organism has ${LIMITS.generationsMax} generations at most` };
  const operator = operatorOf(store);
  const isSigned = operator !== undefined && isWarranted(view.organism, promotion, operator, verify);
  return isSigned ? undefined : { code: 'refused', detail: "it is not signed with the organism's key" };
}
