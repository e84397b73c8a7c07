import { describe } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { archive, EMPTY_ARCHIVE } from '../../../src/organs/broadcast/archive.ts';
import { broadcastsAreGenuine } from '../../../src/runtime/simulation/checkers/broadcasts-are-genuine.ts';
import { broadcastsComeOnce } from '../../../src/runtime/simulation/checkers/broadcasts-come-once.ts';
import { broadcastsInOneOrder } from '../../../src/runtime/simulation/checkers/broadcasts-in-one-order.ts';
import { broadcastsInOrder } from '../../../src/runtime/simulation/checkers/broadcasts-in-order.ts';
import { broadcastsReachAll } from '../../../src/runtime/simulation/checkers/broadcasts-reach-all.ts';
import { effectsComeOnce } from '../../../src/runtime/simulation/checkers/effects-come-once.ts';
import { messagesAreSomewhere } from '../../../src/runtime/simulation/checkers/messages-are-somewhere.ts';
import { queuesAreBounded } from '../../../src/runtime/simulation/checkers/queues-are-bounded.ts';
import { queuesRunEmpty } from '../../../src/runtime/simulation/checkers/queues-run-empty.ts';
import { SIM_TOPIC } from '../../../src/runtime/simulation/told.ts';
import { TAKEN } from '../../../src/runtime/simulation/witness.ts';
import { itCatches, itLets, type Stage, TREE } from './stage.ts';

interface Hearing {
  readonly by: number;
  readonly id: string;
  readonly from?: number;
  readonly number?: number;
  readonly order?: 'origin' | 'total';
  readonly topic?: string;
}

function hear(stage: Stage, { by, id, from = 0, number = 1, order = 'origin', topic = SIM_TOPIC }: Hearing): void {
  const origin = stage.puppet(from).id;
  stage.tell(by, 'broadcast.received', { tree: TREE, topic, body: { id }, origin, incarnation: 1, order, number });
}

const publish = (stage: Stage, node: number, id: string) =>
  stage.call({ node, kind: 'publish', key: TREE, input: { id } });

