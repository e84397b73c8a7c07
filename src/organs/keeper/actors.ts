import { isFault } from '../../contract/errors.ts';
import type { NodeEvents } from '../../contract/events.ts';
import type { EffectScope, Outcome } from '../../contract/organ.ts';
import type { Json } from '../../contract/words.ts';
import type { KeeperContext } from './context.ts';
import type { AskBody, DeliverBody } from './messages.ts';
import type { Performing } from './performing.ts';
import type { Sweeping } from './sweeping.ts';
import { takeCommitted, takeTold } from './watching.ts';

export interface KeeperEffects {
  readonly [name: string]: (params: never, scope: EffectScope) => void | Promise<void>;
}

/** What the organ can't decide but has to have done. Results come back to its mailbox. */
export function keeperEffects(context: KeeperContext, performing: Performing, sweeping: Sweeping): KeeperEffects {
  const sweep = ({ tell }: EffectScope): void =>
    tell({ kind: 'keeper.swept', body: { nextAt: sweeping.sweep() ?? null } });
  return {
    load: async (_params: null, { signal, tell }: EffectScope) => {
      await sweeping.load(signal);
      tell({ kind: 'keeper.loaded', body: null });
    },
    sweep: (_params: null, scope: EffectScope) => sweep(scope),
    ask: async ({ token, body }: { token: string; body: AskBody }, { tell }: EffectScope) => {
      tell({ kind: 'keeper.done', body: { token, outcome: await outcomeOf(performing.request(body)) } });
    },
    deliver: async ({ token, body }: { token: string; body: DeliverBody }, { tell }: EffectScope) => {
      const delivered = performing.delivery(body.address).then(() => null);
      tell({ kind: 'keeper.done', body: { token, outcome: await outcomeOf(delivered) } });
    },
    commit: (committed: NodeEvents['consensus.committed'], { tell }: EffectScope) => {
      const before = context.almanac.nextAt;
      takeCommitted(context, committed);
      const { nextAt } = context.almanac;
      if (nextAt !== undefined && nextAt < (before ?? Number.POSITIVE_INFINITY))
        tell({ kind: 'keeper.arm', body: { nextAt } });
    },
    hear: (told: NodeEvents['broadcast.received']) => takeTold(context, told),
    open: ({ refusal }: Pick<KeeperContext['gate'], 'refusal'>) => {
      context.gate.refusal = refusal;
    },
  };
}

/** A failure that is none of the table is a defect: whoever asked learns that there was one, the log says more. */
async function outcomeOf(work: Promise<Json>): Promise<Outcome> {
  try {
    return { ok: true, body: await work };
  } catch (error) {
    if (!isFault(error)) return { ok: false, code: 'internal', detail: String(error) };
    const { code, message, retryAfterMs } = error;
    return { ok: false, code, detail: message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}
