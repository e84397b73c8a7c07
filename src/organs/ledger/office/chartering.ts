import { isFault } from '../../../contract/errors.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { Effect, EffectScope, Input, Moment } from '../../../contract/organ.ts';
import type { Json, NodeId } from '../../../contract/words.ts';
import { type Genesis, genesisClaim, isGenesis, type SignedGenesis } from '../committee.ts';
import { readGenesis } from '../read-input.ts';
import { beginLedger, openingRows } from '../validator.ts';
import type { OfficeContext, OfficeStep } from './context.ts';
import { GENESIS_KEY, isOpen, type OfficeFacts } from './facts.ts';
import { standingSignals } from './standing.ts';
import { kept } from './taking.ts';

/**
 * How the first committee comes to be. The cell that holds the organism's key names it once the tree has 3f + 1 live cells
 * and has stayed the same for a while: the lowest live slots are validators, those behind them spares. The genesis is a
 * register, so that there is one; and it is signed by the organism's key, so that nobody need trust the register.
 */

/** The register of the ledger's tree that names the first committee. */
export const GENESIS_REGISTER = 'genesis';

const SEEK: Effect = { effect: 'run', name: 'seek', params: null };

/** Something of the organism has changed: maybe there is a genesis now, or enough cells for one. */
export function awaitGenesis(facts: OfficeFacts, before: OfficeFacts, context: OfficeContext): OfficeStep {
  if (isOpen(facts)) return { facts };
  const isSame = facts.cells === before.cells && facts.down === before.down;
  return { facts, effects: isSame ? [SEEK] : [SEEK, ...charterTimer(facts, context)] };
}

function charterTimer(facts: OfficeFacts, { f, operator }: OfficeContext): Effect[] {
  if (operator === undefined || liveCells(facts).length < 3 * f + 1) return [];
  return [{ effect: 'timer', name: 'ledger.charter', afterMs: LIMITS.ledgerSettleMs }];
}

function liveCells({ cells, down }: OfficeFacts): NodeId[] {
  return cells.filter((node) => !down.has(node));
}

/** The cells have stayed the same for long enough. */
export function charter(facts: OfficeFacts, { f, operator }: OfficeContext): OfficeStep {
  const nodes = liveCells(facts);
  if (isOpen(facts) || operator === undefined || nodes.length < 3 * f + 1) return { facts };
  return { facts, effects: [{ effect: 'run', name: 'charter', params: { nodes } }] };
}

/** Looks for the genesis in the registers, and tells the organ. */
export function seekGenesis({ registers }: OfficeContext, { tell }: Pick<EffectScope, 'tell'>): void {
  const [found] = registers.list({ prefix: GENESIS_REGISTER, limit: 1 });
  if (found?.key === GENESIS_REGISTER) tell({ kind: 'ledger.found', body: found.value });
}

/** Names the first committee, unless somebody has. */
export async function nameCommittee(
  context: OfficeContext,
  nodes: readonly NodeId[],
  { ports, signal, tell }: EffectScope,
): Promise<void> {
  const value = genesisFor(context, nodes) as unknown as Json;
  if (value === undefined) return;
  try {
    await context.registers.set([{ key: GENESIS_REGISTER, expected: 0, value }], { signal });
  } catch (error) {
    // There is one already, or no leader to write it: then it is tried again at the next change of the cells.
    if (!isFault(error)) throw error;
    ports.log.info('ledger.not-chartered', { code: error.code });
    tell({ kind: 'ledger.uncharted', body: null });
  }
  seekGenesis(context, { tell });
}

/** Undefined where a key is not known (yet). */
export function genesisFor(context: OfficeContext, nodes: readonly NodeId[]): SignedGenesis | undefined {
  const { f, operator, organism, tree } = context;
  const keys = nodes.slice(0, LIMITS.ledgerGenesisKeysMax).map((node) => context.spkiOf(node));
  if (operator === undefined || !keys.every((key) => key !== undefined)) return undefined;
  const seats = 3 * f + 1;
  const body: Genesis = {
    v: 1,
    kind: 'genesis',
    organism,
    operator: operator.signer.spki,
    nonce: operator.nonce,
    tree,
    f,
    keys: keys.slice(0, seats),
    spares: keys.slice(seats),
  };
  return { body, signature: operator.signer.sign('ledger-genesis', genesisClaim(body)) };
}

/** A genesis, whoever shows it: it is believed for its signature. */
export function takeGenesis(
  facts: OfficeFacts,
  { body }: Input<Json>,
  context: OfficeContext,
  moment: Moment,
): OfficeStep {
  const genesis = readGenesis(body);
  if (isOpen(facts) || genesis === undefined || !isOurs(genesis, context)) return { facts };
  const rows = [{ key: GENESIS_KEY, value: genesis as unknown as Json }, ...openingRows(genesis)];
  const turn = facts.turn + 1;
  facts.book.take(rows, turn);
  const identity = { genesis, key: context.ports.signer.spki, learner: true, verify: context.verify };
  const after = { ...facts, turn, ledger: beginLedger(identity, facts.book) };
  return {
    facts: after,
    writes: facts.book.writesOf(rows),
    effects: [...kept(after, rows), { effect: 'untimer', name: 'ledger.charter' }],
    signals: standingSignals(after, context, moment.mode),
  };
}

function isOurs(genesis: SignedGenesis, { organism, tree, verify }: OfficeContext): boolean {
  return genesis.body.organism === organism && genesis.body.tree === tree && isGenesis(genesis, verify);
}
