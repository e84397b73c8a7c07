import { LIMITS } from '../../contract/limits.ts';
import type { SeededEntropy } from '../entropy/seeded.ts';
import { FAULT_NAMES, type FaultName, faultKindOf } from './faults/catalogue.ts';
import { Dice } from './faults/kind.ts';
import type { Strike } from './strike.ts';

export interface SwarmOptions {
  /** Nodes when faults begin. */
  readonly cells: number;
  /** How long faults may begin, milliseconds. */
  readonly durationMs: number;
  /** What may be drawn. @default every kind */
  readonly kinds?: readonly FaultName[];
}

/** A seed uses this share of the kinds: with all of them at once, none would ever be met alone. */
const KINDS_SHARE = 0.3;
const KINDS_MIN = 2;
/** The mean pause between two faults of a seed, milliseconds. */
const PAUSE_MS = [600, 8_000] as const;

/**
 * The plan of a seed: a random subset of the kinds of faults, each with a rate of its own, spread over the time. Different
 * seeds try different mixtures, which finds more than the same mixture of everything would.
 */
export function drawPlan(entropy: SeededEntropy, { cells, durationMs, kinds = FAULT_NAMES }: SwarmOptions): Strike[] {
  const dice = new Dice(entropy, cells);
  const chosen = choose(dice, kinds);
  const pauseMs = dice.between(...PAUSE_MS);
  const plan: Strike[] = [];
  const busy = new Set<string>();
  for (let at = 0; chosen.length > 0 && plan.length < LIMITS.planStrikesMax; ) {
    at += Math.ceil(-Math.log(1 - dice.float()) * pauseMs);
    if (at >= durationMs) break;
    const kind = weighed(dice, chosen);
    const { lastsMs, draw } = faultKindOf(kind);
    const strike = { at, for: dice.between(...lastsMs), kind, ...draw(dice) } as Strike;
    // Two strikes of one kind at one moment would draw from one stream.
    if (!busy.has(`${kind}@${at}`)) plan.push(strike);
    busy.add(`${kind}@${at}`);
  }
  return plan;
}

interface Weight {
  readonly kind: FaultName;
  readonly weight: number;
}

function choose(dice: Dice, kinds: readonly FaultName[]): Weight[] {
  const ranked = kinds.map((kind) => ({ kind, luck: dice.float(), weight: 0.1 + dice.float() }));
  ranked.sort((a, b) => a.luck - b.luck);
  return ranked.filter(({ luck }, index) => index < KINDS_MIN || luck < KINDS_SHARE);
}

function weighed(dice: Dice, from: readonly Weight[]): FaultName {
  let left = dice.float() * from.reduce((sum, { weight }) => sum + weight, 0);
  for (const { kind, weight } of from) {
    left -= weight;
    if (left <= 0) return kind;
  }
  return (from.at(-1) as Weight).kind;
}
