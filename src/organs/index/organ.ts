import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Effect, Input, Organ, Outcome } from '../../contract/organ.ts';
import type { FileId, Json } from '../../contract/words.ts';
import { type IndexEffects, type IndexParts, indexEffects } from './actors.ts';
import type { IndexContext } from './context.ts';
import { indexMachine } from './machine.ts';
import {
  type CandidatesBody,
  indexAnswers,
  indexMessages,
  type KnowledgeBody,
  type SnippetsBody,
  type StateBody,
} from './messages.ts';
import { noteIdIn } from './notes.ts';
import { ownSnippets } from './snippets.ts';
import { stateOf } from './state.ts';
import type { Worked } from './work.ts';

/** What the organ remembers between its inputs. What it remembers of files is derived, and lasts in rows. */
export interface IndexFacts {
  /** Work is under way, or a comparison. */
  readonly busy: boolean;
  /** More was wanted meanwhile, and whether a comparison is part of it. */
  readonly again: 'work' | 'compare' | undefined;
  /** How often in a row work left something undone. */
  readonly retries: number;
  /** What the disk has is being taken up. */
  readonly awake: boolean;
  /** Questions so far: the next one's token. */
  readonly asked: number;
}

const FRESH: IndexFacts = { busy: false, again: undefined, retries: 0, awake: false, asked: 0 };
const RETRY_MIN_MS = 500;

type Receive = Organ<IndexFacts>['receive'];

const run = (name: string, params: unknown = null): Effect => ({ effect: 'run', name, params });
const timer = (name: string, afterMs: number): Effect => ({ effect: 'timer', name, afterMs });
const reply = (body: unknown): Effect => ({ effect: 'reply', body: body as Json });

/** The organ of a cell's memory: it reads files as they come, and answers for the parts that it holds. */
export function createIndexOrgan(context: IndexContext, parts: IndexParts): Organ<IndexFacts> {
  const effects: IndexEffects = indexEffects(context, parts);
  return {
    id: 'index',
    machine: indexMachine,
    begin: () => ({ facts: FRESH }),
    messages: indexMessages,
    answers: indexAnswers,
    receive: { ...questions(context), ...findings(), ...news(context, parts) },
    actions: {
      takeUp: (facts) => ({ facts, effects: [run('wake')] }),
      compare: (facts) => want(facts, 'compare'),
      rest: (facts) => ({
        facts,
        effects: [
          { effect: 'untimer', name: 'index.compare' },
          { effect: 'untimer', name: 'index.retry' },
        ],
      }),
    },
    effects,
  };
}

/** One piece of work at a time; what is wanted meanwhile follows, once. */
function want(facts: IndexFacts, what: 'work' | 'compare'): { facts: IndexFacts; effects: readonly Effect[] } {
  if (facts.busy) return { facts: { ...facts, again: facts.again === 'compare' ? 'compare' : what }, effects: [] };
  return { facts: { ...facts, busy: true, again: undefined }, effects: [run('work', { compare: what === 'compare' })] };
}

/** What peers ask. */
function questions(context: IndexContext): Receive {
  const gathered =
    (wave: string) =>
    (facts: IndexFacts, { body }: Input<KnowledgeBody & CandidatesBody>) => {
      const token = String(facts.asked);
      return {
        facts: { ...facts, asked: facts.asked + 1 },
        effects: [{ effect: 'defer' as const, token }, run('gather', { token, wave, body })],
      };
    };
  return {
    'index.knowledge': gathered('knowledge'),
    'index.candidates': gathered('candidates'),
    'index.snippets': (facts, { body }: Input<SnippetsBody>) => ({
      facts,
      effects: [reply({ snippets: ownSnippets(context, body) })],
    }),
    'index.state': (facts, { body }: Input<StateBody>) => ({ facts, effects: [reply(stateOf(context, body.id))] }),
  };
}

/** What the organ's own functions report, and its timers. */
function findings(): Receive {
  return {
    'index.gathered': (facts, { body }: Input<{ token: string; outcome: Outcome }>) => ({
      facts,
      effects: [{ effect: 'answer', token: body.token, outcome: body.outcome }],
    }),
    'index.awoken': (facts) => ({ facts, signals: [{ type: 'index.woken' }] }),
    'index.worked': (facts, { body }: Input<Worked>, moment) => {
      const idle = { ...facts, busy: false };
      if (facts.again !== undefined && moment.mode === 'remembering') return want(idle, facts.again);
      if (body.left === 0)
        return { facts: { ...idle, retries: 0 }, effects: [timer('index.compare', LIMITS.memoryCompareMs)] };
      const delayMs = Math.min(RETRY_MIN_MS * 2 ** Math.min(facts.retries, 8), LIMITS.memoryCompareMs);
      return {
        facts: { ...idle, retries: facts.retries + 1 },
        effects: [timer('index.retry', Math.round(delayMs * (1 - moment.random() / 4)))],
      };
    },
    'index.compare': (facts, _input, { mode }) => (mode === 'remembering' ? want(facts, 'compare') : { facts }),
    'index.retry': (facts, _input, { mode }) => (mode === 'remembering' ? want(facts, 'work') : { facts }),
  };
}

/** What other organs of the node report. */
function news(context: IndexContext, { reader, backlog }: IndexParts): Receive {
  const { tree, catalogue } = context;
  return {
    'consensus.committed': (facts, { body }: Input<NodeEvents['consensus.committed']>, { mode }) => {
      const { view, previous, records } = body;
      // At once, and not when it is read: from now on nobody may find what was before.
      for (const id of changedIn(context, records)) {
        if (context.memory.holds(id) && !(reader.settled(id) && context.memory.outcome(id) !== undefined))
          backlog.add(id);
      }
      const moved = view.trees[tree.tree] !== previous.trees[tree.tree] || records.length === 0;
      const taught = records.some(({ entry }) => entry.type === 'SET' && entry.tree === tree.tree);
      const touched = records.some(
        ({ entry }) => entry.type === 'SET' && (entry.tree === tree.tree || entry.tree === catalogue.tree),
      );
      const lessons = taught ? [run('learn')] : [];
      // Without a view nobody knows which parts are its own.
      if (!facts.awake) return { facts: { ...facts, awake: true }, signals: [{ type: 'index.wake' }] };
      if (mode !== 'remembering' || !(moved || touched)) return { facts, effects: lessons };
      const step = want(facts, moved ? 'compare' : 'work');
      return { ...step, effects: [...lessons, ...step.effects] };
    },
    'node.halted': (facts) => ({ facts, signals: [{ type: 'index.halt' }] }),
    'node.leaving': (facts) => ({ facts, signals: [{ type: 'index.leave' }] }),
    /** An organism that doesn't let this node go needs its memory as before. */
    'consensus.refused': (facts) => ({ facts, signals: [{ type: 'index.stay' }] }),
  };
}

/** Files of which the text or the note was set. */
function changedIn({ tree, catalogue }: IndexContext, records: NodeEvents['consensus.committed']['records']): FileId[] {
  return records.flatMap(({ entry }) => {
    if (entry.type !== 'SET') return [];
    if (entry.tree === catalogue.tree) return [...catalogue.changedBy(entry.writes)];
    return entry.tree === tree.tree ? entry.writes.flatMap(({ key }) => noteIdIn(key) ?? []) : [];
  });
}
