import type { NodeEvents } from '../../contract/events.ts';
import type { Effect, Input, Moment, Organ, Step } from '../../contract/organ.ts';
import type { ShardHash } from '../../contract/words.ts';
import { type ShardParts, shardEffects } from './actors.ts';
import type { AuditAnswer } from './audit.ts';
import { hasView, type ShardContext, standpoint } from './context.ts';
import { emptyFacts, NOTHING_FOUND, retryAfter, type ShardFacts, SWEEPS_MAX } from './facts.ts';
import { shardsMachine } from './machine.ts';
import { type FetchBody, type HaveBody, type ShardBody, shardAnswers, shardMessages } from './messages.ts';
import type { SweepScope } from './repair.ts';
import { mayPromise, samePlacement, strangers } from './rules.ts';

type ShardStep = Step<ShardFacts>;
type Receive = Organ<ShardFacts>['receive'];

/** A sweep soon after the start tells the node how its shards stand; jitter keeps nodes that start together apart. */
const FIRST_SWEEP_MS = 1_000;
/** How long hints are gathered. */
const HINT_MS = 250;

const TIMERS = ['shards.reconcile', 'shards.settle', 'shards.retry', 'shards.trim'];

const run = (name: string, params: unknown = null): Effect => ({ effect: 'run', name, params });
const timer = (name: string, afterMs: number): Effect => ({ effect: 'timer', name, afterMs });
const untimer = (name: string): Effect => ({ effect: 'untimer', name });
const reply = (body: Extract<Effect, { effect: 'reply' }>['body']): Effect => ({ effect: 'reply', body });
const sweepSignal = (scope: SweepScope): { type: string; scope: SweepScope } => ({ type: 'shards.sweep', scope });

/** The organ of a cell's shards: it answers who has what, and keeps every shard at as many cells as it should be. */
export function createOrgan(context: ShardContext, parts: ShardParts): Organ<ShardFacts> {
  return {
    id: 'shards',
    machine: shardsMachine,
    begin: (_store, moment) => {
      parts.shelf.load();
      const first = Math.round(moment.random() * FIRST_SWEEP_MS);
      return { facts: emptyFacts(moment.monotonic), effects: [run('listen'), timer('shards.reconcile', first)] };
    },
    messages: shardMessages,
    answers: shardAnswers,
    receive: { ...questions(context), ...alarms(context), ...findings(context), ...news(context) },
    actions: {
      sweep,
      trim: (facts) => ({ facts, effects: [run('trim')] }),
      probe: (facts) => ({ facts, effects: [run('probe')] }),
      rest: (facts) => ({ facts, effects: [...TIMERS.map(untimer), run('rest')] }),
      leave: (facts) => ({ facts, effects: [run('leave')] }),
      stay: (facts) => ({ facts, effects: [run('stay')], signals: [sweepSignal('open')] }),
    },
    effects: shardEffects(context, parts),
  };
}

/** What peers ask. */
function questions(context: ShardContext): Receive {
  const { index } = context;
  return {
    'shards.have': (facts, { body, from }: Input<HaveBody>) => {
      if (body.held && from !== undefined) for (const hash of body.hashes) index.confirm(hash, from);
      return { facts, effects: [reply({ have: body.hashes.map((hash) => answerFor(context, hash, body)) })] };
    },
    'shards.stat': (facts, { body }: Input<ShardBody>) => ({
      facts,
      effects: [reply({ bytes: index.bytesOf(body.hash) ?? null })],
    }),
    'shards.audit': (facts, { body }: Input<ShardBody>) => {
      const token = String(facts.audits);
      return {
        facts: { ...facts, audits: facts.audits + 1 },
        effects: [{ effect: 'defer', token }, run('audit', { token, hash: body.hash })],
      };
    },
    'shards.fetch': (facts, { body }: Input<FetchBody>) => ({
      facts,
      effects: [reply(null), run('fetch', body.shards)],
    }),
  };
}

function answerFor(context: ShardContext, hash: ShardHash, { promise }: HaveBody): boolean {
  if (!context.index.has(hash)) return false;
  if (!promise) return true;
  return !context.opinions.leaving && hasView(context) && mayPromise(standpoint(context), hash);
}

/** The organ's own timers. */
function alarms({ timing, index }: ShardContext): Receive {
  return {
    'shards.reconcile': (facts, _input, moment: Moment) => {
      const isQuiet = moment.monotonic - facts.movedAt >= timing.flapGuardMs;
      const signals = [sweepSignal('all'), ...(isQuiet ? [{ type: 'shards.trim' }] : [])];
      return { facts, effects: [timer('shards.reconcile', timing.reconcileMs)], signals };
    },
    'shards.settle': (facts) => {
      const settling = index.freshCount > 0;
      const effects = settling ? [timer('shards.settle', timing.settleMs)] : [];
      return { facts: { ...facts, settling }, effects, signals: [sweepSignal('fresh')] };
    },
    'shards.retry': (facts) => ({ facts, signals: [sweepSignal('open')] }),
    'shards.trim': (facts) => ({ facts, signals: [{ type: 'shards.trim' }] }),
    'shards.hint': (facts) => ({ facts: { ...facts, hinting: false }, effects: [run('hint')] }),
  };
}