describe('broadcasts', () => {
  itCatches(broadcastsAreGenuine, 'what nobody told', /who never said so: simulation/, (stage) =>
    hear(stage, { by: 1, id: 'b1' }),
  );
  itCatches(broadcastsAreGenuine, 'what somebody else told', /who never said so/, (stage) => {
    publish(stage, 0, 'b1');
    hear(stage, { by: 1, id: 'b1', from: 2 });
  });
  itCatches(broadcastsAreGenuine, 'an order to halt that nobody gave', /organism\.halt/, (stage) =>
    hear(stage, { by: 1, id: 'x', topic: 'organism.halt' }),
  );
  itLets(broadcastsAreGenuine, 'what was told', (stage) => {
    publish(stage, 0, 'b1');
    for (const by of [0, 1, 2]) hear(stage, { by, id: 'b1' });
  });

  itCatches(broadcastsComeOnce, 'a second time', /node 1 heard b1 twice/, (stage) => {
    for (const by of [0, 1, 1]) hear(stage, { by, id: 'b1' });
  });
  itLets(broadcastsComeOnce, 'another life, and an organ that began anew', (stage) => {
    hear(stage, { by: 1, id: 'b1' });
    stage.see({ what: 'restarted', node: stage.node(1), organ: 'broadcast' });
    hear(stage, { by: 1, id: 'b1' });
    stage.puppet(1).incarnation = 2;
    hear(stage, { by: 1, id: 'b1' });
  });

  itCatches(broadcastsInOrder, 'an earlier number after a later one', /heard number 1 of .* after 2/, (stage) => {
    hear(stage, { by: 1, id: 'b2', number: 2 });
    hear(stage, { by: 1, id: 'b1', number: 1 });
  });
  itCatches(broadcastsInOrder, 'one number for two messages', /others b1/, (stage) => {
    hear(stage, { by: 1, id: 'b1', number: 4 });
    hear(stage, { by: 2, id: 'b2', number: 4 });
  });
  itLets(broadcastsInOrder, 'gaps, and authors who have nothing to do with each other', (stage) => {
    hear(stage, { by: 1, id: 'b1', number: 9 });
    hear(stage, { by: 1, id: 'b2', number: 1, from: 2 });
    hear(stage, { by: 1, id: 'b3', number: 3, order: 'total' });
  });

  itCatches(broadcastsInOneOrder, 'two orders', /heard b2 in place 1, others b1/, (stage) => {
    hear(stage, { by: 1, id: 'b1', number: 1, order: 'total' });
    hear(stage, { by: 2, id: 'b2', number: 1, order: 'total', from: 2 });
  });
  itCatches(broadcastsInOneOrder, 'a place before one that was heard', /heard place 2 after 5/, (stage) => {
    hear(stage, { by: 1, id: 'b5', number: 5, order: 'total' });
    hear(stage, { by: 1, id: 'b2', number: 2, order: 'total' });
  });

  const retain = (stage: Stage, index: number, id: string): void => {
    const { found, view } = { found: stage.view === null ? stage.found() : stage, view: stage.view };
    const author = { node: found.puppet(0).id, incarnation: 1, signature: '', expiresAt: 0 };
    const body = { topic: SIM_TOPIC, body: { id }, late: true };
    const message = { id: '1', tree: TREE, kind: 'broadcast.told' as const, body, author };
    const kept = archive(EMPTY_ARCHIVE, { message, bytes: 10, bornAt: 0, towards: null }, 0);
    stage.puppet(index).organs.broadcast = { trees: { [TREE]: { archive: kept } } };
    for (const puppet of stage.nodes) {
      puppet.trees = [TREE];
      puppet.view = stage.view ?? view;
    }
  };
  itCatches(
    broadcastsReachAll,
    'a cell that has not heard what another retains',
    /node 2 has not heard b1/,
    (stage) => {
      retain(stage, 0, 'b1');
      for (const by of [0, 1]) hear(stage, { by, id: 'b1' });
    },
  );
  itCatches(broadcastsReachAll, 'a cell that heard it in an earlier life', /node 2 has not heard b1/, (stage) => {
    retain(stage, 0, 'b1');
    for (const by of [0, 1, 2]) hear(stage, { by, id: 'b1' });
    stage.puppet(2).incarnation = 2;
  });
  itLets(broadcastsReachAll, 'what everybody heard', (stage) => {
    retain(stage, 0, 'b1');
    for (const by of [0, 1, 2]) hear(stage, { by, id: 'b1' });
  });
});

