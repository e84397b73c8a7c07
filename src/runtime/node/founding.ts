import type { Genome } from '../../actors/genome.ts';
import { base64url, organismIdOf } from '../../contract/encoding.ts';
import type { Founding } from '../../contract/entries.ts';
import type { Entropy, Signer } from '../../contract/ports.ts';
import type { JsonObject, OrganismId } from '../../contract/words.ts';
import { charterClaim, type SelfDescription } from '../../organs/consensus/index.ts';
import type { Operator } from '../../organs/ledger/index.ts';

/** An organism about to be founded: its id is fixed before its first entry is. */
export interface Charter {
  readonly organism: OrganismId;
  /** Who speaks for it, later on as well. */
  readonly operator: Operator;
  entryFor(self: SelfDescription): Founding;
}

/** `operator` is the organism's key; `config` goes into the first entry. */
export function charter(operator: Signer, genomes: readonly Genome[], config: JsonObject, entropy: Entropy): Charter {
  const nonce = base64url(entropy.bytes(16));
  const seeds = genomes.map(({ genome, tree }) => ({
    genome,
    fanout: tree.fanout,
    weight: 1,
    seed: base64url(entropy.bytes(12)),
  }));
  return {
    organism: organismIdOf(operator.spki, nonce),
    operator: { signer: operator, nonce },
    entryFor: ({ genomes: _genomes, weight, ...member }) => {
      const founder = { ...member, revoked: false };
      const claim = {
        type: 'FOUND' as const,
        founder,
        genomes: seeds.map((seed) => ({ ...seed, weight })),
        config,
        operator: operator.spki,
        nonce,
      };
      return { ...claim, charter: operator.sign('organism-key', charterClaim(claim)) };
    },
  };
}
