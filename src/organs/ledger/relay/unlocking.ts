import { Fault } from '../../../contract/errors.ts';
import type { SlotOutcome } from '../../../contract/ledger.ts';
import { LIMITS } from '../../../contract/limits.ts';
import { pause } from '../../../contract/pause.ts';
import type { CallOptions } from '../../../contract/services.ts';
import { digestOf } from '../order.ts';
import type { Refusal } from '../refusals.ts';
import type { LedgerInput } from '../validator.ts';
import type { RelayContext, Seats } from './context.ts';

type UnlockInput = LedgerInput & { readonly kind: 'unlock' };

/**
 * Has a slot decided by ballots: asks all validators, and again until one of them shows what the slot was decided to be. What
 * they show is taken for true once this node's own cell has accepted it.
 *
 * @throws Fault `deadline`, `cancelled`; `order-refused` where f + 1 refuse
 */
export async function unlockSlot(
  context: RelayContext,
  { committee, nodes }: Seats,
  input: UnlockInput,
  { signal, deadlineMs = LIMITS.ledgerOrderMs }: CallOptions = {},
): Promise<SlotOutcome> {
  const { clock, post, self } = context;
  const giveUpAt = clock.monotonic() + deadlineMs;
  for (let tries = 0; clock.monotonic() < giveUpAt; tries++) {
    const refusals: Refusal[] = [];
    const replies = await Promise.all(nodes.map((node) => post.send(node, input)));
    for (const reply of replies) {
      if (reply?.answer === 'refused') refusals.push(reply.refusal);
      if (reply?.answer !== 'decided') continue;
      const { signed, evidence } = reply;
      const taken = await post.send(self, { kind: 'decided', signed, evidence });
      if (taken?.answer === 'noted') return { value: digestOf(signed.body), kind: signed.body.kind };
    }
    const [first] = refusals.filter(({ code }) => !PASSING.has(code));
    if (first !== undefined && refusals.length > committee.f && tries > 3) {
      throw new Fault('order-refused', `the validators refuse to unlock it: ${first.code}`);
    }
    await pause(clock, Math.min(LIMITS.ledgerRetryMs * 2 ** Math.min(tries, 3), LIMITS.ledgerRetryMaxMs), signal);
  }
  throw new Fault('deadline', 'the slot is not decided yet; ask again');
}

const PASSING: ReadonlySet<string> = new Set(['gap', 'busy', 'handing_over', 'not_in_office']);
