import { parseSize } from '../../../contract/units.ts';
import type { Supervision } from '../../supervision.ts';
import { targetName } from '../chart/plan.ts';
import type { AwaitedAnswer } from '../chart/sends.ts';
import { Cursor } from '../cursor.ts';
import { GENOME_DEFAULTS, STRATEGIES } from '../defaults.ts';
import type { GenomeDocument } from '../document.ts';
import { GENOME_GRAMMAR } from '../grammar/genome-grammar.ts';
import type { Flow, Genome, OrganPlan } from '../plan.ts';
import type { Problem } from '../problems.ts';
import { checkCellBounds, parseBackoff, parseIntensity } from '../quantities.ts';
import { shapeProblems } from '../validation.ts';
import { circlesIn, flowsOf } from './circles.ts';
import { Directory, type OrganEntry } from './directory.ts';
import {
  checkAwaited,
  checkEntityFlow,
  compileEntity,
  type EntityDraft,
  entityPlan,
  modulePlan,
  settleModule,
} from './entities.ts';
import { eventsOfReceptors } from './events.ts';
import { Report } from './names.ts';
import { readOrgans } from './organs.ts';
import {
  filesPlan,
  indexPlan,
  ledgerPlan,
  queuePlan,
  recordsPlan,
  schedulePlan,
  shardsPlan,
  topicPlan,
} from './plans.ts';
import { type BoundReceptor, bindReceptors, checkSafety, rateOf, receptorPlan } from './receptors.ts';
import { changingEvents } from './replies.ts';
import { Shapes } from './shapes.ts';
import { testPlans } from './tests.ts';

/** A genome, or all that is wrong with its file. */
export type Compilation = { readonly genome: Genome } | { readonly problems: readonly Problem[] };

/**
 * Compiles a document: its shape is checked against the grammar, every name is resolved, every expression typed, every
 * bound kept. All problems are told at once; what nothing uses or reaches only where there are no others, since it
 * usually follows from them.
 */
export function compileDocument(document: GenomeDocument, file: string): Compilation {
  if (document.problems.length > 0) return { problems: document.problems };
  const report = new Report();
  for (const problem of shapeProblems(document, GENOME_GRAMMAR)) report.problems.push(problem);
  const compiler = new Compiler(document, report);
  const genome = compiler.genome(file);
  if (report.problems.length === 0) compiler.checkWhole();
  return report.problems.length === 0 ? { genome } : { problems: report.sorted() };
}

class Compiler {
  readonly #report: Report;
  readonly #document: GenomeDocument;
  readonly #root: Cursor;
  readonly #shapes: Shapes;
  readonly #directory: Directory;
  readonly #entities = new Map<string, EntityDraft>();
  #receptors: readonly BoundReceptor[] = [];
  #flows: readonly Flow[] = [];

  constructor(document: GenomeDocument, report: Report) {
    this.#document = document;
    this.#report = report;
    this.#root = Cursor.of(document);
    this.#shapes = new Shapes(this.#root.field('types'), report);
    this.#directory = new Directory(report);
  }

