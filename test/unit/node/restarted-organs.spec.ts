import { describe, expect, it } from 'vitest';
import type { ActorSystem } from '../../../src/actors/actor-system.ts';
import type { AnyOrgan } from '../../../src/actors/any-organ.ts';
import type { NodeEvents } from '../../../src/contract/events.ts';
import { LIMITS, PRESETS } from '../../../src/contract/limits.ts';
import type { NodeId } from '../../../src/contract/words.ts';
import { type BroadcastFacts, broadcastOrgan } from '../../../src/organs/broadcast/index.ts';
import { Intake, type OutboxFacts, outboxOrgan } from '../../../src/organs/outbox/index.ts';
import { type PulseFacts, pulseOrgan } from '../../../src/organs/pulse/index.ts';
import { type TreeFacts, treeOrgan } from '../../../src/organs/tree/index.ts';
import { makeView, nodeName, treeName } from '../../stage/organism.ts';
import { Stage } from '../actors/stage.ts';

const NODES = [1, 2, 3, 4, 5, 6].map(nodeName) as [NodeId, NodeId, NodeId, NodeId, NodeId, NodeId];
const TREE = treeName('shardTree');
const VIEW = makeView(NODES, { version: 7, fanout: 2 });
const { organism, generation, epoch, version, hash } = VIEW;
const COMMITTED: NodeEvents['consensus.committed'] = {
  view: VIEW,
  previous: makeView(NODES.slice(0, 5), { version: 6, fanout: 2 }),
  records: [],
  proof: { organism, generation, epoch, version, hash, signatures: [] },
};
const timing = PRESETS.lan;

/** The same organ, but it fails when it is told to. */
function breakable(organ: AnyOrgan): AnyOrgan {
  const boom = (): never => {
    throw new Error('boom');
  };
  return { ...organ, receive: { ...organ.receive, [`${organ.id}.boom`]: boom } } as AnyOrgan;
}

/** One organ of a node that has heard the last of an organism which then changes nothing any more. */
class Quiet {
  readonly stage = new Stage();
  readonly told: string[] = [];
  readonly system: ActorSystem;
  readonly organ: string;

  constructor(organ: AnyOrgan, leader: NodeId) {
    this.organ = organ.id;
    this.system = this.stage.system([breakable(organ)]);
    this.stage.bus.events$.subscribe(({ kind, body }) => this.told.push(`${kind} ${JSON.stringify(body)}`));
    this.stage.bus.emit('consensus.committed', COMMITTED);
    this.stage.bus.emit('consensus.led', { leader, epoch: 1 });
  }

  facts<F>(): F {
    return this.system.facts<F>(this.organ);
  }

  async restart(): Promise<void> {
    this.system.tell({ kind: `${this.organ}.boom`, body: null });
    await this.stage.clock.advance(2 * LIMITS.restartBackoffMinMs);
    expect(this.stage.log.lines.filter(({ event }) => event === 'actor.restarted')).toHaveLength(1);
    this.told.length = 0;
  }

  /** How often so far it asked a peer this. */
  asked(kind: string, of: string = ''): number {
    return this.stage.outlet.sent.filter((line) => line.startsWith(`ask ${of}`) && line.endsWith(` ${kind}`)).length;
  }
}

const pulseOf = (self: NodeId): AnyOrgan => pulseOrgan({ self, incarnation: 1, timing });

