import { organismIdOf, treeIdOf } from '../../contract/encoding.ts';
import type { Entry, Founding, LogRecord, Move, Promotion } from '../../contract/entries.ts';
import { inOrder, UNORDERED } from '../../contract/ordering.ts';
import type { Write } from '../../contract/ports.ts';
import type { RegisterWrite } from '../../contract/services.ts';
import type { Json, Member, NodeId, Occupant, TreeId, TreeMap, View } from '../../contract/words.ts';

/** What one record makes of a view. Registers are writes: they live in the store, not in the view. */
export interface Applied {
  readonly view: View;
  readonly writes: readonly Write[];
}

export function registerKey(tree: TreeId, key: string): string {
  return `${tree}/${key}`;
}

/**
 * Applying is idempotent and judges nothing. A record that does not follow the view is a defect of the caller, who must
 * also have made sure that the entry is one (`isEntry`), and looks at what it led to (`isWhole`).
 */
export function applyRecord(view: View | null, record: LogRecord): Applied {
  const { generation, epoch, index, hash, entry } = record;
  if (view === null) {
    if (entry.type !== 'FOUND') throw new Error(`a log starts with FOUND, not ${entry.type}`);
    return { view: { ...found(entry, index), generation, epoch, version: index, hash }, writes: [] };
  }
  if (index <= view.version) return { view, writes: [] };
  if (index !== view.version + 1) throw new Error(`record ${index} does not follow version ${view.version}`);
  const next = { ...view, generation, epoch, version: index, hash };
  if (entry.type === 'SET')
    return { view: next, writes: entry.writes.map((write) => setRegister(entry.tree, write, index)) };
  return { view: { ...next, ...changed(view, entry, record) }, writes: [] };
}

function found(entry: Founding, version: number): Omit<View, 'generation' | 'epoch' | 'version' | 'hash'> {
  const organism = organismIdOf(entry.operator, entry.nonce);
  const trees: Record<TreeId, TreeMap> = {};
  for (const { genome, fanout, weight, seed } of entry.genomes) {
    const tree = treeIdOf(organism, genome);
    trees[tree] = { tree, genome, fanout, version, slots: [{ node: entry.founder.node, weight, seed }] };
  }
  return {
    organism,
    voters: [entry.founder.node],
    leader: entry.founder.node,
    members: { [entry.founder.node]: entry.founder },
    invitations: {},
    trees,
    genomes: entry.genomes.map(({ genome }) => genome),
    config: entry.config,
  };
}

function changed(
  view: View,
  entry: Exclude<Entry, { type: 'SET' }>,
  { index, at }: Pick<LogRecord, 'index' | 'at'>,
): Partial<View> {
  switch (entry.type) {
    case 'FOUND':
      return {};
    case 'PROMOTE':
      return promote(view, entry, index);
    case 'LEAD':
      return { leader: entry.leader };
    case 'INVITE':
      return { invitations: { ...unexpired(view.invitations, at), [entry.invitation.id]: entry.invitation } };
    case 'JOIN':
      return join(view, entry.joins, index);
    case 'REPLACE':
      return { trees: replace(view.trees, entry.moves, index), members: rosterWithout(view.members, entry) };
    case 'RETURN':
      return { members: { ...view.members, [entry.member.node]: entry.member } };
    case 'VOTERS':
      return { voters: entry.voters, leaving: entry.leaving ?? [] };
    case 'CONFIG':
      return { config: { ...view.config, [entry.key]: entry.value } };
    case 'ORDER':
      return { ordered: ordered(view, entry) };
  }
}

function ordered({ ordered = {} }: View, { tree, hashes }: Extract<Entry, { type: 'ORDER' }>): View['ordered'] & {} {
  return { ...ordered, [tree]: inOrder(ordered[tree] ?? UNORDERED, hashes) };
}

/** The leader's clock travels with the record, so that every node forgets the same ones. */
export function unexpired(invitations: View['invitations'], at: number): View['invitations'] {
  return Object.fromEntries(Object.entries(invitations).filter(([, { expiresAt }]) => expiresAt > at));
}

