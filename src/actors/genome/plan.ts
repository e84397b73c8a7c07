import type { Access, Rate } from '../../contract/receptor.ts';
import type { Json, JsonObject } from '../../contract/words.ts';
import type { Supervision } from '../supervision.ts';
import type { ChartPlan, Target, ValuesPlan } from './chart/plan.ts';
import type { Path } from './document.ts';
import type { Expression } from './expression/expression.ts';
import type { Type } from './expression/type.ts';
import type { Method, Verb } from './kinds/kind.ts';
import type { Position } from './problems.ts';
import type { ObjectShape } from './shape.ts';

/** A cell type, as its genome file declares it: checked, with every default filled in and every unit resolved. */
export interface Genome {
  /** Its name, which also names the tree. */
  readonly genome: string;
  /** A semantic version. */
  readonly version: string;
  readonly summary: string;
  readonly tree: { readonly fanout: number };
  /** Other genomes whose receptors it calls. */
  readonly uses: readonly string[];
  /** By name, in the order of the file. */
  readonly organs: { readonly [name: string]: OrganPlan };
  readonly receptors: { readonly [name: string]: ReceptorPlan };
  readonly supervision: Supervision;
  readonly limits: {
    readonly mailbox: number;
    readonly bodyBytes: number;
    readonly rate: Rate;
    readonly ratePerKey: Rate;
  };
  /** What `peertree genome test` tries in simulation. */
  readonly tests: { readonly [name: string]: TestPlan };
  /** What it asks of other genomes: resolved where those are known. */
  readonly foreign: readonly ForeignCall[];
  /** Which requests lead to which others, for finding circles. */
  readonly flows: readonly Flow[];
  readonly source: GenomeSource;
}

export interface TestPlan {
  readonly nodes: number;
  readonly steps: readonly TestStep[];
}

/** A node of a test: by its number, from 1, or the one that works on what was asked last. */
export type TestNode = number | 'active';

export type TestStep =
  | {
      readonly does: 'ask';
      readonly receptor: string;
      readonly with: JsonObject;
      /** A name that stands for a passport; undefined where nobody signs. */
      readonly as: string | undefined;
      readonly at: number | undefined;
      /** What the answer must be; objects may have more fields than are named. */
      readonly answers: Json | undefined;
      readonly refuses: string | undefined;
      readonly where: Position;
    }
  | { readonly does: 'crash' | 'restart' | 'cut'; readonly node: TestNode; readonly where: Position }
  | { readonly does: 'heal'; readonly where: Position }
  | { readonly does: 'wait'; readonly ms: number; readonly where: Position };

export type OrganPlan =
  | ShardsPlan
  | FilesPlan
  | IndexPlan
  | RecordsPlan
  | EntityPlan
  | TopicPlan
  | QueuePlan
  | SchedulePlan
  | ModulePlan
  | LedgerPlan;

export interface ShardsPlan {
  readonly kind: 'shards';
  readonly copies: number;
  readonly shardBytes: number;
}

export interface FilesPlan {
  readonly kind: 'files';
  /** The genome whose shards organ keeps the bytes. */
  readonly uses: string;
}

export interface IndexPlan {
  readonly kind: 'index';
  /** The genome whose files organ has the files. */
  readonly uses: string;
}

export interface LedgerPlan {
  readonly kind: 'ledger';
  /** So many validators may lie; there are 3 * faults + 1. */
  readonly faults: number;
}

export interface RecordsPlan {
  readonly kind: 'records';
  readonly record: ObjectShape;
  readonly capacity: number;
  /** Undefined where records stay until they are removed. */
  readonly ttlMs: number | undefined;
}

export interface TopicPlan {
  readonly kind: 'topic';
  readonly message: ObjectShape;
}

export interface QueuePlan {
  readonly kind: 'queue';
  readonly job: ObjectShape;
  readonly leaseMs: number;
  readonly attempts: number;
  readonly capacity: number;
  readonly deadLetters: number;
}

export interface SchedulePlan {
  readonly kind: 'schedule';
  readonly jobs: { readonly [name: string]: JobPlan };
}

export interface JobPlan {
  readonly when: { readonly everyMs: number } | { readonly cron: string };
  readonly to: Target;
  readonly with: ValuesPlan;
}

export interface ModulePlan {
  readonly kind: 'module';
  /** As the genome says it: relative to its file. */
  readonly file: string;
  readonly state: ObjectShape;
  readonly events: { readonly [event: string]: EventPlan };
  /** Where the effects of each event may go. */
  readonly sends: { readonly [event: string]: readonly Target[] };
  readonly memoryBytes: number;
  readonly deadlineMs: number;
}

export interface EntityPlan {
  readonly kind: 'entity';
  readonly context: ObjectShape;
  /** What a new entity remembers. */
  readonly initial: JsonObject;
  readonly events: { readonly [event: string]: EventPlan };
  readonly chart: ChartPlan;
  readonly idleMs: number;
}

export interface EventPlan {
  readonly input: ObjectShape;
  /** What it is answered with; for a module as it is declared, for an entity as the replies of its chart give it. */
  readonly reply: Type;
  /** Of an entity: its key, computed from the event. Undefined where only the entity itself sends the event. */
  readonly key: Expression | undefined;
  /** Whether it changes nothing, wherever it is taken: only then may it be asked by GET. */
  readonly readOnly: boolean;
}

export interface ReceptorPlan {
  readonly method: Method;
  /** With its parameters in braces: `/shardTree/shards/{sha256}`. */
  readonly path: string;
  readonly parameters: readonly string[];
  /** The organ of the same genome, and its verb or event. */
  readonly organ: string;
  readonly verb: string;
  /** Parameters and fields of body or query. */
  readonly input: ObjectShape;
  readonly output: Type;
  readonly carries: Verb['carries'];
  readonly access: Access;
  readonly bodyBytes: number;
  readonly rate: Rate;
  readonly ratePerKey: Rate;
  readonly summary: string;
}

/** A message to a receptor of another genome. */
export interface ForeignCall {
  readonly genome: string;
  readonly receptor: string;
  readonly at: Position;
  readonly with: ValuesPlan;
  /** What the event that brings the answer takes; undefined for what needs no answer. */
  readonly answer: { readonly input: ObjectShape; readonly name: string } | undefined;
}

export interface Flow {
  /** `organ.event` of the same genome. */
  readonly from: string;
  readonly to: Target;
  readonly at: Position;
}

/** Where a genome came from, so that what is found wrong later can be shown in the file. */
export interface GenomeSource {
  readonly file: string;
  valueAt(path: Path): Position;
}