describe('a pulse that is restarted alone', () => {
  it('goes on beating where its node leads, from the highest beat that anybody heard of', async () => {
    const node = new Quiet(pulseOf(NODES[0]), NODES[0]);
    const { stage } = node;
    await stage.clock.advance(10_000);
    const before = node.facts<PulseFacts>().beat;
    expect(before.number).toBeGreaterThan(5);
    await node.restart();
    await stage.clock.advance(2_000);
    const body = {
      incarnation: 1,
      fence: { generation, epoch, version },
      beat: before,
      state: 'live',
      returnWithinMs: 0,
    };
    await stage.until(node.system.deliver({ kind: 'pulse.probe', body, from: NODES[1] }));
    await stage.clock.advance(3_000);
    expect(node.facts<PulseFacts>().beat.number).toBeGreaterThan(before.number);
    expect(node.system.mode('pulse')).toBe('watching');
    // The others of the node never saw the leader go.
    expect(node.told.filter((line) => line.startsWith('pulse.sovereignty'))).toEqual([]);
  });

  it('probes whom the view assigns to it', async () => {
    const node = new Quiet(pulseOf(NODES[1]), NODES[0]);
    await node.stage.clock.advance(2_000);
    node.stage.outlet.sent.length = 0;
    await node.restart();
    await node.stage.clock.advance(2_000);
    expect(node.asked('pulse.probe', NODES[0])).toBeGreaterThan(0);
    expect(node.asked('pulse.probe', NODES[3])).toBeGreaterThan(0);
  });

  it('takes back what it told of a node that lives again', async () => {
    const node = new Quiet(pulseOf(NODES[1]), NODES[0]);
    // Nobody ever answers.
    node.stage.outlet.answers.push(...Array.from({ length: 200 }, () => ({ ok: false, code: 'deadline' }) as const));
    await node.stage.clock.advance(10_000);
    expect(node.told.join()).toContain(`pulse.changed {"node":"${NODES[3]}","state":"suspect"}`);
    await node.restart();
    const body = {
      incarnation: 1,
      fence: { generation, epoch, version },
      beat: { generation, epoch, number: 1 },
      state: 'live',
      returnWithinMs: 0,
    };
    await node.stage.until(node.system.deliver({ kind: 'pulse.probe', body, from: NODES[3] }));
    expect(node.told).toContain(`pulse.changed {"node":"${NODES[3]}","state":"live"}`);
  });

  it('waits for a node that pauses as long as it said', async () => {
    const node = new Quiet(pulseOf(NODES[0]), NODES[0]);
    await node.stage.until(
      node.system.deliver({ kind: 'pulse.pausing', body: { returnWithinMs: 30_000 }, from: NODES[1] }),
    );
    await node.restart();
    node.stage.outlet.sent.length = 0;
    await node.stage.clock.advance(25_000);
    expect(node.asked('pulse.probe', NODES[1])).toBe(0);
    expect(node.facts<PulseFacts>().opinions[NODES[1]]).toBe('paused');
    await node.stage.clock.advance(10_000);
    expect(node.asked('pulse.probe', NODES[1])).toBeGreaterThan(0);
  });

  it('tells that no leader is within reach any more, where none is heard after it', async () => {
    const node = new Quiet(pulseOf(NODES[1]), NODES[0]);
    node.stage.bus.emit('consensus.admitted', {});
    await node.stage.settle();
    expect(node.told).toContain('pulse.sovereignty {"sovereign":true}');
    await node.restart();
    await node.stage.clock.advance(timing.sovereignForMs - 1_000);
    expect(node.told).toEqual([]);
    await node.stage.clock.advance(2_000);
    expect(node.told.filter((line) => line.startsWith('pulse.sovereignty'))).toEqual([
      'pulse.sovereignty {"sovereign":false}',
    ]);
  });

  it('stays still after a halt, and in its pause', async () => {
    for (const [event, mode] of [
      ['node.halted', 'still'],
      ['node.pausing', 'pausing'],
    ] as const) {
      const node = new Quiet(pulseOf(NODES[1]), NODES[0]);
      if (event === 'node.halted') node.stage.bus.emit(event, { by: NODES[0] });
      else node.stage.bus.emit(event, { returnWithinMs: 60_000 });
      await node.restart();
      expect(node.system.mode('pulse')).toBe(mode);
    }
  });
});

describe('a tree organ that is restarted alone', () => {
  it('finds its place, its parent and its children again', async () => {
    const node = new Quiet(treeOrgan({ self: NODES[1], tree: TREE, timing }), NODES[0]);
    const { stage } = node;
    stage.outlet.answers.push({ ok: true, body: { slot: 1, version: 7 } }, { ok: true, body: { slot: 1, version: 7 } });
    await stage.settle();
    for (const child of [NODES[3], NODES[4]])
      await stage.until(node.system.deliver({ kind: 'tree.attach', body: { slot: 4, version: 7 }, from: child }));
    expect([node.system.mode('tree'), Object.keys(node.facts<TreeFacts>().children)]).toEqual([
      'placed',
      [NODES[3], NODES[4]],
    ]);
    await node.restart();
    await stage.settle();
    const { slot, edge, children } = node.facts<TreeFacts>();
    expect([slot, edge?.parent, Object.keys(children)]).toEqual([2, NODES[0], [NODES[3], NODES[4]]]);
    expect(node.system.mode('tree')).toBe('placed');
  });

  it('knows again whom its node does not hold alive', async () => {
    const node = new Quiet(treeOrgan({ self: NODES[3], tree: TREE, timing }), NODES[0]);
    node.stage.bus.emit('pulse.changed', { node: NODES[1], state: 'dead' });
    await node.stage.settle();
    await node.restart();
    expect(Object.keys(node.facts<TreeFacts>().down)).toEqual([NODES[1]]);
  });
});

describe('a broadcast organ that is restarted alone', () => {
  it('asks its neighbours where to begin', async () => {
    const never = (): never => {
      throw new Error('nothing is published here');
    };
    const keys = { sign: never, verify: () => true, hash: never, place: never };
    const node = new Quiet(broadcastOrgan({ self: NODES[1], incarnation: 1, ...keys }), NODES[0]);
    await node.stage.settle();
    await node.restart();
    expect(node.system.mode('broadcast')).toBe('syncing');
    expect(node.facts<BroadcastFacts>().view?.version).toBe(7);
  });
});

describe('an outbox that is restarted alone', () => {
  const grown = (): Quiet => {
    const stage = new Stage();
    const intake = new Intake(stage.ports.store, () => stage.clock.now());
    const carrier = { deliver: () => Promise.resolve([]) };
    return new Quiet(outboxOrgan({ timing, intake, carrier }), NODES[0]);
  };

  it('knows who holds a role', async () => {
    const node = grown();
    await node.restart();
    expect(node.facts<OutboxFacts>().view?.version).toBe(7);
  });

  it('says that nothing is left where the node stops', async () => {
    const node = grown();
    node.stage.bus.emit('node.pausing', { returnWithinMs: 1 });
    await node.stage.settle();
    await node.restart();
    expect(node.system.mode('outbox')).toBe('drained');
  });
});