function join(view: View, joins: Extract<Entry, { type: 'JOIN' }>['joins'], version: number): Partial<View> {
  const members = { ...view.members };
  const invitations = { ...view.invitations };
  const slots = new Map<TreeId, Occupant[]>();
  for (const { member, places, invitation } of joins) {
    members[member.node] = member;
    const used = invitation === null ? undefined : invitations[invitation];
    if (used !== undefined) spend(invitations, used.id, used.usesLeft - 1);
    for (const { tree, slot, weight, seed } of places) {
      const occupants = slots.get(tree) ?? [...(view.trees[tree]?.slots ?? [])];
      occupants[slot - 1] = { node: member.node, weight, seed };
      slots.set(tree, occupants);
    }
  }
  const trees = { ...view.trees };
  for (const [tree, occupants] of slots) {
    const map = trees[tree];
    if (map !== undefined) trees[tree] = { ...map, version, slots: occupants };
  }
  return { members, invitations, trees };
}

function spend(invitations: Record<string, View['invitations'][string]>, id: string, usesLeft: number): void {
  const invitation = invitations[id];
  if (invitation === undefined) return;
  if (usesLeft > 0) invitations[id] = { ...invitation, usesLeft };
  else delete invitations[id];
}

/** The slots of those who are kept: a hole is filled by the highest of them, as where somebody is replaced. */
function promote({ trees, lineage = [] }: View, { by, keeps, generation }: Promotion, version: number): Partial<View> {
  const kept = new Set(keeps);
  const next = Object.values(trees).map((map): [TreeId, TreeMap] => {
    const slots = closed(map.slots, kept);
    return [map.tree, { ...map, version, slots }];
  });
  return {
    trees: Object.fromEntries(next),
    voters: [by],
    leaving: [],
    leader: by,
    lineage: [...lineage, { generation, version }],
  };
}

function closed(slots: readonly Occupant[], kept: ReadonlySet<NodeId>): Occupant[] {
  const count = slots.filter(({ node }) => kept.has(node)).length;
  const movers = slots.slice(count).filter(({ node }) => kept.has(node));
  return slots.slice(0, count).flatMap((occupant) => (kept.has(occupant.node) ? occupant : (movers.pop() ?? [])));
}

/** Moves are ascending by slot; a move to nobody closes the slot, which is then at the end. */
function replace(trees: View['trees'], moves: readonly Move[], version: number): View['trees'] {
  const next: Record<TreeId, TreeMap> = { ...trees };
  for (const tree of new Set(moves.map((move) => move.tree))) {
    const map = next[tree];
    if (map !== undefined)
      next[tree] = {
        ...map,
        version,
        slots: moved(
          map,
          moves.filter((move) => move.tree === tree),
        ),
      };
  }
  return next;
}

function moved(map: TreeMap, moves: readonly Move[]): Occupant[] {
  const occupants = new Map(map.slots.map((occupant) => [occupant.node, occupant]));
  const slots: (Occupant | null)[] = [...map.slots];
  for (const { slot, to } of moves) slots[slot - 1] = (to === null ? undefined : occupants.get(to)) ?? null;
  return slots.filter((occupant) => occupant !== null);
}

/**
 * Who is found dead stays a member and may come back by itself. Who left by its own wish is one no more, and needs an
 * invitation to come back; whose key was revoked is kept, so that it can be told from a stranger.
 */
function rosterWithout(members: View['members'], entry: Extract<Entry, { type: 'REPLACE' }>): View['members'] {
  if (entry.reason === 'dead' || entry.reason === 'failed') return members;
  const next: Record<string, Member> = { ...members };
  for (const node of entry.nodes) {
    const member = next[node];
    if (entry.reason === 'left') delete next[node];
    else if (member !== undefined) next[node] = { ...member, revoked: true };
  }
  return next;
}

function setRegister(tree: TreeId, write: RegisterWrite, version: number): Write {
  const key = registerKey(tree, write.key);
  if (write.value === null) return { table: 'registers', key, remove: true };
  return { table: 'registers', key, value: { value: write.value, version } satisfies { value: Json; version: number } };
}
