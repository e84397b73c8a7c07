import type { EffectScope } from '../../contract/organ.ts';
import { auditOwn } from './audit.ts';
import { hasView, type ShardContext } from './context.ts';
import type { Fetcher, Want } from './fetcher.ts';
import type { Hints } from './hints.ts';
import type { ShardBody } from './messages.ts';
import type { Repair, SweepScope } from './repair.ts';
import type { Shelf } from './shelf.ts';
import { trim } from './trim.ts';

/** The parts of a cell's byte path that the organ sets to work. */
export interface ShardParts {
  readonly shelf: Shelf;
  readonly repair: Repair;
  readonly fetcher: Fetcher;
  readonly hints: Hints;
}

export interface ShardEffects {
  readonly [name: string]: (params: never, scope: EffectScope) => void | Promise<void>;
}

/** What the organ can't decide but has to have done. Results come back to its mailbox. */
export function shardEffects(context: ShardContext, { shelf, repair, fetcher, hints }: ShardParts): ShardEffects {
  const { post, opinions } = context;
  return {
    /** Opens the way from the byte path to the mailbox, for this life of the organ. */
    listen: (_params: null, scope: EffectScope) => {
      const tell: NonNullable<ShardContext['post']['tell']> = (input) => scope.tell(input);
      post.tell = tell;
      scope.signal.addEventListener('abort', () => {
        if (post.tell === tell) post.tell = undefined;
      });
    },
    sweep: async ({ scope }: { scope: SweepScope }, { signal, tell }: EffectScope) => {
      const open = hasView(context) ? await repair.sweep({ scope, signal }) : 1;
      tell({ kind: 'shards.swept', body: { scope, open } });
    },
    trim: async (_params: null, { signal }: EffectScope) => {
      if (hasView(context)) await trim(context, shelf, signal);
    },
    audit: async ({ token, hash }: ShardBody & { token: string }, { tell }: EffectScope) => {
      const answer = await auditOwn(context, shelf, hash);
      tell({ kind: 'shards.audited', body: { token, answer } });
    },
    fetch: (wants: readonly Want[], { signal }: EffectScope) => fetcher.fetch(wants, signal),
    hint: () => hints.flush(),
    probe: async (_params: null, { tell }: EffectScope) => {
      if (await shelf.probe()) tell({ kind: 'shards.roomy', body: null });
    },
    rest: () => {
      opinions.still = true;
    },
    leave: () => {
      opinions.leaving = true;
    },
    stay: () => {
      opinions.leaving = false;
    },
  };
}
