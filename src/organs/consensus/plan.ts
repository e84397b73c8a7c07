import { base64url, canonical, fromBase64url, nodeIdOf, utf8 } from '../../contract/encoding.ts';
import type { Command, Entry, Move, Place } from '../../contract/entries.ts';
import type { FaultCode } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import { slotOf, treesOf } from '../../contract/slots.ts';
import { revocationClaim } from '../../contract/warrants.ts';
import type { JoinRequest } from '../../contract/wire.ts';
import type { Invitation, Json, Member, NodeId, Occupant, TreeId, TreeMap, View } from '../../contract/words.ts';
import { unexpired } from './apply.ts';
import { isPlaced } from './facts.ts';
import { invitationClaim, type Verify } from './records.ts';
import { isRegisterKey } from './soundness.ts';

/** What the leader makes of a command: an entry, the fact that it holds already, or a refusal. */
export type Plan =
  | { readonly plan: 'append'; readonly entry: Entry }
  | { readonly plan: 'done' }
  | { readonly plan: 'refuse'; readonly code: FaultCode; readonly detail: string };

export interface Judge {
  readonly now: number;
  readonly verify: Verify;
  /** The organism's key. */
  readonly operator: string | undefined;
  randomBytes(length: number): Uint8Array;
  /** The version of a register as of the last appended entry; 0 where there is none. */
  versionOf(tree: string, key: string): number;
  /** The leader's belief, for choosing who moves into a hole. */
  alive(node: NodeId): boolean;
}

const refuse = (code: FaultCode, detail: string): Plan => ({ plan: 'refuse', code, detail });
const append = (entry: Entry): Plan => ({ plan: 'append', entry });

/** What newcomers judged before in the same entry take: the places, the uses of invitations, the room in the roster. */
export interface Draft {
  readonly slots: Map<TreeId, number>;
  readonly uses: Map<string, number>;
  newcomers: number;
}

const NO_DRAFT: Draft = { slots: new Map(), uses: new Map(), newcomers: 0 };

/** `from` is the peer that asked, undefined for this node itself. */
export function planCommand(view: View, command: Command, from: NodeId | undefined, judge: Judge): Plan {
  switch (command.type) {
    case 'join':
      return planJoin(view, command.request, from, judge);
    case 'return':
      if (from !== undefined && from !== command.member.node)
        return refuse('refused', 'a node returns for itself only');
      return planReturn(view, command, judge);
    case 'leave':
      if (from !== undefined && from !== command.node) return refuse('refused', 'a node leaves for itself only');
      if (command.trees !== undefined) return planGivingUp(view, command.node, command.trees, judge);
      return planReplace(view, [command.node], 'left', judge);
    case 'revoke':
      return planRevoke(view, command, judge);
    case 'invite':
      return planInvite(view, command.invitation, judge);
    case 'set':
      return planSet(view, command, judge);
    case 'config':
      return planConfig(view, command.key, command.value);
    case 'order':
      return planOrder(view, command);
  }
}

/** `draft` is what the entry that this newcomer may become a part of gives to others. */
export function planJoin(
  view: View,
  request: JoinRequest,
  from: NodeId | undefined,
  judge: Judge,
  draft: Draft = NO_DRAFT,
): Plan {
  if (!belongs(request.spki, request.node)) return refuse('refused', 'the key does not belong to the node id');
  if (!hasTreeFor(view, request.genomes)) return refuse('refused', 'the organism has no tree of these genomes');
  const member = memberOf(request);
  const places = placesFor(view, request.node, request.genomes, request.weight, judge, draft);
  const known = view.members[request.node];
  if (known !== undefined) return planKnown(known, member, places, from === undefined || from === request.node);
  const invitation = validInvitation(view, request, judge, draft);
  if (typeof invitation === 'string') return refuse('refused', invitation);
  if (Object.keys(view.members).length + draft.newcomers >= LIMITS.nodesMax)
    return refuse('refused', `the organism has ${LIMITS.nodesMax} members`);
  return append({ type: 'JOIN', joins: [{ member, places, invitation: invitation.id }] });
}

/**
 * Who is in the roster needs no invitation, and nobody else can say where it is: a request that was handed on changes
 * nothing, the node finds itself in the log and returns by itself.
 */
function planKnown(known: Member, member: Member, places: readonly Place[], itself: boolean): Plan {
  if (known.revoked) return refuse('refused', 'the key is revoked');
  if (known.incarnation > member.incarnation) return superseded(known);
  if (!itself || (places.length === 0 && canonical(known) === canonical(member))) return { plan: 'done' };
  return append({ type: 'JOIN', joins: [{ member, places, invitation: null }] });
}

