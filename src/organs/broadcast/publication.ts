import type { Effect } from '../../contract/organ.ts';
import type { Json, NodeId, TreeId } from '../../contract/words.ts';
import { type BroadcastFacts, type BroadcastStep, stay, talkOf } from './facts.ts';
import type { PublishedBody, Told } from './messages.ts';

/** A message of this node's own, for as long as its publisher waits. */
export interface Publication {
  readonly tree: TreeId;
  readonly kind: Told['kind'];
  readonly number: number;
  /** Of an ordered message: what the log knows it by, and its place once it has one. */
  readonly hash: string | null;
  readonly place: number | null;
  /** Who takes it to the top of the tree, and will say how many cells have it. */
  readonly via: NodeId | null;
  /** The cells that are known to have it; null while they are counted. */
  readonly confirmed: number | null;
  /** When the publisher is answered with what is known by then, monotonic milliseconds. */
  readonly dueAt: number;
}

/** What became known of a publication; its publisher is answered once it is enough. */
export function progress(
  facts: BroadcastFacts,
  token: string,
  change: Partial<Pick<Publication, 'place' | 'confirmed' | 'via'>>,
): BroadcastStep {
  const before = facts.publications[token];
  if (before === undefined) return stay(facts);
  const publication = { ...before, ...change };
  const isPlaced = publication.hash === null || publication.place !== null;
  if (isPlaced && publication.confirmed !== null) return conclude(facts, token, publication);
  return stay({ ...facts, publications: { ...facts.publications, [token]: publication } });
}

/** The time of a publisher is up: what is known is what it learns. An order without a place is no success. */
export function expirePublications(facts: BroadcastFacts, now: number): BroadcastStep {
  const due = Object.entries(facts.publications).filter(([, { dueAt }]) => dueAt <= now);
  let next = facts;
  const effects: Effect[] = [];
  for (const [token, publication] of due) {
    const lacksPlace = publication.hash !== null && publication.place === null;
    const code = talkOf(next, publication.tree).outgoing.code ?? 'deadline';
    const step = lacksPlace ? abandon(next, token, code) : conclude(next, token, publication);
    next = step.facts;
    effects.push(...(step.effects ?? []));
  }
  return stay(next, ...effects);
}

export function abandon(facts: BroadcastFacts, token: string, code: string): BroadcastStep {
  if (facts.publications[token] === undefined) return stay(facts);
  return stay(without(facts, token), { effect: 'answer', token, outcome: { ok: false, code } });
}

export function findPublication(
  facts: BroadcastFacts,
  fits: (publication: Publication) => boolean,
): string | undefined {
  return Object.keys(facts.publications).find((token) => fits(facts.publications[token] as Publication));
}

/** What the publisher of a message learns. This cell has it, whatever is known of the others. */
export function published(facts: BroadcastFacts, tree: TreeId, number: number, confirmed: number): Json {
  const cells = facts.view?.trees[tree]?.slots.length ?? 0;
  const body: PublishedBody = { number, confirmed: Math.max(confirmed, 1), cells };
  return { ...body };
}

function conclude(facts: BroadcastFacts, token: string, publication: Publication): BroadcastStep {
  const { tree, number, place, confirmed } = publication;
  const body = published(facts, tree, place ?? number, confirmed ?? 1);
  return stay(without(facts, token), { effect: 'answer', token, outcome: { ok: true, body } });
}

function without(facts: BroadcastFacts, token: string): BroadcastFacts {
  const { [token]: _, ...publications } = facts.publications;
  return { ...facts, publications };
}
