import { describe, expect, it } from 'vitest';
import { Bus } from '../../../src/actors/bus.ts';
import { Retained } from '../../../src/actors/retained.ts';
import type { NodeEvents } from '../../../src/contract/events.ts';
import { LIMITS } from '../../../src/contract/limits.ts';
import type { Organ } from '../../../src/contract/organ.ts';
import { makeView, nodeName } from '../../stage/organism.ts';
import { type Heard, hear, organOf, Stage } from './stage.ts';

const [A, B] = [nodeName(1), nodeName(2)];
const committed = (version: number): NodeEvents['consensus.committed'] => {
  const view = makeView([A, B], { version });
  const { organism, generation, epoch, hash } = view;
  const previous = makeView([A, B], { version: version - 1 });
  return { view, previous, records: [], proof: { organism, generation, epoch, version, hash, signatures: [] } };
};
const restart = (stage: Stage): Promise<void> => stage.clock.advance(2 * LIMITS.restartBackoffMinMs);

/** Notes what it hears in this life, and fails when it is told to. */
function listener(...kinds: string[]): Organ<Heard> {
  const note = (facts: Heard, { kind, body }: { kind: string; body: unknown }) => hear(facts, [kind, shownOf(body)]);
  return organOf<Heard>('ear', [], {
    receive: {
      ...Object.fromEntries(kinds.map((kind) => [kind, note])),
      'ear.say': (facts, { body }) => hear(facts, body),
      'ear.boom': () => {
        throw new Error('boom');
      },
    },
  });
}

function shownOf(body: unknown): unknown {
  const { view, previous, ...rest } = body as { view?: { version: number }; previous?: { version: number } };
  return view === undefined ? rest : `${previous?.version}-${view.version}`;
}

describe('an organ that is restarted', () => {
  it('is told how things are, in the order in which it came to that, before anything that came since', async () => {
    const stage = new Stage();
    const cell = stage.system([listener('consensus.committed', 'consensus.led', 'node.halted', 'pulse.condemned')]);
    stage.bus.emit('consensus.committed', committed(4));
    stage.bus.emit('consensus.led', { leader: A, epoch: 1 });
    stage.bus.emit('pulse.condemned', { nodes: [B] });
    stage.bus.emit('consensus.committed', committed(5));
    await stage.settle();
    cell.tell({ kind: 'ear.boom', body: 0 });
    cell.tell({ kind: 'ear.say', body: 'later' });
    await restart(stage);
    expect(cell.facts('ear')).toEqual([
      ['consensus.led', { leader: A, epoch: 1 }],
      // Whoever knows no earlier view is told of no difference.
      ['consensus.committed', '5-5'],
      'later',
    ]);
  });

  it('is told nothing twice that waits in its mailbox anyway', async () => {
    const stage = new Stage();
    const cell = stage.system([listener('consensus.committed', 'consensus.led')]);
    stage.bus.emit('consensus.led', { leader: A, epoch: 1 });
    stage.bus.emit('consensus.committed', committed(4));
    await stage.settle();
    cell.tell({ kind: 'ear.boom', body: 0 });
    await stage.settle();
    for (const version of [5, 6]) stage.bus.emit('consensus.committed', committed(version));
    await restart(stage);
    expect(cell.facts('ear')).toEqual([
      ['consensus.led', { leader: A, epoch: 1 }],
      ['consensus.committed', '4-5'],
      ['consensus.committed', '5-6'],
    ]);
  });

  it('is told the last opinion of every node, and of none that has been taken back', async () => {
    const stage = new Stage();
    const cell = stage.system([listener('pulse.changed')]);
    stage.bus.emit('pulse.changed', { node: A, state: 'suspect' });
    stage.bus.emit('pulse.changed', { node: B, state: 'suspect' });
    stage.bus.emit('pulse.changed', { node: A, state: 'live' });
    stage.bus.emit('pulse.changed', { node: B, state: 'dead' });
    cell.tell({ kind: 'ear.boom', body: 0 });
    await restart(stage);
    expect(cell.facts('ear')).toEqual([['pulse.changed', { node: B, state: 'dead' }]]);
  });

  it('is told what it told itself, which the others still go by', async () => {
    const stage = new Stage();
    const teller = organOf<Heard>('pulse', [], {
      receive: {
        'pulse.sovereignty': (facts, { kind, body }) => hear(facts, [kind, body]),
        'pulse.say': (facts, { body }) => ({
          facts,
          effects: [{ effect: 'emit', kind: 'pulse.sovereignty', body: { sovereign: body } }],
        }),
        'pulse.boom': () => {
          throw new Error('boom');
        },
      },
    });
    const cell = stage.system([teller]);
    for (const body of [false, true]) cell.tell({ kind: 'pulse.say', body });
    await stage.settle();
    expect(cell.facts('pulse')).toEqual([]);
    cell.tell({ kind: 'pulse.boom', body: 0 });
    await restart(stage);
    expect(cell.facts('pulse')).toEqual([['pulse.sovereignty', { sovereign: true }]]);
  });

  it('is told by all systems of its bus, and only what it listens to', async () => {
    const stage = new Stage();
    const stem = stage.system([organOf<Heard>('other', [], {})]);
    const cell = stage.system([listener('node.pausing')]);
    stage.bus.emit('node.pausing', { returnWithinMs: 7 });
    stage.bus.emit('node.halted', { by: A });
    cell.tell({ kind: 'ear.boom', body: 0 });
    await restart(stage);
    expect(cell.facts('ear')).toEqual([['node.pausing', { returnWithinMs: 7 }]]);
    expect(stem.facts('other')).toEqual([]);
  });
});

describe('a bus', () => {
  it('retains a fact from the moment at which it is delivered, and nothing once it is closed', () => {
    const bus = new Bus();
    const known: number[] = [];
    bus.on('consensus.led').subscribe(({ epoch }) => {
      if (epoch === 1) bus.emit('consensus.led', { leader: A, epoch: 2 });
      known.push(...bus.retained(['consensus.led']).map(({ body }) => (body as { epoch: number }).epoch));
    });
    bus.emit('consensus.led', { leader: A, epoch: 1 });
    expect(known).toEqual([1, 2]);
    bus.close();
    expect(bus.retained(['consensus.led'])).toEqual([]);
  });

  it('retains as many facts of a kind as its limit says; one past it the one told longest ago goes', () => {
    const retained = new Retained();
    const note = (number: number) =>
      retained.note({ kind: 'pulse.changed', body: { node: `n${number}`, state: 'suspect' } });
    const kept = () => retained.of(['pulse.changed'], []);
    retained.note({ kind: 'consensus.led', body: { leader: A, epoch: 1 } });
    for (let number = 1; number <= LIMITS.busRetainedMax; number++) note(number);
    expect(kept()).toHaveLength(LIMITS.busRetainedMax);
    note(1);
    note(0);
    expect(kept()).toHaveLength(LIMITS.busRetainedMax);
    expect(kept()[0]?.body).toMatchObject({ node: 'n3' });
    expect(retained.of(['consensus.led'], [])).toHaveLength(1);
  });
});
