import type { NodeEvents } from '../../contract/events.ts';
import type { TreeId } from '../../contract/words.ts';
import type { Observation } from './observation.ts';
import type { SimNode } from './sim-node.ts';

/** The topic under which the load of a run tells something to all. */
export const SIM_TOPIC = 'simulation';

/** What is told under it. */
export type Telling = {
  /** Unique in a run. */
  readonly id: string;
};

/** A broadcast that a node delivered to its organs. */
export interface Heard extends NodeEvent {
  readonly node: SimNode;
  /** Undefined where it is nothing that the load of the run has told. */
  readonly telling: Telling | undefined;
}

type NodeEvent = Omit<NodeEvents['broadcast.received'], 'body'>;

export function heardIn(observation: Observation): Heard | undefined {
  if (observation.what !== 'told' || observation.event.kind !== 'broadcast.received') return undefined;
  const { body, ...event } = observation.event.body as NodeEvents['broadcast.received'];
  const telling = event.topic === SIM_TOPIC ? (body as unknown as Telling) : undefined;
  return { ...event, node: observation.node, telling };
}

/**
 * Names cells by their lives: what was told before a restart may be told again after it, and a broadcast organ that had to
 * begin anew remembers as little as a new process does.
 */
export class Hearers {
  readonly #renewals = new Map<string, number>();

  see(observation: Observation): void {
    if (observation.what !== 'restarted' || observation.organ !== 'broadcast') return;
    const process = processOf(observation.node);
    this.#renewals.set(process, (this.#renewals.get(process) ?? 0) + 1);
  }

  nameOf(node: Pick<SimNode, 'index' | 'incarnation'>, tree: TreeId): string {
    const process = processOf(node);
    return `${process}/${this.#renewals.get(process) ?? 0}/${tree}`;
  }
}

function processOf({ index, incarnation }: Pick<SimNode, 'index' | 'incarnation'>): string {
  return `${index}/${incarnation}`;
}