function superseded({ incarnation }: Member): Plan {
  return refuse('superseded', `incarnation ${incarnation} of this key is known`);
}

function belongs(spki: string, node: NodeId): boolean {
  const bytes = fromBase64url(spki);
  return bytes !== undefined && nodeIdOf(bytes) === node;
}

function hasTreeFor(view: View, genomes: readonly string[]): boolean {
  return view.genomes.some((genome) => genomes.includes(genome));
}

function planInvite(view: View, invitation: Invitation, judge: Judge): Plan {
  if (!belongs(invitation.spki, invitation.id)) return refuse('malformed', 'an invitation is named by its key');
  if (invitation.expiresAt <= judge.now) return refuse('malformed', 'the invitation has expired already');
  if (view.invitations[invitation.id] !== undefined) return { plan: 'done' };
  if (Object.keys(unexpired(view.invitations, judge.now)).length >= LIMITS.invitationsMax)
    return refuse('busy', `${LIMITS.invitationsMax} invitations are open`);
  return append({ type: 'INVITE', invitation });
}

function planConfig(view: View, key: string, value: Json): Plan {
  if (!Object.hasOwn(view.config, key) && Object.keys(view.config).length >= LIMITS.configKeysMax)
    return refuse('too-large', `the configuration has ${LIMITS.configKeysMax} keys`);
  if (utf8(canonical(value)).byteLength > LIMITS.registerValueMax)
    return refuse('too-large', `a value of the configuration holds ${LIMITS.registerValueMax} bytes`);
  return append({ type: 'CONFIG', key, value });
}

/** The invitation where it is valid, else the sentence that says why it is not. */
function validInvitation(
  view: View,
  request: JoinRequest,
  judge: Judge,
  draft: Draft,
): View['invitations'][string] | string {
  if (request.invitation === null) return 'an invitation is needed';
  const invitation = view.invitations[request.invitation.id];
  if (invitation === undefined || (draft.uses.get(invitation.id) ?? 0) >= invitation.usesLeft)
    return 'the invitation is unknown or used up';
  if (invitation.expiresAt <= judge.now) return 'the invitation has expired';
  const claim = invitationClaim(view.organism, request.node);
  if (!judge.verify('invitation', claim, request.invitation.signature, invitation.spki))
    return 'the invitation is not signed for this node';
  return invitation;
}

function memberOf(request: JoinRequest): Member {
  const { node, spki, urls, zone, incarnation } = request;
  return { node, spki, urls, zone, incarnation, revoked: false };
}

/** The next free slot of each wanted tree in which the node has none yet. */
function placesFor(
  view: View,
  node: NodeId,
  genomes: readonly string[],
  weight: number,
  judge: Judge,
  draft: Draft = NO_DRAFT,
): Place[] {
  return Object.values(view.trees)
    .filter((map) => genomes.includes(map.genome) && slotOf(map, node) === 0)
    .map(({ tree, slots }) => {
      const slot = slots.length + (draft.slots.get(tree) ?? 0) + 1;
      return { tree, slot, weight, seed: base64url(judge.randomBytes(12)) };
    });
}

function planReturn(view: View, command: Extract<Command, { type: 'return' }>, judge: Judge): Plan {
  const member: Member = { ...command.member, revoked: false };
  const known = view.members[member.node];
  if (known === undefined) return refuse('refused', 'the node is not a member');
  if (known.spki !== member.spki) return refuse('refused', "the key is not the member's");
  if (!hasTreeFor(view, command.genomes)) return refuse('refused', 'the organism has no tree of these genomes');
  const places = placesFor(view, member.node, command.genomes, command.weight, judge);
  const plan = planKnown(known, member, places, true);
  return plan.plan === 'append' && places.length === 0 ? append({ type: 'RETURN', member }) : plan;
}

/**
 * Takes nodes out of every tree. The holes are filled, ascending, by the occupants of the highest slots that are alive:
 * the last to have joined, which in a complete tree are leaves.
 */
