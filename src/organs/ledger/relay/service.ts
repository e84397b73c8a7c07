import { Fault, isFault } from '../../../contract/errors.ts';
import type { LedgerList, LedgerOffice, LedgerPage, LedgerService, OrderOutcome } from '../../../contract/ledger.ts';
import { LIMITS } from '../../../contract/limits.ts';
import type { CallOptions } from '../../../contract/services.ts';
import type { Json, JsonObject } from '../../../contract/words.ts';
import type { Committee } from '../committee.ts';
import { isShellId } from '../names.ts';
import { nodesOf } from '../office/standing.ts';
import { isOrder, type Order, type Signed } from '../order.ts';
import { readInput } from '../read-input.ts';
import type { DecidedRow } from '../records.ts';
import { honestOf } from '../rules.ts';
import type { Said, Wish } from '../statement.ts';
import type { RelayContext, Seats } from './context.ts';
import type { Ending } from './errand.ts';
import { readShell } from './reading.ts';
import { pursue } from './submitting.ts';
import { unlockSlot } from './unlocking.ts';

/** The ledger, whatever node it is asked of. */
export function createLedgerService(context: RelayContext): LedgerService {
  const office = async (): Promise<LedgerOffice> =>
    (await context.own('ledger.office', null)) as unknown as LedgerOffice;
  const seats = async (): Promise<Seats> => {
    const { committee } = await office();
    return { committee: committee as unknown as Committee, nodes: nodesOf(committee as unknown as Committee) };
  };
  return {
    office,
    submit: async (signed, options = {}) => submit(context, await seats(), orderIn(signed), options),
    unlock: async (request, options = {}) => {
      const input = readInput({ ...(request as JsonObject), kind: 'unlock' });
      if (input?.kind !== 'unlock') throw new Fault('malformed', 'the body is no unlock of a slot');
      return unlockSlot(context, await seats(), input, options);
    },
    read: async (shell, options = {}) => readShell(context, seats, shellIn(shell), options),
    history: async (shell, after = 0) => history(context, shellIn(shell), after),
    proof: async (value) => (await context.own('ledger.proof', { value })) as JsonObject,
    list: (what, options) => list(context, what, options),
    change: async (drop, options = {}) => {
      await change(context, await seats(), drop, options);
      return office();
    },
  };
}

function orderIn(signed: Json): Signed<Order> {
  const input = readInput({ kind: 'order', signed });
  if (input?.kind !== 'order' || !isOrder(input.signed.body))
    throw new Fault('malformed', 'the body is no signed order');
  return input.signed as Signed<Order>;
}

function shellIn(text: string): string {
  if (!isShellId(text)) throw new Fault('malformed', 'a shell is an asset and a holder with a dot between them');
  return text;
}

async function submit(
  context: RelayContext,
  seats: Seats,
  signed: Signed<Order>,
  options: CallOptions,
): Promise<OrderOutcome> {
  return outcomeOf(await pursue(context, seats, signed, options));
}

function outcomeOf(ending: Ending): OrderOutcome {
  if (ending.end !== 'settled') return { outcome: ending.end, refusal: ending.refusal };
  const { evidence } = ending.decided as DecidedRow & { readonly evidence: { readonly by: 'settlement' } };
  return { outcome: 'settled', value: evidence.settlement.value, evidence: evidence as unknown as Json };
}

async function history(
  { post, self }: RelayContext,
  shell: string,
  sequence: number,
): Promise<{ readonly own: readonly string[]; readonly incoming: readonly string[] }> {
  const reply = await post.send(self, { kind: 'history', shell, sequence });
  if (reply?.answer !== 'shown') throw new Fault('no-committee');
  return reply.body as unknown as { own: string[]; incoming: string[] };
}

const PREFIXES: { readonly [L in LedgerList]: string } = {
  assets: 'asset/',
  shells: 'shell/',
  pendings: 'pending/',
  outcomes: 'decided/',
};

async function list(
  { own }: RelayContext,
  what: LedgerList,
  { after, limit = LIMITS.ledgerPageMax }: { readonly after?: string; readonly limit?: number },
): Promise<LedgerPage> {
  const body = { prefix: PREFIXES[what], limit, ...(after === undefined ? {} : { after }) };
  const { rows } = (await own('ledger.look', body)) as unknown as { readonly rows: readonly [string, Json][] };
  const next = rows.length < limit ? null : (rows.at(-1)?.[0] ?? null);
  return { rows: rows.map(([key, value]) => ({ key, value })), next };
}

/** The operator of this node wishes so, and f others must: they do where they see the same, or their operators say it too. */
async function change(
  { ask, own, post, self, clock }: RelayContext,
  { committee, nodes }: Seats,
  drop: readonly number[],
  { deadlineMs = LIMITS.ledgerOrderMs }: CallOptions,
): Promise<void> {
  const wishes = await Promise.all(
    nodes.map(async (node): Promise<Said<Wish>[]> => {
      try {
        const asked = node === self ? own('ledger.wish', { drop }) : ask(node, 'ledger.wish', { drop });
        return [((await asked) as unknown as { readonly said: Said<Wish> }).said];
      } catch (error) {
        if (!isFault(error)) throw error;
        return [];
      }
    }),
  );
  const said = wishes.flat();
  if (said.length < honestOf(committee.f)) {
    throw new Fault(
      'conflict',
      `${said.length} of the ${honestOf(committee.f)} members that it takes would have it so`,
    );
  }
  for (const node of nodes) void post.send(node, { kind: 'change', request: { drop, wishes: said } });
  await until(
    async () => {
      const { committee: now } = (await own('ledger.office', null)) as unknown as LedgerOffice;
      return now.number > committee.number;
    },
    { clock, deadlineMs },
  );
}

async function until(
  holds: () => Promise<boolean>,
  { clock, deadlineMs }: { readonly clock: RelayContext['clock']; readonly deadlineMs: number },
): Promise<void> {
  const giveUpAt = clock.monotonic() + deadlineMs;
  while (!(await holds())) {
    if (clock.monotonic() >= giveUpAt) throw new Fault('deadline', 'the committee has not changed yet');
    await new Promise<void>((resolve) => clock.schedule(LIMITS.ledgerRetryMs, resolve));
  }
}
