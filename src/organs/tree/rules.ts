import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS, type Timing } from '../../contract/limits.ts';
import type { Answer, Effect, Moment, Signal } from '../../contract/organ.ts';
import { slotOf } from '../../contract/slots.ts';
import { chain } from '../../contract/step.ts';
import type { NodeId, TreeId } from '../../contract/words.ts';
import {
  attachmentCandidates,
  isAttached,
  isLowestLive,
  isProperChild,
  leastBelonging,
  properParent,
  servedChildren,
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
export function takeView(
  facts: TreeFacts,
  { view, previous }: Pick<NodeEvents['consensus.committed'], 'view' | 'previous'>,
  options: TreeOptions,
  moment: Moment,
): TreeStep {
  const map = view.trees[options.tree];
  if (map === undefined) return stay(facts);
  // A parent that came back in a new life knows nothing of its children.
  const parent = facts.edge?.parent ?? '';
  const isReborn = view.members[parent]?.incarnation !== previous.members[parent]?.incarnation;
  if (map === facts.map && !isReborn) return stay(facts);
  const next = withMap(isReborn ? { ...facts, edge: null } : facts, map);
  if (next.slot === 0) return facts.slot === 0 ? stay(next) : signal(next, 'tree.removed');
  return chain(
    announceEdges(facts, next, options),
    (now) =>
      facts.slot === 0 ? signal(now, 'tree.assigned') : facts.slot !== now.slot ? signal(now, 'tree.moved') : stay(now),
    (now) => attach(now, options, moment),
  );
}

/** Says that the cell is attached, and goes on towards its home; else asks for an edge, unless one is being asked for. */
export function attach(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  if (facts.slot === 0) return stay(facts);
  if (isAttached(facts)) return chain(signal(facts, 'tree.attached'), (now) => headHome(now, options, moment));
  if (facts.asking !== null) return stay(facts);
  return askNext({ ...facts, candidates: attachmentCandidates(facts, moment.random) }, options, moment);
}

function askNext(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  const [to, ...candidates] = facts.candidates;
  if (to === undefined || facts.map === null) {
    const idle = { ...facts, asking: null, candidates: [] };
    return isAttached(idle) ? headHome(idle, options, moment) : stay(idle, tryLater(options, moment));
  }
  return stay(
    { ...facts, asking: to, candidates },
    {
      effect: 'ask',
      to,
      tree: options.tree,
      kind: 'tree.attach',
      body: { slot: facts.slot, version: facts.map.version },
      deadlineMs: options.timing.probeTimeoutMs * 2,
      onAnswer: 'tree.answered',
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
  if (answer.outcome.ok) return takeEdge(free, answer.to, answer.outcome.body as AttachBody, options, moment);
  // The proper parent that is only busy gets some more tries before anybody else is asked.
  const isBusy = answer.outcome.code === 'busy' && answer.to === properParent(facts) && !isAttached(facts);
  if (!isBusy || facts.patience >= LIMITS.parentTriesMax) return askNext(free, options, moment);
  return stay({ ...free, candidates: [], patience: facts.patience + 1 }, tryLater(options, moment));
}

/**
 * Takes the edge over unless things have changed since it was asked for: an edge older than the map would let versions
 * fall on the way up, one to a cell that is no longer below in slot number or no longer heard would not serve.
 */
function takeEdge(
  facts: TreeFacts,
  parent: NodeId,
  { version }: AttachBody,
  options: TreeOptions,
  moment: Moment,
): TreeStep {
  const { map } = facts;
  const parentAt = map === null ? 0 : slotOf(map, parent);
  const isStale = map === null || version < map.version || parentAt === 0 || parentAt >= facts.slot;
  const old = facts.edge?.parent;
  if (isStale || facts.down[parent] === true) return attach({ ...facts, candidates: [] }, options, moment);
  const next = { ...facts, candidates: [], patience: 0, edge: { parent, version } };
  return chain(
    old === undefined || old === parent ? stay(next) : cut(next, old, options),
    (now) => announceEdges(facts, now, options),
    (now) => attach(now, options, moment),
  );
}

/** Tells the other end that there is no edge between the two any more. */
function cut(facts: TreeFacts, to: NodeId, options: TreeOptions): TreeStep {
  return stay(facts, { effect: 'tell', to, tree: options.tree, kind: 'tree.detach', body: null });
}

/** A soft edge is kept only until the parent that the slots name can be reached. */
function headHome(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  if (!isAway(facts)) return stay(facts);
  const afterMs = Math.round(options.timing.retryMaxMs * (0.5 + moment.random()));
  return stay(facts, { effect: 'timer', name: 'tree.goHome', afterMs });
}

function isAway(facts: TreeFacts): boolean {
  return facts.edge !== null && facts.edge.parent !== properParent(facts);
}

/** Asks the proper parent for an edge while the soft one goes on serving. */
export function goHome(facts: TreeFacts, options: TreeOptions, moment: Moment): TreeStep {
  const home = properParent(facts);
  if (home === null || !isAway(facts) || facts.asking !== null) return stay(facts);
  if (facts.down[home] === true) return headHome(facts, options, moment);
  return askNext({ ...facts, candidates: [home] }, options, moment);
}

/**
 * A cell asks for an edge. It gets one under the higher of the two versions, only in a higher slot than ours, and only
 * if our own edge carries that version already: so versions never fall on the way up and no cycle can form. There is
 * always room for who belongs here by its slot.
 */
export function takeAttach(facts: TreeFacts, from: NodeId, body: AttachBody, options: TreeOptions): TreeStep {
  const { map } = facts;
  const busy: Effect = { effect: 'refuse', code: 'busy', retryAfterMs: options.timing.retryMinMs };
  if (map === null || facts.slot === 0 || body.version > map.version) return stay(facts, busy);
  if (slotOf(map, from) <= facts.slot)
    return stay(facts, { effect: 'refuse', code: 'not-below', detail: 'your slot is not above mine' });
  if (!isAttached(facts)) return stay(facts, busy);
  const isFull = Object.keys(facts.children).length >= map.fanout + LIMITS.adoptionExtra;
  if (facts.children[from] !== undefined || !isFull) return takeChild(facts, from, options);
  const guest = isProperChild(facts, from) ? leastBelonging(facts) : undefined;
  if (guest === undefined) return stay(facts, { effect: 'refuse', code: 'full' });
  return chain(cut(without(facts, guest), guest, options), (now) => takeChild(now, from, options, facts));
}

function takeChild(facts: TreeFacts, child: NodeId, options: TreeOptions, before = facts): TreeStep {
  const version = facts.map?.version ?? 0;
  const next = { ...facts, children: { ...facts.children, [child]: { version } } };
  return chain(stay(next, { effect: 'reply', body: { slot: facts.slot, version } }), (now) =>
    announceEdges(before, now, options),
  );
}

function without(facts: TreeFacts, child: NodeId): TreeFacts {
  const { [child]: _, ...children } = facts.children;
  return { ...facts, children };
}

/** The other end cut the edge: a child that has moved, or a parent that needs the room for who belongs there. */
export function takeDetach(facts: TreeFacts, from: NodeId, options: TreeOptions): TreeStep {
  const next = without(facts, from);
  return facts.edge?.parent === from ? loseParent(facts, next, options) : announceEdges(facts, next, options);
}

/** An opinion about a peer: a silent parent makes an orphan, a silent child is not forwarded to for the time being. */
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
  if (!live && facts.edge?.parent === node) return loseParent(facts, next, options);
  return chain(
    announceEdges(facts, next, options),
    (now) => goHome(now, options, moment),
    // Where nobody was there to attach to, now somebody is.
    (now) => (isAttached(facts) && !isAttached(now) ? signal(now, 'tree.parentLost') : attach(now, options, moment)),
  );
}

function loseParent(before: TreeFacts, after: TreeFacts, options: TreeOptions): TreeStep {
  const orphan = { ...after, edge: null };
  return chain(announceEdges(before, orphan, options), (now) =>
    isLowestLive(now) ? stay(now) : signal(now, 'tree.parentLost'),
  );
}

/** Tells the other organs of the node where entries and broadcasts are handed on to. */
function announceEdges(before: TreeFacts, after: TreeFacts, options: TreeOptions): TreeStep {
  const children = servedChildren(after);
  const parent = after.edge?.parent ?? null;
  const same = parent === (before.edge?.parent ?? null) && children.join() === servedChildren(before).join();
  return same
    ? stay(after)
    : stay(after, { effect: 'emit', kind: 'tree.edges', body: { tree: options.tree, parent, children } });
}
