import { isFault } from '../../contract/errors.ts';
import type { EffectScope, Outcome } from '../../contract/organ.ts';
import type { Json } from '../../contract/words.ts';
import type { Backlog } from './backlog.ts';
import { compare } from './comparison.ts';
import type { IndexContext } from './context.ts';
import { gather } from './gathering.ts';
import { learn, teach } from './lessons.ts';
import type { Answered, CandidatesBody, KnowledgeBody } from './messages.ts';
import type { Reader } from './reader.ts';
import { candidatesWave, knowledgeWave } from './waves.ts';
import { work } from './work.ts';

/** The parts of a cell's memory that the organ sets to work. */
export interface IndexParts {
  readonly reader: Reader;
  readonly backlog: Backlog;
}

export interface IndexEffects {
  readonly [name: string]: (params: never, scope: EffectScope) => void | Promise<void>;
}

interface Gathering {
  readonly token: string;
  readonly wave: 'knowledge' | 'candidates';
  readonly body: KnowledgeBody & CandidatesBody;
}

/** What the organ can't decide but has to have done. Results come back to its mailbox. */
export function indexEffects(context: IndexContext, { reader, backlog }: IndexParts): IndexEffects {
  return {
    wake: async (_params: null, { signal, tell }: EffectScope) => {
      await reader.wake(signal);
      tell({ kind: 'index.awoken', body: null });
    },
    work: async ({ compare: first }: { compare: boolean }, { signal, tell }: EffectScope) => {
      if (first || backlog.overflown) await compare(context, reader, backlog, signal);
      const worked = await work(context, reader, backlog, signal);
      await attempt(context, () => teach(context, signal));
      await learn(context, signal);
      tell({ kind: 'index.worked', body: worked });
    },
    learn: (_params: null, { signal }: EffectScope) => learn(context, signal),
    gather: async ({ token, wave, body }: Gathering, { tell }: EffectScope) => {
      const outcome: Outcome = { ok: true, body: (await gathered(context, wave, body)) as unknown as Json };
      tell({ kind: 'index.gathered', body: { token, outcome } });
    },
  };
}

/** Another root may have been quicker, or the leader is gone: the next comparison sees to it. */
async function attempt({ ports }: IndexContext, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!isFault(error)) throw error;
    ports.log.debug('memory.untaught', { code: error.code });
  }
}

function gathered(context: IndexContext, wave: Gathering['wave'], body: Gathering['body']): Promise<Answered<unknown>> {
  const shares = new Map([
    [context.tree.self, body.parts],
    ...body.below.map(({ node, parts }) => [node, parts] as const),
  ]);
  return wave === 'knowledge'
    ? gather(context, knowledgeWave(context, body), shares, body.deadlineMs)
    : gather(context, candidatesWave(context, body), shares, body.deadlineMs);
}