export function planReplace(
  view: View,
  nodes: readonly NodeId[],
  reason: 'left' | 'dead' | 'revoked',
  judge: Pick<Judge, 'alive'>,
): Plan {
  // Who only left its slots before is still to be taken from the roster when it leaves for good.
  const counts = (node: NodeId): boolean =>
    isPlaced(view, node) || (reason !== 'dead' && view.members[node]?.revoked === false);
  const gone = [...new Set(nodes)].filter(counts).sort();
  if (gone.length === 0) return { plan: 'done' };
  const affected = new Map(gone.flatMap((node) => treesOf(view, node)).map(({ map }) => [map.tree, map]));
  const moves = [...affected.values()]
    .sort((a, b) => (a.tree < b.tree ? -1 : 1))
    .flatMap((map) => movesIn(map, new Set(gone), judge));
  return append({ type: 'REPLACE', nodes: gone, reason, moves });
}

/** The operator bars a key for good; whoever shows the organism's signature may ask for it. */
function planRevoke(view: View, { node, warrant }: Extract<Command, { type: 'revoke' }>, judge: Judge): Plan {
  const claim = revocationClaim(view.organism, node);
  if (judge.operator === undefined || !judge.verify('organism-key', claim, warrant, judge.operator))
    return refuse('refused', "it is not signed with the organism's key");
  if (view.members[node] === undefined) return refuse('not-found', 'there is no such member');
  return planReplace(view, [node], 'revoked', judge);
}

/** Cells that can't go on: their node stays a member, with the slots of its other cells. */
function planGivingUp(view: View, node: NodeId, trees: readonly TreeId[], judge: Pick<Judge, 'alive'>): Plan {
  const maps = treesOf(view, node).filter(({ map }) => trees.includes(map.tree));
  // A tree keeps its last cell, such as it is: without any, nobody would know that there is something to look for.
  const moves = maps.flatMap(({ map }) => (map.slots.length > 1 ? movesIn(map, new Set([node]), judge) : []));
  return moves.length === 0 ? { plan: 'done' } : append({ type: 'REPLACE', nodes: [node], reason: 'failed', moves });
}

function movesIn(map: TreeMap, gone: ReadonlySet<NodeId>, judge: Pick<Judge, 'alive'>): Move[] {
  const before = map.slots.map((occupant) => occupant.node);
  const after = compacted(map.slots, gone, judge);
  const moves: Move[] = [];
  for (const [index, from] of before.entries()) {
    const to = after[index] ?? null;
    if (to !== from) moves.push({ tree: map.tree, slot: index + 1, from, to });
  }
  return moves;
}

/** Who sits where when `gone` are taken out: everybody stays but those who fill a hole. */
function compacted(slots: readonly Occupant[], gone: ReadonlySet<NodeId>, judge: Pick<Judge, 'alive'>): NodeId[] {
  const nodes: (NodeId | null)[] = slots.map(({ node }) => (gone.has(node) ? null : node));
  const count = nodes.filter((node) => node !== null).length;
  const tail = nodes.slice(count).filter((node) => node !== null);
  // The cells past the new end must move whatever they are; those held alive go to the lowest holes, highest slot first.
  const movers = [
    ...tail.filter((node) => judge.alive(node)).reverse(),
    ...tail.filter((node) => !judge.alive(node)).reverse(),
  ];
  return nodes.slice(0, count).map((node) => node ?? (movers.shift() as NodeId));
}

function planOrder(view: View, { tree, hashes }: Extract<Command, { type: 'order' }>): Plan {
  if (view.trees[tree] === undefined) return refuse('not-found', 'there is no such tree');
  if (hashes.length === 0 || hashes.length > LIMITS.orderBatchMax)
    return refuse('malformed', `an ORDER places 1-${LIMITS.orderBatchMax} messages`);
  return append({ type: 'ORDER', tree, hashes });
}

function planSet(view: View, command: Extract<Command, { type: 'set' }>, judge: Judge): Plan {
  const { tree, writes } = command;
  if (view.trees[tree] === undefined) return refuse('not-found', 'there is no such tree');
  if (writes.length === 0 || writes.length > LIMITS.registerWritesMax)
    return refuse('malformed', `a SET changes 1-${LIMITS.registerWritesMax} registers`);
  if (new Set(writes.map((write) => write.key)).size !== writes.length)
    return refuse('malformed', 'a SET names a register once');
  for (const { key, expected, value } of writes) {
    if (!isRegisterKey(key))
      return refuse('too-large', `a register's key has 1-${LIMITS.registerKeyMax} bytes of well-formed UTF-8`);
    if (utf8(canonical(value)).byteLength > LIMITS.registerValueMax)
      return refuse('too-large', `a register holds ${LIMITS.registerValueMax} bytes`);
    const version = judge.versionOf(tree, key);
    if (version !== expected) return refuse('conflict', `register ${key} is at version ${version}, not ${expected}`);
  }
  return append({ type: 'SET', tree, writes });
}
