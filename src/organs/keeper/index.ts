import type { CatalogueService } from '../../contract/catalogue.ts';
import { Fault } from '../../contract/errors.ts';
import type { NodeEvents } from '../../contract/events.ts';
import type { Effect, Handler, Input, Moment, Organ, Outcome, Ports, Step } from '../../contract/organ.ts';
import type { RegisterService, TreeService } from '../../contract/services.ts';
import { keeperEffects } from './actors.ts';
import { Almanac } from './almanac.ts';
import type { KeeperContext, Reach } from './context.ts';
import type { Craft } from './craft.ts';
import { Ids } from './desk.ts';
import { keeperMachine } from './machine.ts';
import { keeperAnswers, keeperMessages } from './messages.ts';
import { Performing } from './performing.ts';
import { Posting } from './posting.ts';
import { Residents } from './residents.ts';
import { Routing } from './routing.ts';
import { Sweeping } from './sweeping.ts';
import { Turnstile } from './turnstile.ts';
import { watch } from './watching.ts';

export type { Reach } from './context.ts';
export type { Craft, Post } from './craft.ts';
export { type EntitiesCraft, entitiesCraft, type Occurrence, type Stepped } from './entities.ts';
export { queueCraft } from './queue.ts';
export { recordsCraft } from './records.ts';
export { type Run, scheduleCraft } from './schedule.ts';
export { topicCraft } from './topic.ts';

/** A keeper's facts: what it keeps is in registers, so that all it remembers is how many answers it owes. */
export interface KeeperFacts {
  /** Questions of peers so far, for the tokens of their answers. */
  readonly asked: number;
}

export interface KeeperOptions {
  readonly tree: TreeService;
  readonly registers: RegisterService;
  readonly ports: Ports;
  readonly reach: Reach;
  /** By the name that the genome gives the organ. */
  readonly crafts: ReadonlyMap<string, Craft>;
}

export interface Keeper {
  readonly organ: Organ<KeeperFacts>;
  readonly service: CatalogueService;
}

/** The longest that a keeper rests: whose turn it is may have changed meanwhile, though nothing of its own has. */
const TICK_MAX_MS = 1_000;
const TICK_MIN_MS = 10;

/**
 * What stands behind the durable organs of a genome: records, entities, queues and schedules are registers of the tree, and
 * every step of them is one SET, which has the answer to a repeated request and the messages to other organs in it.
 * Requests of one key are worked on by one cell, the same for all who see the same cells alive; where two think that it is
 * theirs, the log lets one of them step, and the other looks again.
 *
 * @example
 * const { organ, service } = createKeeper({ tree, registers, ports, reach, crafts })
 * cell.start([organ])
 * await service.ask({ organ: 'tickets', verb: 'vote', body: { id: 't1', by: 2 } }) // { votes: 2 }
 */
export function createKeeper({ crafts, ...options }: KeeperOptions): Keeper {
  const context: KeeperContext = {
    ...options,
    crafts,
    almanac: new Almanac([...crafts.values()].flatMap(({ counted }) => counted)),
    residents: new Residents(),
    turnstile: new Turnstile(),
    watchers: new Set(),
    gate: { refusal: 'starting' },
  };
  const posting: Posting = new Posting(context, () => performing);
  const performing = new Performing(context, new Ids(options.ports.entropy), (posts) => {
    posting.send(posts).catch((error: unknown) => options.ports.log.error('keeper.failed', { error: String(error) }));
  });
  return {
    organ: keeperOrgan(context, performing, new Sweeping(context, performing, posting)),
    service: serviceOf(context, new Routing(context, performing)),
  };
}

function serviceOf(context: KeeperContext, routing: Routing): CatalogueService {
  return {
    ask: async ({ organ, verb, body, caller = '', once = null }, options) => {
      if (options?.signal?.aborted === true) throw new Fault('cancelled');
      return routing.ask({ organ, verb, body, caller, once, key: null }, options);
    },
    watch: (organ, prefix, listener) => watch(context, { organ, prefix, listener }),
  };
}

const run = (name: string, params: unknown = null): Effect => ({ effect: 'run', name, params });
const stay = (facts: KeeperFacts, ...effects: readonly Effect[]): Step<KeeperFacts> => ({ facts, effects });
const tickIn = (afterMs: number): Effect => ({
  effect: 'timer',
  name: 'keeper.tick',
  afterMs: Math.min(TICK_MAX_MS, Math.max(TICK_MIN_MS, Math.ceil(afterMs))),
});

function keeperOrgan(context: KeeperContext, performing: Performing, sweeping: Sweeping): Organ<KeeperFacts> {
  const opened = (refusal: KeeperContext['gate']['refusal']) => (facts: KeeperFacts) =>
    stay(facts, run('open', { refusal }));
  return {
    id: 'keeper',
    machine: keeperMachine,
    begin: () => ({ facts: { asked: 0 } }),
    messages: keeperMessages,
    answers: keeperAnswers,
    receive: {
      'keeper.ask': owing(context, 'ask'),
      'keeper.deliver': owing(context, 'deliver'),
      'keeper.done': (facts, { body }: Input<{ token: string; outcome: Outcome }>) =>
        stay(facts, { effect: 'answer', ...body }),
      'keeper.loaded': (facts) => ({ facts, signals: [{ type: 'keeper.loaded' }] }),
      'keeper.tick': (facts, _input, { mode }: Moment) => stay(facts, ...(mode === 'serving' ? [run('sweep')] : [])),
      'keeper.swept': (facts, { body }: Input<{ nextAt: number | null }>, { now }: Moment) =>
        stay(facts, tickIn((body.nextAt ?? Number.POSITIVE_INFINITY) - now)),
      'keeper.arm': (facts, { body }: Input<{ nextAt: number }>, { now, mode }: Moment) =>
        stay(facts, ...(mode === 'serving' ? [tickIn(body.nextAt - now)] : [])),
      'consensus.committed': (facts, { body }: Input<NodeEvents['consensus.committed']>) => {
        // Without the records between two views nobody can tell what has changed.
        const isLeap = body.records.length === 0 && body.view.version !== body.previous.version;
        return stay(facts, isLeap ? run('load') : run('commit', body));
      },
      'broadcast.received': (facts, { body }: Input<NodeEvents['broadcast.received']>) =>
        stay(facts, run('hear', body)),
      'node.halted': (facts) => ({ facts, signals: [{ type: 'keeper.halt' }] }),
      'node.leaving': (facts) => ({ facts, signals: [{ type: 'keeper.leave' }] }),
      /** An organism that doesn't let this node go needs it as before. */
      'consensus.refused': (facts) => ({ facts, signals: [{ type: 'keeper.stay' }] }),
    },
    actions: {
      load: (facts) => stay(facts, run('load')),
      tick: (facts) => stay(facts, run('sweep')),
      takeRequests: opened(undefined),
      refuseRequests: opened('stopping'),
    },
    effects: keeperEffects(context, performing, sweeping),
  };
}

/** A question whose answer takes until the log has it. */
function owing({ gate }: KeeperContext, name: 'ask' | 'deliver'): Handler<KeeperFacts> {
  return (facts, { body }: Input) => {
    if (gate.refusal !== undefined) return stay(facts, { effect: 'refuse', code: gate.refusal });
    const token = String(facts.asked);
    return stay({ asked: facts.asked + 1 }, { effect: 'defer', token }, run(name, { token, body }));
  };
}

export { placed } from './placing.ts';
