import { LIMITS, type Timing } from '../../contract/limits.ts';
import type { Answer, Effect, Moment, Signal } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, TreeId, View } from '../../contract/words.ts';
import {
  attachmentCandidates,
  isAttached,
  isLowestLive,
  properParent,
  type TreeFacts,
  type TreeStep,
  withMap,
} from './facts.ts';

export interface TreeOptions {
  readonly self: NodeId;
  readonly tree: TreeId;
  readonly timing: Timing;
}

export type AttachBody = { readonly slot: number; readonly version: number };

const stay = (facts: TreeFacts, ...effects: Effect[]): TreeStep => ({ facts, effects });
const signal = (facts: TreeFacts, ...types: string[]): TreeStep => ({
  facts,
  signals: types.map((type): Signal => ({ type })),
});

/** A newer view: whether this cell got, changed or lost its slot, and which edges survive. */
export function takeView(facts: TreeFacts, view: View, options: TreeOptions, moment: Moment): TreeStep {
  const map = view.trees[options.tree];
  if (map === undefined || map === facts.map) return stay(facts);
  const next = withMap(facts, map);
  if (next.slot === 0) return facts.slot === 0 ? stay(next) : signal(next, 'tree.removed');
  return chain(
    announceEdges(facts, next, options),
    (now) =>
      facts.slot === 0 ? signal(now, 'tree.assigned') : facts.slot !== now.slot ? signal(now, 'tree.moved') : stay(now),
    (now) => settle(now, options, moment),
  );
}

/** Says that the cell is attached, or goes on towards it. */
function settle(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  if (isAttached(facts)) return signal(facts, 'tree.attached');
  return facts.slot === 0 ? stay(facts) : attach(facts, options, moment);
}

/** Asks the best candidate for an edge, unless one is being asked. */
export function attach(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  if (isAttached(facts)) return signal(facts, 'tree.attached');
  if (facts.asking !== null) return stay(facts);
  return askNext({ ...facts, candidates: attachmentCandidates(facts, moment.random) }, options, moment);
}

function askNext(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  const [to, ...candidates] = facts.candidates;
  if (to === undefined || facts.map === null)
    return stay({ ...facts, asking: null, candidates: [] }, tryLater(options, moment));
  return stay(
    { ...facts, asking: to, candidates },
    {
      effect: 'ask',
      to,
      tree: options.tree,
      kind: 'tree.attach',
      body: { slot: facts.slot, version: facts.map.version },
      deadlineMs: options.timing.probeTimeoutMs * 2,
      then: 'tree.answered',
    },
  );
}

function tryLater(options: TreeOptions, moment: Moment): Effect {
  const pause = options.timing.retryMinMs * (1 + moment.random());
  return { effect: 'timer', name: 'tree.tryAgain', afterMs: Math.round(pause) };
}

/** The candidate's answer: an edge, or the next candidate. */
export function takeAnswer(facts: TreeFacts, answer: Answer, options: TreeOptions, moment: Moment): TreeStep {
  if (facts.asking !== answer.to) return stay(facts);
  const free = { ...facts, asking: null };
  if (!answer.outcome.ok) {
    // The proper parent that is only busy gets a second try before anybody else is asked.
    const busy = answer.outcome.code === 'busy' && answer.to === properParent(facts);
    return busy ? stay({ ...free, candidates: [] }, tryLater(options, moment)) : askNext(free, options, moment);
  }
  const { version } = answer.outcome.body as AttachBody;
  const parentAt = facts.map === null ? 0 : slotOf(facts.map, answer.to);
  if (parentAt === 0 || parentAt >= facts.slot) return askNext(free, options, moment);
  const old = facts.edge?.parent;
  const next = { ...free, candidates: [], edge: { parent: answer.to, version } };
  const detach: Effect[] =
    old === undefined || old === answer.to
      ? []
      : [{ effect: 'tell', to: old, tree: options.tree, kind: 'tree.detach', body: null }];
  return chain(
    stay(next, ...detach),
    (now) => announceEdges(facts, now, options),
    (now) => (isAttached(now) ? signal(now, 'tree.attached') : stay(now, tryLater(options, moment))),
    (now) => (answer.to === properParent(now) ? stay(now) : stay(now, goHomeLater(options, moment))),
  );
}

