import type { NodeEvents } from '../../contract/events.ts';
import type { Answer, Input, Organ } from '../../contract/organ.ts';
import { count, nothing, shape } from '../../contract/schema.ts';
import { emptyFacts, resumeChildren, type TreeFacts } from './facts.ts';
import { treeMachine } from './machine.ts';
import {
  type AttachBody,
  attach,
  goHome,
  type TreeOptions,
  takeAnswer,
  takeAttach,
  takeDetach,
  takeOpinion,
  takeView,
} from './rules.ts';

export type { TreeFacts } from './facts.ts';
export type { TreeOptions } from './rules.ts';

const place = shape({ slot: count, version: count });

/**
 * A cell's place in its tree: its slot by the committed view, and the soft edges by which it is reached.
 *
 * @example cell.start([treeOrgan({ self, tree, timing: PRESETS.lan })])
 */
export function treeOrgan(options: TreeOptions): Organ<TreeFacts> {
  return {
    id: 'tree',
    machine: treeMachine,
    begin: () => ({ facts: emptyFacts(options.self) }),
    messages: { 'tree.attach': place, 'tree.detach': nothing },
    answers: { 'tree.attach': place },
    receive: {
      'consensus.committed': (facts, { body }: Input<NodeEvents['consensus.committed']>, moment) =>
        takeView(facts, body, options, moment),
      'pulse.changed': (facts, { body }: Input<NodeEvents['pulse.changed']>, moment) =>
        takeOpinion(facts, body.node, body.state === 'live', options, moment),
      'tree.edges': (facts, { body }: Input<NodeEvents['tree.edges']>) => ({
        facts: body.tree === options.tree ? resumeChildren(facts, body.children) : facts,
      }),
      'tree.attach': (facts, { body, from = '' }: Input<AttachBody>) => takeAttach(facts, from, body, options),
      'tree.detach': (facts, { from = '' }: Input) => takeDetach(facts, from, options),
      'tree.answered': (facts, { body }: Input<Answer>, moment) => takeAnswer(facts, body, options, moment),
      'tree.tryAgain': (facts, _input, moment) => attach(facts, options, moment),
      'tree.goHome': (facts, _input, moment) => goHome(facts, options, moment),
      'node.leaving': (facts) => ({ facts, signals: [{ type: 'tree.leave' }] }),
      'consensus.refused': (facts) => ({
        facts,
        signals: [{ type: facts.slot > 0 ? 'tree.stay' : 'tree.stayOutside' }],
      }),
    },
    actions: {
      attach: (facts, _signal, moment) => attach(facts, options, moment),
      dropEdges: (facts) => ({
        facts: { ...facts, edge: null, children: {}, asking: null, candidates: [], patience: 0 },
        effects: [{ effect: 'emit', kind: 'tree.edges', body: { tree: options.tree, parent: null, children: [] } }],
      }),
    },
    effects: {},
  };
}