describe('messages', () => {
  const send = (stage: Stage, key = stage.puppet(1).id) =>
    stage.call({ node: 0, kind: 'send', key, input: { id: 'm1', unwelcome: false } });
  const body = { id: 'm1', unwelcome: false };
  const take = (stage: Stage, by: number, times = 1): void =>
    stage.see({ what: 'flushed', node: stage.node(by), writes: [{ table: 'facts', key: `${TAKEN}m1`, value: times }] });
  const queue = (stage: Stage): void =>
    stage.see({
      what: 'flushed',
      node: stage.node(0),
      writes: [{ table: 'outbox', key: 'row/1', value: { kind: 'witness.take', body } }],
    });
  const unqueue = (stage: Stage, ...more: object[]): void =>
    stage.see({
      what: 'flushed',
      node: stage.node(0),
      writes: [{ table: 'outbox', key: 'row/1', remove: true }, ...(more as never[])],
    });
  const letter = { table: 'deadLetters', key: '1', value: { kind: 'witness.take', body } };

  itCatches(effectsComeOnce, 'a second effect', /took effect 2 times at node 1/, (stage) => {
    send(stage);
    take(stage, 1);
    take(stage, 1, 2);
  });
  itCatches(effectsComeOnce, 'an effect at another identity', /took effect at node 2/, (stage) => {
    send(stage);
    take(stage, 2);
  });
  itLets(effectsComeOnce, 'a role that changed hands', (stage) => {
    send(stage, `role ${TREE}/2`);
    for (const by of [1, 2]) take(stage, by);
  });
  itLets(effectsComeOnce, 'a sender whose disk forgot', (stage) => {
    send(stage);
    stage.spoilt.add(stage.puppet(0).id);
    take(stage, 1, 2);
  });

  itCatches(messagesAreSomewhere, 'a row that went before its effect', /message m1 to .* is nowhere/, (stage) => {
    const operation = send(stage);
    queue(stage);
    stage.end(operation, { ok: true, output: null });
    unqueue(stage);
  });
  itCatches(messagesAreSomewhere, 'one that was accepted and never queued', /is nowhere/, (stage) => {
    stage.end(send(stage), { ok: true, output: null });
  });
  itCatches(messagesAreSomewhere, 'one both buried and taken', /is a dead letter, and has taken effect/, (stage) => {
    const operation = send(stage);
    queue(stage);
    stage.end(operation, { ok: true, output: null });
    unqueue(stage, letter);
    take(stage, 1);
  });
  itLets(messagesAreSomewhere, 'a message on its way', (stage) => {
    const operation = send(stage);
    queue(stage);
    stage.end(operation, { ok: true, output: null });
    take(stage, 1);
    unqueue(stage);
  });
  itLets(messagesAreSomewhere, 'a receiver whose disk forgot', (stage) => {
    const operation = send(stage);
    stage.spoilt.add(stage.puppet(1).id);
    stage.end(operation, { ok: true, output: null });
  });
});

describe('queues', () => {
  const lanes = (count: number) => ({ assigned: [], waiting: new Array(count).fill({ kind: 'k' }) });
  const outbox = (stage: Stage, peer: string, count: number): void => {
    stage.puppet(0).organs.outbox = { peers: { [peer]: { lanes: { node: lanes(count) } } } };
  };
  const pulse = (stage: Stage, relaysOwed: number): void => {
    stage.puppet(0).organs.pulse = { relaysOwed, departed: [], health: 0 };
  };

  itCatches(queuesAreBounded, 'a queue past its limit', /messages for a peer/, (stage) =>
    outbox(stage, 'x', LIMITS.outboxPerPeerMax + LIMITS.frameMessagesMax + 1),
  );
  itCatches(queuesAreBounded, 'debts past their limit', /65 probes for others, where 64 is the limit/, (stage) =>
    pulse(stage, 65),
  );
  itCatches(queuesAreBounded, 'broadcasts past their limit', /broadcasts without a place/, (stage) => {
    const talk = { archive: EMPTY_ARCHIVE, origins: { size: 0 }, loose: { size: LIMITS.broadcastLooseMax + 1 } };
    stage.puppet(0).organs.broadcast = { gathers: new Map(), lanes: new Map(), trees: { x: talk } };
  });
  itLets(queuesAreBounded, 'what is at its limit', (stage) => {
    outbox(stage, 'x', LIMITS.outboxPerPeerMax);
    pulse(stage, 64);
  });

  itCatches(queuesRunEmpty, 'a message that still waits for a live node', /1 messages of node 0 still wait/, (stage) =>
    outbox(stage, stage.puppet(1).id, 1),
  );
  itCatches(queuesRunEmpty, 'a row that is on the disk and in no queue', /lies on the disk of node 0/, (stage) => {
    const to = { cell: stage.puppet(1).id };
    stage.puppet(0).disk.table('outbox').set('row/1', { to, kind: 'k' });
    outbox(stage, stage.puppet(1).id, 0);
  });
  itLets(queuesRunEmpty, 'messages for who is gone', (stage) => {
    outbox(stage, stage.puppet(1).id, 1);
    stage.puppet(1).running = false;
  });
});
