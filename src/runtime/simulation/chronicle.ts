import type { NodeEvents } from '../../contract/events.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { Observation } from './observation.ts';
import type { SimNode } from './sim-node.ts';
import { labelOf } from './strike.ts';

/** Something that was so from one moment to another. Virtual milliseconds; `until` null while it is so. */
export interface Span {
  readonly lane: string;
  readonly what: string;
  /** What it is drawn as: `up`, `fault`, or a mode of a cell. */
  readonly kind: string;
  readonly from: number;
  until: number | null;
}

/** Something that happened at a moment. */
export interface Mark {
  readonly lane: string;
  readonly what: string;
  readonly kind: 'call' | 'refusal' | 'entry' | 'sign' | 'breach';
  readonly at: number;
}

/** What a picture of a run needs: the lives and modes of its nodes, the faults, what was asked and what was committed. */
export class Chronicle {
  readonly spans: Span[] = [];
  readonly #marks: Mark[] = [];
  readonly #open = new Map<string, Span>();
  readonly #modes = new Map<number, string>();
  #left = 0;

  /** What had to make room. */
  get left(): number {
    return this.#left;
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  see(observation: Observation): void {
    const { at } = observation;
    switch (observation.what) {
      case 'started':
        this.#begin(`up ${observation.node.index}`, laneOf(observation.node), 'up', `its ${observation.disk} disk`, at);
        break;
      case 'stopped':
        this.#stopped(observation.node, at, observation.how);
        break;
      case 'struck':
        this.#begin(labelOf(observation.strike), 'faults', 'fault', JSON.stringify(observation.strike), at);
        break;
      case 'ended':
        this.#end(labelOf(observation.strike), at);
        break;
      case 'returned': {
        const { operation } = observation;
        const isRefused = operation.outcome?.ok === false;
        const outcome = operation.outcome?.ok === false ? operation.outcome.code : 'ok';
        const what = `${operation.kind} ${operation.key}: ${outcome}, after ${Math.round(at - operation.calledAt)} ms`;
        this.#mark({ lane: `node ${operation.node}`, kind: isRefused ? 'refusal' : 'call', what, at });
        break;
      }
      case 'restarted':
        this.#mark({ lane: laneOf(observation.node), kind: 'sign', what: `${observation.organ} began anew`, at });
        break;
      case 'told':
        this.#told(observation.node, observation.event, at);
        break;
      default:
    }
  }

  breach(what: string, at: number): void {
    this.#mark({ lane: 'faults', kind: 'breach', what, at });
  }

  #told(node: SimNode, { kind, body }: { readonly kind: string; readonly body: unknown }, at: number): void {
    this.#look(node, at);
    if (kind === 'consensus.led') {
      const { leader, epoch } = body as NodeEvents['consensus.led'];
      if (leader === node.id) this.#mark({ lane: laneOf(node), kind: 'sign', what: `leads epoch ${epoch}`, at });
    } else if (kind === 'pulse.sovereignty') {
      const { sovereign } = body as NodeEvents['pulse.sovereignty'];
      this.#mark({ lane: laneOf(node), kind: 'sign', what: sovereign ? 'sovereign' : 'provisional', at });
    } else if (kind === 'consensus.committed') {
      const { records } = body as NodeEvents['consensus.committed'];
      const entries = records
        .filter(({ entry }) => entry.type !== 'SET')
        .map(({ index, entry }) => `${index} ${entry.type}`);
      if (entries.length > 0) this.#mark({ lane: laneOf(node), kind: 'entry', what: entries.join(', '), at });
    }
  }

  /** The mode of a cell is told by nobody: it is looked at whenever its node says anything. */
  #look(node: SimNode, at: number): void {
    const mode = node.mode('tree', node.trees[0]) ?? 'none';
    if (this.#modes.get(node.index) === mode) return;
    this.#modes.set(node.index, mode);
    this.#end(`mode ${node.index}`, at);
    this.#begin(`mode ${node.index}`, laneOf(node), mode, mode, at);
  }

  #stopped(node: SimNode, at: number, how: string): void {
    for (const key of [`up ${node.index}`, `mode ${node.index}`]) this.#end(key, at);
    this.#modes.delete(node.index);
    this.#mark({ lane: laneOf(node), kind: 'sign', what: how, at });
  }

  #begin(key: string, lane: string, kind: string, what: string, from: number): void {
    const span: Span = { lane, kind, what, from, until: null };
    if (this.spans.length >= LIMITS.timelineMarksMax) this.#left += this.spans.splice(0, 1).length;
    this.spans.push(span);
    this.#open.set(key, span);
  }

  #end(key: string, at: number): void {
    const span = this.#open.get(key);
    if (span !== undefined) span.until = at;
    this.#open.delete(key);
  }

  #mark(mark: Mark): void {
    if (this.#marks.length >= LIMITS.timelineMarksMax) this.#left += this.#marks.splice(0, 1).length;
    this.#marks.push(mark);
  }
}

function laneOf({ index }: SimNode): string {
  return `node ${index}`;
}
