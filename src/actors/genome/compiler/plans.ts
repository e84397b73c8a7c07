import { LIMITS } from '../../../contract/limits.ts';
import type { Target } from '../chart/plan.ts';
import { parseCron } from '../cron.ts';
import type { Cursor } from '../cursor.ts';
import { GENOME_DEFAULTS } from '../defaults.ts';
import { Scope } from '../expression/scope.ts';
import { INTEGER } from '../expression/type.ts';
import type {
  FilesPlan,
  IndexPlan,
  JobPlan,
  LedgerPlan,
  ModulePlan,
  QueuePlan,
  RecordsPlan,
  SchedulePlan,
  ShardsPlan,
  TopicPlan,
} from '../plan.ts';
import { durationAt, shardBytesAt } from '../quantities.ts';
import type { Directory, OrganEntry } from './directory.ts';
import { checkSent, readValues } from './expressions.ts';
import type { Report } from './names.ts';

/** The plans of organs whose kinds have no chart: their fields, with every default filled in and every bound kept. */

export function shardsPlan(organ: Cursor, report: Report): ShardsPlan {
  const copies = organ.field('copies').number ?? GENOME_DEFAULTS.copies;
  return { kind: 'shards', copies, shardBytes: shardBytesAt(organ.field('shardBytes'), report) };
}

export function filesPlan(organ: Cursor): FilesPlan {
  return { kind: 'files', uses: organ.field('uses').text ?? '' };
}

export function indexPlan(organ: Cursor): IndexPlan {
  return { kind: 'index', uses: organ.field('uses').text ?? '' };
}

export function ledgerPlan(organ: Cursor): LedgerPlan {
  return { kind: 'ledger', faults: organ.field('faults').number ?? GENOME_DEFAULTS.faults };
}

export function recordsPlan({ cursor: organ, own }: OrganEntry, report: Report): RecordsPlan {
  const ttl = organ.field('ttl');
  return {
    kind: 'records',
    record: own,
    capacity: organ.field('capacity').number ?? GENOME_DEFAULTS.recordsCapacity,
    ttlMs: ttl.there ? durationAt(ttl, '1d', [1_000, LIMITS.recordTtlMaxMs], report) : undefined,
  };
}

export function topicPlan({ own }: OrganEntry): TopicPlan {
  return { kind: 'topic', message: own };
}

export function queuePlan({ cursor: organ, own }: OrganEntry, report: Report): QueuePlan {
  return {
    kind: 'queue',
    job: own,
    leaseMs: durationAt(organ.field('lease'), GENOME_DEFAULTS.lease, [1_000, LIMITS.queueLeaseMaxMs], report),
    attempts: organ.field('attempts').number ?? GENOME_DEFAULTS.attempts,
    capacity: organ.field('capacity').number ?? GENOME_DEFAULTS.queueCapacity,
    deadLetters: organ.field('deadLetters').number ?? GENOME_DEFAULTS.deadLetters,
  };
}

export function schedulePlan(organ: Cursor, directory: Directory, report: Report): SchedulePlan {
  const jobs = organ.field('jobs').fields.flatMap((job) => {
    const plan = jobPlan(job, directory, report);
    return plan === undefined ? [] : [[job.name, plan] as const];
  });
  return { kind: 'schedule', jobs: Object.fromEntries(jobs) };
}

/** Nobody asked when a job runs: its expressions know the time, and nothing else. */
const SCHEDULE_SCOPE = Scope.of({ now: INTEGER });

function jobPlan(job: Cursor, directory: Directory, report: Report): JobPlan | undefined {
  const values = readValues(job.field('with'), SCHEDULE_SCOPE, report);
  const when = whenOf(job, report);
  const found = directory.find(job.field('to'), false);
  if (found?.signature === undefined || when === undefined) return undefined;
  const { signature } = found;
  const name = `${signature.organ}.${signature.verb}`;
  if (signature.carries === 'json') checkSent(values, job.field('with'), job, signature.input, name, report);
  else report.add(job.field('to').at, `'${name}' is for receptors only: it carries ${signature.carries}`);
  return { when, to: found.target, with: values };
}

function whenOf(job: Cursor, report: Report): JobPlan['when'] | undefined {
  const cron = job.field('cron');
  if (!cron.there) {
    const everyMs = durationAt(job.field('every'), '1m', [LIMITS.scheduleEveryMinMs, LIMITS.timerMaxMs], report);
    return { everyMs };
  }
  if (cron.text === undefined) return undefined;
  const parsed = parseCron(cron.text);
  if ('wrong' in parsed) report.add(cron.at, parsed.wrong);
  return { cron: cron.text };
}

/** Where the effects of a module's events may go. */
export function modulesTargets(organ: Cursor, directory: Directory, report: Report): ModulePlan['sends'] {
  const sends = organ.field('sends').fields.map((event) => {
    const targets = event.elements.flatMap((cursor) => targetAt(cursor, directory, report));
    return [event.name, targets] as const;
  });
  return Object.fromEntries(sends);
}

function targetAt(cursor: Cursor, directory: Directory, report: Report): readonly Target[] {
  const found = directory.find(cursor, false);
  if (found?.signature === undefined) return [];
  const { carries, organ: owner, verb } = found.signature;
  if (carries !== 'json') report.add(cursor.at, `'${owner}.${verb}' is for receptors only: it carries ${carries}`);
  return [found.target];
}
