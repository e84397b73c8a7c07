import * as rules from '../../../../src/organs/ledger/rules.ts';
import { type Protocol, type Rules, type Scenario, shipped } from './protocol.ts';
import { deep, small } from './scenarios.ts';

/** A protocol with one thing wrong, and the scenario that must show it. */
export interface Mutant {
  readonly wrong: string;
  readonly protocol: Protocol;
  readonly scenario: Scenario;
}

const ruled = (changed: Partial<Rules>): Protocol => ({ ...shipped, rules: { ...rules, ...changed } });
const scenarios = { ...small, ...deep };
const mutant = (wrong: string, scenario: keyof typeof scenarios, protocol: Protocol): Mutant => ({
  wrong,
  protocol,
  scenario: scenarios[scenario],
});

/** Each lets a slot have two outcomes. */
export const mutants: readonly Mutant[] = [
  mutant('acknowledges ballot 0 after joining ballot 1', 'unlock', ruled({ mayAcknowledge: () => true })),
  mutant(
    'votes in ballot 0 after joining ballot 1',
    'cheatedAbroad',
    ruled({ mayVote: (slots, value) => slots.every(({ vote }) => vote === null || vote === value) }),
  ),
  mutant(
    'votes twice in ballot 0',
    'cheatedAbroad',
    ruled({ mayVote: (slots) => slots.every(({ joined }) => joined === 0) }),
  ),
  mutant('votes twice in a ballot', 'unlock', ruled({ mayPrepare: (slot, { ballot }) => slot.joined === ballot })),
  mutant(
    'votes in a ballot that it has left',
    'unlock',
    ruled({ mayPrepare: (slot, choice) => rules.mayPrepare({ ...slot, joined: choice.ballot }, choice) }),
  ),
  mutant('joins ballots downwards', 'resolution', ruled({ mayJoin: () => true })),
  mutant('credits on a certificate', 'unlock', { ...shipped, pays: 'certificate' }),
  mutant('adds up acknowledgements of several ballots', 'resolution', { ...shipped, settles: 'any' }),
  mutant('takes 2f for a quorum', 'unlock', ruled({ quorumOf: (f) => 2 * f })),
  mutant(
    'ignores the certificates that are shown',
    'unlock',
    ruled({ highest: () => null, verdictOf: () => ({ verdict: 'free' }) }),
  ),
  mutant(
    'keeps the certificate of the lowest ballot',
    'unlock',
    ruled({
      verdictOf: (shown, trades) =>
        rules.verdictOf(
          shown.map((one) => ({ ...one, certificate: lowest(shown) })),
          trades,
        ),
    }),
  ),
  mutant('reports no certificate', 'unlock', ruled({ show: ({ vote }) => ({ vote, certificate: null }) })),
  mutant('reports no vote', 'cheatedAbroad', ruled({ show: ({ certificate }) => ({ vote: null, certificate }) })),
  mutant('keeps the first certificate that it was shown', 'resolution', ruled({ higher: (a, b) => a ?? b })),
  mutant('decides a trade in both of its slots', 'cheatedAbroad', { ...shipped, decides: 'each' }),
  mutant(
    'decides the other slot without the home slot',
    'cheatedAbroad',
    ruled({
      verdictOf: (shown) => rules.verdictOf(shown, { isElsewhere: () => false, settledAtHome: () => undefined }),
    }),
  ),
  mutant("takes the home slot's certificate for its decision", 'homeTwice', { ...shipped, follows: 'certificate' }),
  mutant('binds only the home slot by a vote for a trade', 'cheatedAbroad', { ...shipped, binds: 'home' }),
  mutant(
    'keeps a trade at home for which there is only a vote',
    'cheatedAbroad',
    ruled({
      verdictOf: (shown, trades) => {
        const verdict = rules.verdictOf(shown, trades);
        const voted = shown.find(({ vote }) => vote === 'trade' && !trades.isElsewhere(vote));
        return verdict.verdict === 'free' && voted !== undefined ? { verdict: 'keep', value: 'trade' } : verdict;
      },
    }),
  ),
  mutant('forgets its vote in a crash', 'cheatedAbroad', { ...shipped, forgets: ['vote'] }),
  mutant('forgets the ballot it joined in a crash', 'unlock', { ...shipped, forgets: ['joined'] }),
  mutant('forgets the certificate that it acknowledged in a crash', 'unlock', { ...shipped, forgets: ['certificate'] }),
  mutant('forgets what it voted for in a ballot in a crash', 'unlock', { ...shipped, forgets: ['prepared'] }),
  mutant('goes on after handing over', 'change', { ...shipped, closes: false }),
  mutant('hands over no certificates', 'change', ruled({ handedOver: () => null })),
  mutant(
    'hands over the certificate of the lowest ballot',
    'change',
    ruled({ handedOver: (shown) => lowest(shown)?.value ?? null }),
  ),
];

/** It lets nothing go wrong, and a slot stay open for ever. */
export const waitsForEver = mutant(
  'waits for the home slot of a trade that is void',
  'cheatedAbroad',
  ruled({
    verdictOf: (shown, { isElsewhere, settledAtHome }) =>
      rules.verdictOf(shown, {
        isElsewhere,
        settledAtHome: (trade) => (settledAtHome(trade) === trade ? trade : undefined),
      }),
  }),
);

function lowest(shown: readonly { readonly certificate: rules.Choice | null }[]): rules.Choice | null {
  return shown.reduce<rules.Choice | null>((least, { certificate }) => {
    if (certificate === null || least === null) return certificate ?? least;
    return certificate.ballot < least.ballot ? certificate : least;
  }, null);
}
