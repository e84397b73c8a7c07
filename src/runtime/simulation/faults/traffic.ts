import type { JsonObject } from '../../../contract/words.ts';
import {
  bandwidth as bandwidthRule,
  corruption as corruptionRule,
  delay as delayRule,
  duplication as duplicationRule,
  halfOpen as halfOpenRule,
  loss as lossRule,
  type Rate,
  reordering as reorderingRule,
  replay as replayRule,
  type Where,
} from '../weather.ts';
import type { Dice, FaultKind } from './kind.ts';
import { nodes } from './links.ts';

/** The rules of the network as faults: all legs, or those of some nodes. */

const rate: JsonObject = { type: 'number', minimum: 0, maximum: 1 };
const milliseconds: JsonObject = { type: 'number', minimum: 0 };
const where = { 'nodes?': nodes, 'from?': nodes, 'to?': nodes };
const LASTS_MS = [2_000, 30_000] as const;

function drawWhere(dice: Dice): Where {
  return dice.chance(0.6) ? {} : { nodes: dice.someNodes() };
}

function drawRate(dice: Dice, max: number): Rate {
  return { ...drawWhere(dice), rate: Math.round(dice.float() * max * 1_000) / 1_000 };
}

export const loss: FaultKind<Rate> = {
  meaning: 'A share of all legs vanishes.',
  params: { ...where, rate },
  lastsMs: LASTS_MS,
  draw: (dice) => drawRate(dice, 0.25),
  strike: (world, params, label) => world.rule(lossRule(params), label),
};

export const duplication: FaultKind<Rate> = {
  meaning: 'A share of the requests arrives twice.',
  params: { ...where, rate },
  lastsMs: LASTS_MS,
  draw: (dice) => drawRate(dice, 0.4),
  strike: (world, params, label) => world.rule(duplicationRule(params), label),
};

export const reordering: FaultKind<Rate & { readonly byMs: number }> = {
  meaning: 'A share of the legs takes up to so much longer, and is overtaken.',
  params: { ...where, rate, byMs: milliseconds },
  lastsMs: LASTS_MS,
  draw: (dice) => ({ ...drawRate(dice, 0.5), byMs: dice.between(20, 1_000) }),
  strike: (world, params, label) => world.rule(reorderingRule(params), label),
};

export const delay: FaultKind<Where & { readonly minMs: number; readonly maxMs: number }> = {
  meaning: 'All legs take longer.',
  params: { ...where, minMs: milliseconds, maxMs: milliseconds },
  lastsMs: LASTS_MS,
  draw: (dice) => {
    const minMs = dice.between(1, 100);
    return { ...drawWhere(dice), minMs, maxMs: minMs * dice.between(1, 4) };
  },
  strike: (world, params, label) => world.rule(delayRule(params), label),
};

export const bandwidth: FaultKind<Where & { readonly bytesPerSecond: number }> = {
  meaning: 'Each direction of each link carries only so many bytes a second.',
  params: { ...where, bytesPerSecond: { type: 'integer', minimum: 1 } },
  lastsMs: LASTS_MS,
  draw: (dice) => ({ ...drawWhere(dice), bytesPerSecond: dice.between(20_000, 2_000_000) }),
  strike: (world, params, label) => world.rule(bandwidthRule(params), label),
};

export const halfOpen: FaultKind<Where> = {
  meaning: 'Requests arrive, and their answers never do.',
  params: where,
  lastsMs: [500, 10_000],
  draw: (dice) => ({ from: dice.someNodes(), to: dice.someNodes() }),
  strike: (world, params, label) => world.rule(halfOpenRule(params), label),
};

export const corruption: FaultKind<Rate> = {
  meaning: 'In a share of the legs one bit is another when it arrives.',
  params: { ...where, rate },
  lastsMs: LASTS_MS,
  draw: (dice) => drawRate(dice, 0.15),
  strike: (world, params, label) => world.rule(corruptionRule(params), label),
};

export const replay: FaultKind<Rate & { readonly withinMs: number }> = {
  meaning: 'A share of the requests arrives once more, later, byte for byte.',
  params: { ...where, rate, withinMs: milliseconds },
  lastsMs: LASTS_MS,
  draw: (dice) => ({ ...drawRate(dice, 0.3), withinMs: dice.between(50, 20_000) }),
  strike: (world, params, label) => world.rule(replayRule(params), label),
};
