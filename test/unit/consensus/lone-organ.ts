import { PRESETS } from '../../../src/contract/limits.ts';
import type { Effect, EffectScope, Input, Moment, Organ, Signal, Step } from '../../../src/contract/organ.ts';
import type { Json, NodeId } from '../../../src/contract/words.ts';
import { type ConsensusFacts, type ConsensusOptions, consensusOrgan } from '../../../src/organs/consensus/index.ts';
import { VirtualClock } from '../../../src/runtime/clock/virtual.ts';
import { seededEntropy } from '../../../src/runtime/entropy/seeded.ts';
import { memoryLog } from '../../../src/runtime/log/memory.ts';
import { MemoryDisk } from '../../../src/runtime/store/memory.ts';
import { foundingOf, GENOMES, memberOf, organismOf, signerOf, verify } from './logbook.ts';

const entropy = seededEntropy('lone organ');

export function momentAt(monotonic: number, mode = 'placed'): Moment {
  return {
    now: 1_000_000 + monotonic,
    monotonic,
    mode,
    random: () => entropy.float(),
    randomBytes: (length) => entropy.bytes(length),
  };
}

/** One organ by hand, without a kernel: what it is given, and what it asked for. Its disk is written at once. */
export class LoneOrgan {
  readonly disk = new MemoryDisk();
  readonly store = this.disk.open({ clock: new VirtualClock() });
  readonly organ: Organ<ConsensusFacts>;
  facts: ConsensusFacts;
  /** Of the last step. */
  step: Step<ConsensusFacts>;
  #running: Extract<Effect, { effect: 'run' }> | undefined;
  monotonic = 0;
  mode = 'placed';

  constructor(name: string, options: Partial<ConsensusOptions> = {}) {
    const founding = foundingOf();
    const { revoked: _, ...who } = memberOf(name);
    this.organ = consensusOrgan({
      self: { ...who, weight: 1, genomes: GENOMES.map(({ genome }) => genome) },
      organism: organismOf(founding),
      founding: null,
      join: null,
      timing: PRESETS.lan,
      store: this.store,
      verify,
      ...options,
    });
    this.step = this.organ.begin(this.store, momentAt(0));
    this.facts = this.step.facts;
  }

  /** An organ that leads: it has founded the organism, and its first entry is proven. */
  static leader(options: Partial<ConsensusOptions> = {}): LoneOrgan {
    const organ = new LoneOrgan('founder', { founding: foundingOf(), ...options });
    organ.act('foundOrganism', { type: 'consensus.found' });
    organ.mode = 'placed';
    return organ.flush();
  }

  get effects(): readonly Effect[] {
    return this.step.effects ?? [];
  }

  get signals(): readonly Signal[] {
    return this.step.signals ?? [];
  }

  effectsOf<E extends Effect['effect']>(effect: E): Extract<Effect, { effect: E }>[] {
    return this.effects.filter((one): one is Extract<Effect, { effect: E }> => one.effect === effect);
  }

  give(kind: string, body: unknown, from?: NodeId): this {
    const handle = this.organ.receive[kind];
    if (handle === undefined) throw new Error(`nobody takes ${kind}`);
    const input: Input = { kind, body, ...(from === undefined ? {} : { from }) };
    return this.#take(handle(this.facts, input as Input<never>, momentAt(this.monotonic, this.mode)));
  }

  act(action: string, signal: Signal): this {
    const perform = this.organ.actions[action];
    if (perform === undefined) throw new Error(`there is no action ${action}`);
    return this.#take(perform(this.facts, signal, momentAt(this.monotonic, this.mode)));
  }

  /** An answer to a question of its own. */
  answer(kind: string, to: NodeId, body: Json | { readonly code: string }, tag?: Json): this {
    const isBad = typeof body === 'object' && body !== null && 'code' in body;
    const outcome = isBad ? { ok: false, ...body } : { ok: true, body };
    return this.give(kind, { to, tag, outcome });
  }

  /** The disk has what was appended: the node vouches for it, which is the last step taken. */
  prove(): this {
    const run = this.#running;
    this.#running = undefined;
    const tell = (input: Input): void => void this.give(input.kind, input.body);
    const scope = { ports: { signer: signerOf('founder'), log: memoryLog() }, tell } as unknown as EffectScope;
    if (run !== undefined) void this.organ.effects[run.name]?.(run.params as never, scope);
    return this;
  }

  /** The same until nothing is left to be proven. */
  flush(): this {
    while (this.#running !== undefined) this.prove();
    return this;
  }

  #take(step: Step<ConsensusFacts>): this {
    this.step = step;
    this.facts = step.facts;
    this.disk.apply(step.writes ?? []);
    this.#running = this.effectsOf('run').at(-1) ?? this.#running;
    return this;
  }
}
