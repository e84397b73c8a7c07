import type { Entry } from '../../contract/entries.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Moment } from '../../contract/organ.ts';
import { chain } from '../../contract/step.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { NodeId, View } from '../../contract/words.ts';
import { type Asker, defer, refuse } from './asking.ts';
import { type ConsensusFacts, type ConsensusStep, only } from './facts.ts';
import { append, canAppend, judgeOf, type LeadingOptions, lead } from './leading.ts';
import { type Draft, planJoin } from './plan.ts';
import { PUSH_RETRY_MS } from './pushing.ts';
import { answerWaiting, hasRoom, owe } from './waiting.ts';

type Join = Extract<Entry, { type: 'JOIN' }>['joins'][number];

/**
 * A newcomer at the leader. The first one is let in at once; those that ask while an entry is on its way to the disk
 * gather, and the next entry takes them all: a thousand that start together cost few entries, and nobody waits longer
 * than for the flush under way.
 */
export function takeJoin(
  facts: ConsensusFacts,
  request: JoinRequest,
  from: NodeId | undefined,
  options: LeadingOptions,
  moment: Moment,
  asker: Asker = null,
): ConsensusStep {
  if (facts.trail.length === 0) return lead(facts, { type: 'join', request }, from, options, moment, asker);
  if (facts.gathered.length >= LIMITS.joinBatchMax || !hasRoom(facts))
    return only(facts, refuse(asker, { code: 'busy', retryAfterMs: PUSH_RETRY_MS }));
  return defer(facts, asker, 'join', (now, token) =>
    only({ ...now, gathered: [...now.gathered, { token, request, from }] }),
  );
}

/** What gathered is judged in the order in which it came, and let in with one entry. */
export function admitGathered(facts: ConsensusFacts, options: LeadingOptions, moment: Moment): ConsensusStep {
  const { appended, gathered } = facts;
  if (appended === null || gathered.length === 0 || facts.trail.length > 0 || !canAppend(facts)) return { facts };
  const judge = judgeOf(facts, options, moment);
  const batch = new Batch(appended);
  const refusals: Effect[] = [];
  let next: ConsensusFacts = { ...facts, gathered: [] };
  for (const { token, request, from } of gathered) {
    const plan = batch.has(request.node) ? DONE : planJoin(appended, request, from, judge, batch.draft);
    if (plan.plan === 'refuse') {
      const { code, detail } = plan;
      refusals.push({ effect: 'answer', token, outcome: { ok: false, code, detail } });
      continue;
    }
    if (plan.plan === 'append') batch.add(plan.entry);
    const isNew = batch.joins.length > 0;
    const version = appended.version + (isNew ? 1 : 0);
    const epoch = isNew ? (facts.raft?.epoch ?? 0) : appended.epoch;
    next = owe(next, { token, version, needs: 'copies', copies: 1, epoch, body: { version } }, moment);
  }
  const { joins } = batch;
  return chain(only(next, ...refusals), (now) =>
    joins.length > 0 ? append(now, { type: 'JOIN', joins }, options, moment) : answerWaiting(now),
  );
}

/** Who asks twice, over two contacts, is let in once. */
const DONE = { plan: 'done' } as const;

/** The entry in the making, and what of the view it uses up. */
class Batch {
  readonly joins: Join[] = [];
  readonly draft: Draft = { slots: new Map(), uses: new Map(), newcomers: 0 };
  readonly #view: View;
  readonly #nodes = new Set<NodeId>();

  constructor(view: View) {
    this.#view = view;
  }

  has(node: NodeId): boolean {
    return this.#nodes.has(node);
  }

  add(entry: Entry): void {
    if (entry.type !== 'JOIN') throw new Error(`a newcomer is let in by JOIN, not by ${entry.type}`);
    const { slots, uses } = this.draft;
    for (const join of entry.joins) {
      const { member, places, invitation } = join;
      this.joins.push(join);
      this.#nodes.add(member.node);
      if (this.#view.members[member.node] === undefined) this.draft.newcomers += 1;
      if (invitation !== null) uses.set(invitation, (uses.get(invitation) ?? 0) + 1);
      for (const { tree } of places) slots.set(tree, (slots.get(tree) ?? 0) + 1);
    }
  }
}
