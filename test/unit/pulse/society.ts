import { PRESETS, type Timing } from '../../../src/contract/limits.ts';
import type { NodeId, View } from '../../../src/contract/words.ts';
import { type PulseFacts, pulseOrgan, stateOf } from '../../../src/organs/pulse/index.ts';
import { makeView, nodeName, type ViewOptions, withoutNodes } from '../../stage/organism.ts';
import { Stage, type StageOptions } from '../../stage/stage.ts';

export interface SocietyOptions extends StageOptions {
  readonly nodes: number;
  readonly timing?: Timing;
  readonly view?: ViewOptions;
  /** Whether a condemned node loses its slots, as consensus would have it. @default true */
  readonly commits?: boolean;
}

/** Nodes that only have a pulse, and a stand-in for consensus: what is condemned is committed 50 ms later. */
export class Society {
  readonly stage: Stage;
  readonly nodes: readonly NodeId[];
  readonly timing: Timing;
  view: View;

  constructor(options: SocietyOptions) {
    this.stage = new Stage(options);
    this.timing = options.timing ?? PRESETS.lan;
    this.nodes = Array.from({ length: options.nodes }, (_, index) => nodeName(index + 1));
    this.view = makeView(this.nodes, options.view);
    for (const node of this.nodes) this.start(node, 1);
    if (options.commits !== false) {
      this.stage.onTold = ({ kind, body }) => {
        if (kind === 'pulse.condemned') this.remove((body as { nodes: readonly NodeId[] }).nodes);
      };
    }
  }

  get leader(): NodeId {
    return this.view.voters[0] as NodeId;
  }

  start(node: NodeId, incarnation: number): void {
    this.stage.enter(node, [pulseOrgan({ self: node, incarnation, timing: this.timing })]);
    this.stage.emit(node, 'consensus.led', { leader: this.leader, epoch: this.view.epoch });
    this.stage.emit(node, 'consensus.committed', { view: this.view, previous: this.view, records: [] });
  }

  /** Commits the removal, and tells everybody who can hear it. */
  remove(gone: readonly NodeId[]): void {
    const previous = this.view;
    this.view = withoutNodes(previous, gone);
    const told = { view: this.view, previous, records: [] };
    for (const node of this.nodes) {
      if (!gone.includes(node) && this.stage.link(this.leader, node))
        this.stage.emit(node, 'consensus.committed', told);
    }
  }

  opinion(of: NodeId, about: NodeId): string {
    return stateOf(this.facts(of), about);
  }

  facts(node: NodeId): PulseFacts {
    return this.stage.facts<PulseFacts>(node, 'pulse');
  }

  condemned(): { at: number; nodes: readonly NodeId[] }[] {
    return this.stage
      .toldOf<{ nodes: readonly NodeId[] }>('pulse.condemned')
      .map(({ at, body }) => ({ at, nodes: body.nodes }));
  }
}
