import { Fault } from '../../contract/errors.ts';
import type { Log } from '../../contract/ports.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import {
  type Craft,
  entitiesCraft,
  type Post,
  queueCraft,
  type Run,
  recordsCraft,
  type Stepped,
  scheduleCraft,
  topicCraft,
} from '../../organs/keeper/index.ts';
import type { ValuesPlan } from './chart/plan.ts';
import { conform, Misfit, outward } from './conform.ts';
import { nextTime, parseCron } from './cron.ts';
import { type EntityFacts, entityKey, nextTimer, type Sending, stepEntity } from './entity-step.ts';
import { ExpressionFailure, Meter } from './expression/meter.ts';
import { organKind } from './kinds/catalogue.ts';
import type { Fields } from './kinds/kind.ts';
import type {
  EntityPlan,
  Genome,
  JobPlan,
  OrganPlan,
  QueuePlan,
  RecordsPlan,
  SchedulePlan,
  TopicPlan,
} from './plan.ts';
import { isJsonMap } from './rule.ts';
import type { ObjectShape } from './shape.ts';

/**
 * The organs of a genome that its keeper runs, as pure functions over registers: what each kind does with what the genome's
 * file says of it. Kinds that have organs of their own are left out.
 */
export function craftsOf(genome: Genome, log: Log): ReadonlyMap<string, Craft> {
  const crafts = Object.entries(genome.organs).flatMap(([name, plan]) => {
    const craft = craftOf(name, plan, log);
    return craft === undefined ? [] : [[name, craft] as const];
  });
  return new Map(crafts);
}

function craftOf(name: string, plan: OrganPlan, log: Log): Craft | undefined {
  switch (plan.kind) {
    case 'records':
      return recordsCraft({ ...plan, name, read: verbs(name, plan) });
    case 'queue':
      return queueCraft({ ...plan, name, read: verbs(name, plan) });
    case 'topic':
      return topicCraft({ name, read: verbs(name, plan) });
    case 'entity':
      return entitiesOf(name, plan);
    case 'schedule':
      return scheduleOf(name, plan, log);
    default:
      return undefined;
  }
}

/** What the organ declares of its own: the fields of its records, messages or jobs. */
function ownOf(plan: RecordsPlan | QueuePlan | TopicPlan): ObjectShape {
  if (plan.kind === 'records') return plan.record;
  return plan.kind === 'queue' ? plan.job : plan.message;
}

function verbs(name: string, plan: RecordsPlan | QueuePlan | TopicPlan): (verb: string, body: Json) => JsonObject {
  const own = ownOf(plan);
  const fieldsOf = ({ fixed, own: ownName }: Fields): ObjectShape =>
    ownName === undefined ? fixed : { type: 'object', fields: new Map([...fixed.fields, ...own.fields]) };
  const inputs = Object.entries(organKind(plan.kind)?.verbs ?? {}).map(
    ([verb, { input }]) => [verb, fieldsOf(input)] as const,
  );
  return reader(name, new Map(inputs));
}

/** Bodies as their shapes have them. @throws Fault `malformed`, or `no-receptor` for a verb that there isn't */
function reader(organ: string, inputs: ReadonlyMap<string, ObjectShape>): Craft['read'] {
  return (verb, body, isAnswer = false) => {
    const shape = inputs.get(verb);
    if (shape === undefined) throw new Fault('no-receptor', `the organ '${organ}' has no verb '${verb}'`);
    return expected('malformed', () => conform(shape, isAnswer ? within(shape, body) : body, 'the body') as JsonObject);
  };
}

/** Of an object, the fields that the shape knows. */
function within({ fields }: ObjectShape, body: Json): Json {
  if (!isJsonMap(body)) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => fields.has(name)));
}

/** What a genome's expression or shape refuses is the request's fault, and told so. */
function expected<T>(code: 'malformed' | 'not-computable', work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Misfit || error instanceof ExpressionFailure) throw new Fault(code, error.message);
    throw error;
  }
}

function entitiesOf(name: string, plan: EntityPlan): Craft {
  const inputs = Object.entries(plan.events).map(([event, { input }]) => [event, input] as const);
  return entitiesCraft({
    name,
    idleMs: plan.idleMs,
    read: reader(name, new Map(inputs)),
    keyOf: (event, body, now) => expected('not-computable', () => entityKey(plan, event, body, now)),
    isReading: (event) => plan.events[event]?.readOnly === true,
    step: (facts, occurrence, key, now): Stepped => {
      const { sendings, ...step } = stepEntity(plan, facts as unknown as EntityFacts | undefined, occurrence, key, now);
      return {
        ...step,
        facts: step.facts as unknown as Json,
        posts: sendings.map((sending) => postOf(name, key, sending, now)),
      };
    },
    nextTimer: (facts) => nextTimer(facts as unknown as EntityFacts),
  });
}

function postOf(organ: string, entity: string, { to, body, call }: Sending, now: number): Post {
  if (call === undefined) return { to, body, key: null, call: null };
  const { answer, failure, deadlineMs } = call;
  return { to, body, key: null, call: { organ, key: entity, answer, failure, until: Math.round(now) + deadlineMs } };
}

function scheduleOf(name: string, { jobs }: SchedulePlan, log: Log): Craft {
  const runs = Object.entries(jobs).map(([job, plan]) => [job, runOf(plan)] as const);
  return scheduleCraft({
    name,
    runs: Object.fromEntries(runs),
    onFailed: (job, error) => log.warn('schedule.failed', { schedule: name, job, error: String(error) }),
  });
}

function runOf({ when, to, with: values }: JobPlan): Run {
  const next = timesOf(when);
  return {
    times: JSON.stringify(when),
    next,
    post: (now) => ({ to, body: computed(values, now), key: null, call: null }),
  };
}

function timesOf(when: JobPlan['when']): (after: number) => number | undefined {
  if ('everyMs' in when) return (after) => Math.floor(after) + when.everyMs;
  const parsed = parseCron(when.cron);
  if ('wrong' in parsed) throw new Error(`the compiler let '${when.cron}' pass: ${parsed.wrong}`);
  return (after) => nextTime(parsed.cron, after);
}

function computed({ whole, fields }: ValuesPlan, now: number): Json {
  return expected('not-computable', () => {
    const meter = new Meter();
    const value = (expression: NonNullable<typeof whole>): Json => expression.evaluate([now], meter);
    const given =
      whole === undefined ? Object.fromEntries([...fields].map(([key, field]) => [key, value(field)])) : value(whole);
    return outward(given, meter);
  });
}