/** A soft edge is kept only until the parent that the slots name can be reached. */
function goHomeLater(options: TreeOptions, moment: Moment): Effect {
  return {
    effect: 'timer',
    name: 'tree.goHome',
    afterMs: Math.round(options.timing.retryMaxMs * (0.5 + moment.random())),
  };
}

/** Asks the proper parent for an edge while the soft one goes on serving. */
export function goHome(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  const home = properParent(facts);
  if (home === null || facts.edge === null || facts.edge.parent === home || facts.asking !== null) return stay(facts);
  if (facts.down[home] === true) return stay(facts, goHomeLater(options, moment));
  return askNext({ ...facts, candidates: [home] }, options, moment);
}

/**
 * A cell asks for an edge. It gets one under the higher of the two versions, only in a higher slot than ours, and only
 * if our own edge carries that version already: so versions never fall on the way up and no cycle can form.
 */
export function takeAttach(facts: TreeFacts, from: NodeId, body: AttachBody, options: TreeOptions): TreeStep {
  const { map } = facts;
  const busy: Effect = { effect: 'refuse', code: 'busy', retryAfterMs: options.timing.retryMinMs };
  if (map === null || facts.slot === 0 || body.version > map.version) return stay(facts, busy);
  if (slotOf(map, from) <= facts.slot)
    return stay(facts, { effect: 'refuse', code: 'not-below', detail: 'your slot is not above mine' });
  if (!isLowestLive(facts) && (facts.edge?.version ?? 0) < map.version) return stay(facts, busy);
  const known = facts.children[from] !== undefined;
  if (!known && Object.keys(facts.children).length >= map.fanout + LIMITS.adoptionExtra)
    return stay(facts, { effect: 'refuse', code: 'full' });
  const next = { ...facts, children: { ...facts.children, [from]: { version: map.version } } };
  return chain(stay(next, { effect: 'reply', body: { slot: facts.slot, version: map.version } }), (now) =>
    announceEdges(facts, now, options),
  );
}

export function takeDetach(facts: TreeFacts, from: NodeId, options: TreeOptions): TreeStep {
  const { [from]: gone, ...children } = facts.children;
  return gone === undefined ? stay(facts) : announceEdges(facts, { ...facts, children }, options);
}

/** An opinion about a peer: a silent parent makes an orphan, a silent child is no longer forwarded to. */
export function takeOpinion(
  facts: TreeFacts,
  node: NodeId,
  live: boolean,
  options: TreeOptions,
  moment: Moment,
): TreeStep {
  const { [node]: _, ...others } = facts.down;
  const down: TreeFacts['down'] = live ? others : { ...others, [node]: true };
  const next = { ...facts, down };
  if (live) return chain(goHome(next, options, moment), (now) => settle(now, options, moment));
  if (facts.edge?.parent === node) {
    const orphan = { ...next, edge: null };
    return chain(announceEdges(facts, orphan, options), (now) =>
      isLowestLive(now) ? stay(now) : signal(now, 'tree.parentLost'),
    );
  }
  return stay(next);
}

/** Tells the other organs of the node where entries and broadcasts are handed on to. */
function announceEdges(before: TreeFacts, after: TreeFacts, options: TreeOptions): TreeStep {
  const children = Object.keys(after.children);
  const parent = after.edge?.parent ?? null;
  const same = parent === (before.edge?.parent ?? null) && children.join() === Object.keys(before.children).join();
  return same
    ? stay(after)
    : stay(after, { effect: 'emit', kind: 'tree.edges', body: { tree: options.tree, parent, children } });
}