/** What the byte path and the organ's own functions report. */
function findings({ timing, ports }: ShardContext): Receive {
  return {
    'shards.received': (facts) =>
      facts.settling
        ? { facts }
        : { facts: { ...facts, settling: true }, effects: [timer('shards.settle', timing.settleMs)] },
    'shards.hinted': (facts) =>
      facts.hinting ? { facts } : { facts: { ...facts, hinting: true }, effects: [timer('shards.hint', HINT_MS)] },
    'shards.damaged': (facts, { body }: Input<ShardBody>) => ({
      facts,
      effects: [run('fetch', [{ hash: body.hash, from: null }])],
    }),
    'shards.audited': (facts, { body }: Input<{ token: string; answer: AuditAnswer }>) => ({
      facts,
      effects: [{ effect: 'answer', token: body.token, outcome: { ok: true, body: { ...body.answer } } }],
    }),
    'shards.swept': (facts, { body }: Input<Swept>, moment) => takeSwept(facts, body, moment),
    'shards.lacking': (facts) => ({ facts, signals: [{ type: 'shards.lack' }] }),
    'shards.full': (facts, _input, { mode }: Moment) => {
      if (mode !== 'readonly') ports.log.warn('shards.disk-full');
      return { facts, signals: [{ type: 'shards.full' }] };
    },
    'shards.roomy': (facts) => ({ facts, signals: [{ type: 'shards.roomy' }] }),
    'shards.leaving': (facts) => ({ facts, signals: [{ type: 'shards.leave' }] }),
    'shards.staying': (facts) => ({ facts, signals: [{ type: 'shards.stay' }] }),
  };
}

/** What other organs of the node report. */
function news(context: ShardContext): Receive {
  const { index, opinions, timing, tree } = context;
  return {
    'consensus.committed': (facts, { body }: Input<NodeEvents['consensus.committed']>, moment) => {
      const { view, previous } = body;
      const gone = strangers(previous, view, tree.tree);
      for (const node of gone) {
        index.forget(node);
        opinions.forget(node);
      }
      if (gone.length === 0 && samePlacement(previous, view, tree.tree)) return { facts };
      return {
        facts: { ...facts, movedAt: moment.monotonic },
        effects: [timer('shards.trim', timing.flapGuardMs)],
        signals: [sweepSignal('open')],
      };
    },
    'pulse.changed': (facts, { body }: Input<NodeEvents['pulse.changed']>) => {
      if (body.state === 'suspect') return { facts };
      opinions.take(body.node, body.state);
      return { facts, signals: [sweepSignal('open')] };
    },
    'node.halted': (facts) => ({ facts, signals: [{ type: 'shards.halt' }] }),
    'node.leaving': (facts) => ({ facts, signals: [{ type: 'shards.leave' }] }),
    /** An organism that doesn't let this node go needs its shards as before. */
    'consensus.refused': (facts) => ({ facts, signals: [{ type: 'shards.stay' }] }),
  };
}

function sweep(facts: ShardFacts, signal: { readonly [detail: string]: unknown }): ShardStep {
  if (facts.sweeps >= SWEEPS_MAX) return { facts: { ...facts, again: true } };
  return { facts: { ...facts, sweeps: facts.sweeps + 1 }, effects: [run('sweep', { scope: signal.scope })] };
}

interface Swept {
  readonly scope: SweepScope;
  /** Copies that are missing still, or that nobody answered about. */
  readonly open: number;
}

/** Judged once no sweep is under way: of two at a time, one may not have seen what the other was started for. */
function takeSwept(facts: ShardFacts, { scope, open }: Swept, moment: Moment): ShardStep {
  const found = { open: facts.found.open + open, isAll: facts.found.isAll || scope !== 'fresh' };
  const left = { ...facts, sweeps: facts.sweeps - 1, again: false, found };
  if (facts.again) return { facts: left, signals: [sweepSignal('open')] };
  if (left.sweeps > 0) return { facts: left };
  const judged = { ...left, found: NOTHING_FOUND };
  if (found.open > 0) {
    const delayMs = retryAfter(facts.retries, moment.random());
    return { facts: { ...judged, retries: facts.retries + 1 }, effects: [timer('shards.retry', delayMs)] };
  }
  if (!found.isAll) return { facts: judged };
  return { facts: { ...judged, retries: 0 }, effects: [untimer('shards.retry')], signals: [{ type: 'shards.whole' }] };
}
