import type { Observable } from 'rxjs';
import { ActorSystem, type ActorSystemOptions } from '../../actors/actor-system.ts';
import type { AnyOrgan } from '../../actors/any-organ.ts';
import type { Command } from '../../contract/entries.ts';
import type { LetterService } from '../../contract/letters.ts';
import type { Clock } from '../../contract/ports.ts';
import type { LocalStatus } from '../../contract/services.ts';
import { broadcastOrgan } from '../../organs/broadcast/index.ts';
import { consensusOrgan, type SelfDescription, type Verify } from '../../organs/consensus/index.ts';
import { Intake, type OutboxFacts, outboxOrgan, queueSizes } from '../../organs/outbox/index.ts';
import { pulseOrgan } from '../../organs/pulse/index.ts';
import { authoredHash, signAuthored, verifyAuthored } from '../membrane/authored.ts';
import type { Courier } from '../membrane/courier.ts';
import { LetterDesk } from './letter-desk.ts';
import { NodeOutlet } from './outlet.ts';
import type { NodePlan } from './plan.ts';
import { bodyOf } from './registers.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The organs that the cells of a node share. */
export interface Stem {
  readonly system: ActorSystem;
  readonly outlet: NodeOutlet;
  queues(): LocalStatus['queues'];
  readonly letters: LetterService;
  /** Makes and starts the organs; the membrane must listen already, because the first entry names its address. */
  start(url: string): void;
  /** Resolves when nothing waits for a live peer, at the latest after `maxMs`. */
  drained(maxMs: number): Promise<void>;
}

export interface StemOptions {
  readonly plan: NodePlan;
  readonly system: Omit<ActorSystemOptions, 'name' | 'outlet'>;
  readonly courier: Courier;
  readonly vocabulary: Vocabulary;
  /** Whether the cell of a genome has failed: nobody asks for a place for it. */
  hasFailed(genome: string): boolean;
}

export function growStem({ plan, system, courier, vocabulary, hasFailed }: StemOptions): Stem {
  const { ports } = plan;
  const intake = new Intake(ports.store, () => ports.clock.now());
  const outlet = new NodeOutlet({ courier, queue: intake, vocabulary, store: ports.store });
  const stem = new ActorSystem({ ...system, name: 'stem', outlet });
  return {
    system: stem,
    outlet,
    queues: () => queueSizes(stem.facts<OutboxFacts>('outbox')),
    letters: new LetterDesk(stem, ports.store, intake),
    start: (url) => {
      const outbox = outboxOrgan({ timing: plan.timing, intake, carrier: courier });
      const organs = [...stemOrgans(plan, describe(plan, url, hasFailed), stem), outbox, ...(plan.organs ?? [])];
      vocabulary.add(organs);
      stem.start(organs);
    },
    drained: (maxMs) => firstWithin(system.bus.on('outbox.drained'), maxMs, ports.clock),
  };
}

/** Resolves at the first event, at the latest after `maxMs`. */
function firstWithin(events: Observable<unknown>, maxMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      subscription.unsubscribe();
      resolve();
    };
    const cancel = clock.schedule(maxMs, done);
    const subscription = events.subscribe(done);
  });
}

function stemOrgans(plan: NodePlan, self: SelfDescription, stem: ActorSystem): readonly AnyOrgan[] {
  const { ports, incarnation, timing, organism, join } = plan;
  const founding = plan.found(self);
  const verify: Verify = (domain, bytes, signature, spki) => ports.signer.verify(domain, bytes, signature, spki);
  return [
    broadcastOrgan({
      self: self.node,
      incarnation,
      sign: (message, expiresAt) => signAuthored(ports.signer, organism, message, { incarnation, expiresAt }),
      verify: (message, now, spkiOf) =>
        verifyAuthored(ports.signer, organism, message, { now, spkiOf }) === 'authentic',
      hash: (message) => authoredHash(organism, message),
      place: async (tree, hashes) => {
        const command: Command = { type: 'order', tree, hashes };
        bodyOf(await stem.deliver({ kind: 'consensus.propose', body: { command } }));
      },
    }),
    pulseOrgan({ self: self.node, incarnation, timing }),
    consensusOrgan({ self, organism, founding, join, timing, store: ports.store, verify }),
  ];
}

function describe(plan: NodePlan, url: string, hasFailed: (genome: string) => boolean): SelfDescription {
  const { ports, zone, weight = 1, incarnation } = plan;
  const { node, spki } = ports.signer;
  const wanted = plan.genomes.map(({ genome }) => genome);
  return {
    node,
    spki,
    urls: [url],
    zone,
    incarnation,
    weight,
    get genomes() {
      return wanted.filter((genome) => !hasFailed(genome));
    },
  };
}
