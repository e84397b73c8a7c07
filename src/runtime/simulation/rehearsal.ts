import { craftsOf } from '../../actors/genome/crafts.ts';
import type { Genome, TestNode, TestPlan, TestStep } from '../../actors/genome/plan.ts';
import { receptorSet } from '../../actors/genome/receptor-set.ts';
import { nodeIdOf, treeIdOf, utf8 } from '../../contract/encoding.ts';
import { isFault } from '../../contract/errors.ts';
import type { Receptor } from '../../contract/receptor.ts';
import type { Json, JsonObject, NodeId, View } from '../../contract/words.ts';
import { placed } from '../../organs/keeper/index.ts';
import { memoryLog } from '../log/memory.ts';
import { World } from './world.ts';

/** What became of one test of a genome. */
export interface Rehearsed {
  readonly test: string;
  readonly ok: boolean;
  readonly steps: number;
  /** Virtual milliseconds. */
  readonly tookMs: number;
  /** Why it failed, and where in the file the step stands. */
  readonly failure?: { readonly line: number; readonly column: number; readonly text: string };
}

const WHOLE_MS = 60_000;
/** How long a request of a test may take, with whatever the fault before it costs. */
const ANSWER_MS = 20_000;

/** A step that did not come out as the test says. */
class Surprise extends Error {}

/**
 * Runs a genome's own tests, each in an organism of its own on virtual time.
 *
 * @param beside genomes that it uses
 * @example for (const { test, ok } of await rehearse(genome, { seed: 1 })) console.log(test, ok)
 */
export async function rehearse(
  genome: Genome,
  { seed = 1, beside = [] }: { readonly seed?: number; readonly beside?: readonly Genome[] } = {},
): Promise<readonly Rehearsed[]> {
  const results: Rehearsed[] = [];
  for (const [test, plan] of Object.entries(genome.tests)) {
    const world = await World.grow({ seed, nodes: plan.nodes, genomes: [...beside, genome] });
    await world.advance(1_000);
    results.push(await new Rehearsal(world, genome).run(test, plan));
  }
  return results;
}

class Rehearsal {
  readonly #world: World;
  readonly #genome: Genome;
  readonly #receptors: ReadonlyMap<string, Receptor>;
  /** The place of what was asked last. */
  #place: string | undefined;
  #turn = 0;

  constructor(world: World, genome: Genome) {
    this.#world = world;
    this.#genome = genome;
    this.#receptors = new Map(receptorSet(genome).receptors.map((receptor) => [receptor.name, receptor]));
  }

  async run(test: string, { steps }: TestPlan): Promise<Rehearsed> {
    const startedAt = this.#world.now;
    for (const [index, step] of steps.entries()) {
      try {
        await this.#take(step);
      } catch (error) {
        if (!(error instanceof Surprise)) throw error;
        const failure = { ...step.where, text: error.message };
        return { test, ok: false, steps: index, tookMs: this.#world.now - startedAt, failure };
      }
    }
    return { test, ok: true, steps: steps.length, tookMs: this.#world.now - startedAt };
  }

  async #take(step: TestStep): Promise<void> {
    const world = this.#world;
    switch (step.does) {
      case 'ask':
        return this.#ask(step);
      case 'wait':
        return world.advance(step.ms);
      case 'heal':
        world.repair();
        return world.untilWhole(WHOLE_MS);
      case 'cut':
        world.partition([this.#indexOf(step.node)]);
        return;
      case 'crash':
        world.crash(this.#indexOf(step.node));
        return;
      case 'restart':
        return this.#restart(step.node);
    }
  }

  /** Every node that was crashed, where none is named. */
  async #restart(node: TestNode): Promise<void> {
    const stopped = this.#world.nodes.filter(({ running }) => !running).map(({ index }) => index);
    for (const index of node === 'active' ? stopped : [node - 1]) await this.#world.restart(index);
    await this.#world.untilWhole(WHOLE_MS);
  }

  async #ask(step: Extract<TestStep, { does: 'ask' }>): Promise<void> {
    const receptor = this.#receptors.get(step.receptor);
    if (receptor === undefined) throw new Surprise(`'${step.receptor}' can't be asked in a test`);
    const outcome = await this.#outcome(receptor, step.with, step.as, step.at);
    const refused = outcome.ok ? undefined : outcome.code;
    if (step.refuses !== undefined || refused !== undefined) {
      if (refused === step.refuses) return;
      const got = outcome.ok
        ? `answered ${JSON.stringify(outcome.body)}`
        : `refused: ${outcome.code}, ${outcome.detail}`;
      throw new Surprise(
        `'${step.receptor}' was ${got}${step.refuses === undefined ? '' : `, must be refused: ${step.refuses}`}`,
      );
    }
    if (step.answers === undefined || (outcome.ok && covers(outcome.body, step.answers))) return;
    const body = outcome.ok ? outcome.body : null;
    throw new Surprise(
      `'${step.receptor}' was answered ${JSON.stringify(body)}, must be ${JSON.stringify(step.answers)}`,
    );
  }

  async #outcome(
    receptor: Receptor,
    fields: JsonObject,
    as: string | undefined,
    at: number | undefined,
  ): Promise<
    { readonly ok: true; readonly body: Json } | { readonly ok: false; readonly code: string; readonly detail: string }
  > {
    const world = this.#world;
    const { organ, verb } = receptor;
    const caller = as === undefined ? '' : nodeIdOf(utf8(as));
    try {
      const inPath = Object.entries(fields).filter(([name]) => receptor.parameters.includes(name));
      const rest = Object.entries(fields).filter(([name]) => !receptor.parameters.includes(name));
      const texts = inPath.map(([name, value]) => [name, String(value)] as const);
      const body = receptor.read(Object.fromEntries(texts), Object.fromEntries(rest));
      this.#place = this.#placeOf(receptor, body, caller);
      const index = at === undefined ? this.#next() : at - 1;
      const asked = world.node(index).catalogue(this.#genome.genome).ask({ organ, verb, body, caller });
      return { ok: true, body: await world.run(asked, ANSWER_MS) };
    } catch (error) {
      if (!isFault(error)) throw error;
      return { ok: false, code: error.code, detail: error.message };
    }
  }

  /** One after the other of those that run. */
  #next(): number {
    const running = this.#world.running.map(({ index }) => index);
    this.#turn += 1;
    return running[this.#turn % running.length] ?? 0;
  }

  #placeOf({ organ, verb }: Receptor, body: JsonObject, caller: string): string | undefined {
    const craft = craftsOf(this.#genome, memoryLog()).get(organ);
    return craft?.placeOf({ organ, verb, body, caller, once: null, key: null }, this.#world.clock.now());
  }

  #indexOf(node: TestNode): number {
    if (node !== 'active') return node - 1;
    const world = this.#world;
    const { view, organism } = world.running.find((one) => one.view !== null) ?? world.at(0);
    if (view === null || this.#place === undefined)
      throw new Surprise("nothing was asked before, so nobody is 'active'");
    const tree = treeIdOf(organism ?? '', this.#genome.genome);
    const alive = (id: NodeId): boolean => world.at(world.indexOf(id)).running;
    return world.indexOf(placed({ self: '', tree, view: () => view as View, alive }, this.#place) ?? '');
  }
}

/** Whether a value is the other one, where objects may have more fields. */
function covers(value: Json | undefined, wanted: Json): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(wanted)) return false;
  if (Array.isArray(wanted) && (value as readonly Json[]).length !== wanted.length) return false;
  return Object.entries(wanted).every(([key, inner]) => covers((value as JsonObject)[key], inner as Json));
}