  genome(file: string): Genome {
    const root = this.#root;
    checkCellBounds(root, this.#report);
    this.#shapes.readAll();
    const charts = readOrgans(root.field('organs'), this.#directory, this.#shapes, this.#report);
    this.#readUses(root.field('uses'));
    eventsOfReceptors(this.#directory, charts, root.field('receptors'), this.#shapes, this.#report);
    this.#receptors = bindReceptors(root.field('receptors'), this.#directory, this.#report);
    for (const entry of this.#directory.entries.values()) {
      if (entry.kind === 'module') settleModule(entry, this.#shapes, this.#report);
    }
    for (const [name, draft] of charts) this.#compileEntity(name, draft);
    const awaited: readonly AwaitedAnswer[] = [...this.#entities.values()].flatMap(({ compiled }) => compiled.awaited);
    checkAwaited(awaited, this.#report);
    return this.#assemble(file);
  }

  #readUses(uses: Cursor): void {
    for (const used of uses.elements) {
      if (used.text === undefined) continue;
      if (this.#directory.organs.has(used.text)) {
        this.#report.add(
          used.at,
          `'${used.text}' is an organ of this genome, so no other one can be called by that name`,
        );
      }
      this.#directory.uses.declare(used.text, used.at);
    }
  }

  #compileEntity(name: string, draft: Parameters<typeof compileEntity>[1]): void {
    const entry = this.#directory.entries.get(name);
    if (entry === undefined) return;
    this.#entities.set(name, compileEntity(entry, draft, this.#directory, this.#shapes, this.#report));
  }

  #assemble(file: string): Genome {
    const root = this.#root;
    // Schedules and modules ask others too: what asks whom is only known once all organs are planned.
    const early = this.#plans(({ kind }) => kind !== 'entity');
    const plans = { ...early, ...this.#plans(({ kind }) => kind === 'entity') };
    this.#flows = [...this.#entities]
      .flatMap(([name, { compiled }]) => flowsOf(name, compiled.chart))
      .concat(this.#moduleFlows(early));
    const limits = root.field('limits');
    return {
      genome: root.field('genome').text ?? '',
      version: root.field('version').text ?? '',
      summary: root.field('summary').text ?? '',
      tree: { fanout: root.field('tree').field('fanout').number ?? GENOME_DEFAULTS.fanout },
      uses: this.#directory.uses.all().map(({ name }) => name),
      organs: inOrderOf(root.field('organs'), plans),
      receptors: Object.fromEntries(this.#receptors.map((bound) => [bound.name, receptorPlan(bound, limits)])),
      supervision: supervisionOf(root.field('supervision')),
      limits: {
        mailbox: limits.field('mailbox').number ?? GENOME_DEFAULTS.mailbox,
        bodyBytes: parseSize(limits.field('body').text ?? GENOME_DEFAULTS.body) ?? 0,
        rate: rateOf(limits.field('rate').text ?? GENOME_DEFAULTS.rate),
        ratePerKey: rateOf(limits.field('ratePerKey').text ?? GENOME_DEFAULTS.ratePerKey),
      },
      tests: testPlans(root.field('tests'), this.#receptors, this.#report),
      foreign: [...this.#entities.values()].flatMap(({ compiled }) => compiled.foreign),
      flows: this.#flows,
      source: { file, valueAt: this.#document.valueAt },
    };
  }

  #plans(which: (entry: OrganEntry) => boolean): Record<string, OrganPlan> {
    const entries = [...this.#directory.entries.values()].filter(which);
    return Object.fromEntries(entries.map((entry) => [entry.name, this.#plan(entry)]));
  }

  #plan(entry: OrganEntry): OrganPlan {
    const report = this.#report;
    switch (entry.kind) {
      case 'shards':
        return shardsPlan(entry.cursor, report);
      case 'files':
        return filesPlan(entry.cursor);
      case 'index':
        return indexPlan(entry.cursor);
      case 'ledger':
        return ledgerPlan(entry.cursor);
      case 'records':
        return recordsPlan(entry, report);
      case 'topic':
        return topicPlan(entry);
      case 'queue':
        return queuePlan(entry, report);
      case 'schedule':
        return schedulePlan(entry.cursor, this.#directory, report);
      case 'module':
        return modulePlan(entry, this.#directory, this.#shapes, report);
      case 'entity':
        return entityPlan(this.#entity(entry.name), report);
    }
  }

  #moduleFlows(plans: Readonly<Record<string, OrganPlan>>): readonly Flow[] {
    return Object.entries(plans).flatMap(([organ, plan]) => {
      if (plan.kind !== 'module') return [];
      const sends = this.#root.field('organs').field(organ).field('sends');
      return Object.entries(plan.sends).flatMap(([event, targets]) =>
        targets.map((to) => ({ from: `${organ}.${event}`, to, at: sends.field(event).keyAt })),
      );
    });
  }

  #entity(name: string): EntityDraft {
    const draft = this.#entities.get(name);
    if (draft === undefined) throw new Error(`the entity '${name}' was never compiled`);
    return draft;
  }

  /** What nothing reaches, nothing uses, or goes round for ever. */
  checkWhole(): void {
    const report = this.#report;
    for (const draft of this.#entities.values()) {
      checkEntityFlow(draft, report);
      checkSafety(this.#receptors, prefixed(draft.entry.name, changingEvents(draft.compiled.chart)), report);
    }
    for (const entry of this.#directory.entries.values()) if (entry.kind === 'module') checkModuleEvents(entry, report);
    this.#shapes.names.reportUnused();
    this.#directory.organs.reportUnused();
    this.#directory.uses.reportUnused();
    const edges = this.#flows.map(({ from, to, at }) => ({ from, to: targetName(to), at }));
    for (const { edge, stations } of circlesIn(edges)) {
      report.add(edge.at, `this goes round in a circle, without any time between: ${stations.join(' -> ')}`);
    }
  }
}

function inOrderOf(organs: Cursor, plans: Readonly<Record<string, OrganPlan>>): Genome['organs'] {
  return Object.fromEntries(
    organs.fields.flatMap(({ name }) => (plans[name] === undefined ? [] : [[name, plans[name]]])),
  );
}

function prefixed<T>(organ: string, byEvent: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...byEvent].map(([event, value]) => [`${organ}.${event}`, value]));
}

function checkModuleEvents({ signatures }: OrganEntry, report: Report): void {
  for (const { verb, declared } of signatures.values()) {
    if (declared?.used === false) report.add(declared.at, `nothing sends the event '${verb}'`);
  }
}

function supervisionOf(cursor: Cursor): Supervision {
  const { restarts = 0, periodMs = 0 } =
    parseIntensity(cursor.field('intensity').text ?? GENOME_DEFAULTS.intensity) ?? {};
  const { minMs = 0, maxMs = 0 } = parseBackoff(cursor.field('backoff').text ?? GENOME_DEFAULTS.backoff) ?? {};
  const strategy = STRATEGIES.find((name) => name === cursor.field('strategy').text) ?? GENOME_DEFAULTS.strategy;
  return { strategy, intensity: restarts, periodMs, backoffMinMs: minMs, backoffMaxMs: maxMs };
}
