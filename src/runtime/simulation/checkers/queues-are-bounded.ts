import { LIMITS } from '../../../contract/limits.ts';
import type { BroadcastFacts } from '../../../organs/broadcast/index.ts';
import type { OutboxFacts } from '../../../organs/outbox/index.ts';
import type { PulseFacts } from '../../../organs/pulse/index.ts';
import type { Invariant, Subject } from '../invariant.ts';

/** How large something is, and how large it may be. */
type Measure = readonly [what: string, size: number, limit: number];

export const queuesAreBounded: Invariant = {
  name: 'queues-are-bounded',
  promise: 'Every queue of every organ stays within the bound that docs/limits.md gives it.',
  how: 'Measured with every sweep: the rows and dead letters on the disks, and what the organs of the stem keep in their facts.',
  holds: 'always',
  watch: (scene) => ({
    sweep: () => {
      for (const node of scene.nodes) {
        if (!node.running) continue;
        for (const [what, size, limit] of measuresOf(node))
          if (size > limit) scene.violate(`node ${node.index} keeps ${size} ${what}, where ${limit} is the limit`);
      }
    },
  }),
};

function measuresOf(node: Subject): Measure[] {
  return [
    ['dead letters', node.disk.table('deadLetters').size, LIMITS.deadLettersMax],
    ...outboxMeasures(node.facts<OutboxFacts>('outbox')),
    ...pulseMeasures(node.facts<PulseFacts>('pulse')),
    ...broadcastMeasures(node.facts<BroadcastFacts>('broadcast')),
  ];
}

function outboxMeasures(facts: OutboxFacts | undefined): Measure[] {
  return Object.values(facts?.peers ?? {}).flatMap(({ lanes }) =>
    Object.values(lanes).map(
      ({ assigned, waiting }): Measure => [
        'messages for a peer',
        assigned.length + waiting.length,
        LIMITS.outboxPerPeerMax + LIMITS.frameMessagesMax,
      ],
    ),
  );
}

function pulseMeasures(facts: PulseFacts | undefined): Measure[] {
  if (facts === undefined) return [];
  return [
    ['probes for others', facts.relaysOwed, LIMITS.relaysOwedMax],
    ['departed members to probe', facts.departed.length, LIMITS.membersDepartedProbed],
    ['points of local health', facts.health, LIMITS.localHealthMax],
  ];
}

function broadcastMeasures(facts: BroadcastFacts | undefined): Measure[] {
  if (facts === undefined) return [];
  const talks = Object.values(facts.trees).flatMap(({ archive, origins, loose }): Measure[] => [
    ['broadcasts for those who missed them', archive.count, LIMITS.broadcastRetained],
    ['bytes of such broadcasts', archive.bytes, LIMITS.broadcastRetainedBytes],
    ['origins of broadcasts', origins.size, LIMITS.broadcastOriginsMax],
    ['broadcasts without a place', loose.size, LIMITS.broadcastLooseMax],
  ]);
  return [
    ['counts under way', facts.gathers.size, LIMITS.broadcastGathersMax],
    ['peers that are told', facts.lanes.size, LIMITS.broadcastLanesMax],
    ...talks,
  ];
}
