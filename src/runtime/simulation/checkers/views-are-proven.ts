import type { NodeId, Proof } from '../../../contract/words.ts';
import { proofClaim } from '../../../organs/consensus/records.ts';
import { committedIn } from '../annals.ts';
import type { Invariant, Scene } from '../invariant.ts';
import { isMajority, type Model } from '../model.ts';

export const viewsAreProven: Invariant = {
  name: 'views-are-proven',
  promise: 'No node takes over a view that a majority of its voters has not signed.',
  how: 'Every proof with which a node tells of a view is checked anew, against the voters that the log names at that index; a signature counts only if its node was seen to make it.',
  holds: 'always',
  watch: (scene) => {
    const signed = new Set<string>();
    const proven = new WeakSet<Proof>();
    return {
      see: (observation) => {
        if (observation.what === 'signed') signed.add(`${observation.node.id} ${observation.text}`);
        const committed = committedIn(observation);
        if (committed === undefined || observation.what !== 'told' || proven.has(committed.proof)) return;
        const { view, proof } = committed;
        const who = `node ${observation.node.index} has version ${view.version}`;
        const isOfView =
          proof.generation === view.generation && proof.version === view.version && proof.hash === view.hash;
        if (!isOfView) scene.violate(`${who} with the proof of another view, ${proof.version}`);
        const annal = scene.annals.at(proof.generation, proof.version);
        const signers = signersOf(scene, proof, signed);
        if (annal !== undefined && !vouches(annal.before, signers) && !vouches(annal.after, signers))
          scene.violate(`${who}, vouched for only by ${[...signers].join(', ') || 'nobody'}`);
        proven.add(proof);
      },
    };
  },
};

function signersOf({ nodes }: Scene, proof: Proof, signed: ReadonlySet<string>): Set<NodeId> {
  const claim = proofClaim(proof);
  const text = Buffer.from(claim).toString();
  const good = proof.signatures.filter(({ node, signature }) => {
    const signer = nodes.find(({ id }) => id === node)?.signer;
    return signer?.verify('view', claim, signature, signer.spki) === true && signed.has(`${node} ${text}`);
  });
  return new Set(good.map(({ node }) => node));
}

function vouches(model: Model, signers: ReadonlySet<NodeId>): boolean {
  return isMajority(model, signers);
}
