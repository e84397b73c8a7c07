import { LIMITS } from '../../contract/limits.ts';
import type { NodeId } from '../../contract/words.ts';
import type { Standing } from './admission.ts';

const STRANGERS = 'strangers';

/** How much a node works on at once, by peer and in all. Strangers share one room: keys are free, room is not. */
export class Room {
  readonly #underWay = new Map<string, number>();
  #all = 0;

  isFull(node: NodeId, standing: Standing): boolean {
    const most = standing === 'member' ? LIMITS.framesPerPeerMax : LIMITS.framesStrangersMax;
    const own = this.#underWay.get(sharerOf(node, standing)) ?? 0;
    return own >= most || this.#all >= LIMITS.requestsInFlightMax;
  }

  /** Takes the room that one request needs; what it returns gives it back, and is called once. */
  enter(node: NodeId, standing: Standing): () => void {
    const sharer = sharerOf(node, standing);
    this.#underWay.set(sharer, (this.#underWay.get(sharer) ?? 0) + 1);
    this.#all += 1;
    return () => {
      const left = (this.#underWay.get(sharer) ?? 1) - 1;
      if (left > 0) this.#underWay.set(sharer, left);
      else this.#underWay.delete(sharer);
      this.#all -= 1;
    };
  }
}

function sharerOf(node: NodeId, standing: Standing): string {
  return standing === 'member' ? node : STRANGERS;
}
