import type { Shown } from '../../../../src/organs/ledger/rules.ts';
import { type Protocol, type Scenario, type SlotPlan, VOID } from './protocol.ts';
import type { Validator } from './validator.ts';
import type { Open } from './world.ts';

/**
 * Whether the honest validators, left alone once they were shown every certificate, can still decide each slot in one more
 * ballot led by one of them, home slots first, and whether that is what had been settled. Says what is wrong, undefined
 * where nothing is.
 */
export function finish(
  scenario: Scenario,
  { rules }: Protocol,
  validators: readonly Validator[],
  open: Open,
): string | undefined {
  const outcomes: Record<string, string> = {};
  for (const slot of scenario.slots.filter(({ handover }) => !handover)) {
    const certified = open.offers.filter((offer) => offer.kind === 'certificate' && offer.slot === slot.name);
    const certificate = rules.highest(certified.map(({ choice }) => ({ certificate: choice })));
    const reports = validators.map(({ promises }) => {
      const shown = rules.show(promises[slot.name] as (typeof promises)[string]);
      return { ...shown, certificate: rules.higher(shown.certificate, certificate) };
    });
    const outcome = decide(slot, scenario, rules, reports, outcomes);
    if (outcome === undefined) return `${slot.name} can't be decided any more`;
    outcomes[slot.name] = outcome;
    const settled = open.settled[slot.name]?.find((value) => value !== outcome);
    if (settled !== undefined) return `${slot.name} had settled ${settled}, and would be decided as ${outcome}`;
  }
  return undefined;
}

function decide(
  slot: SlotPlan,
  scenario: Scenario,
  rules: Protocol['rules'],
  reports: readonly Shown[],
  outcomes: Readonly<Record<string, string>>,
): string | undefined {
  const homeOf = (trade: string): string => scenario.bodies.find(({ name }) => name === trade)?.legs[0] ?? slot.name;
  const verdict = rules.verdictOf(reports, {
    isElsewhere: (value) => homeOf(value) !== slot.name,
    settledAtHome: (trade) => outcomes[homeOf(trade)],
  });
  if (verdict.verdict === 'await') return undefined;
  if (verdict.verdict === 'follow') return verdict.trade;
  return verdict.verdict === 'keep' ? verdict.value : VOID;
}
