import { describe } from 'vitest';
import { acknowledgedIsFlushed } from '../../../src/runtime/simulation/checkers/acknowledged-is-flushed.ts';
import { committedIsKept } from '../../../src/runtime/simulation/checkers/committed-is-kept.ts';
import { headsAreKept } from '../../../src/runtime/simulation/checkers/heads-are-kept.ts';
import { incarnationsGrow } from '../../../src/runtime/simulation/checkers/incarnations-grow.ts';
import { noActWithoutQuorum } from '../../../src/runtime/simulation/checkers/no-act-without-quorum.ts';
import { oneLeaderPerEpoch } from '../../../src/runtime/simulation/checkers/one-leader-per-epoch.ts';
import { oneLog } from '../../../src/runtime/simulation/checkers/one-log.ts';
import { registersAreLinearizable } from '../../../src/runtime/simulation/checkers/registers-are-linearizable.ts';
import { restartsRemember } from '../../../src/runtime/simulation/checkers/restarts-remember.ts';
import { viewsAreProven } from '../../../src/runtime/simulation/checkers/views-are-proven.ts';
import { votersChangeJointly } from '../../../src/runtime/simulation/checkers/voters-change-jointly.ts';
import { itCatches, itLets, type Stage, TREE } from './stage.ts';

const config = (value: number) => ({ type: 'CONFIG' as const, key: 'k', value });

describe('one leader an epoch', () => {
  const led = (stage: Stage, by: number, leader: number | null, epoch: number): void =>
    stage.tell(by, 'consensus.led', { leader: leader === null ? null : stage.puppet(leader).id, epoch });

  itCatches(oneLeaderPerEpoch, 'two names for one epoch', /as the leader of epoch 1\/3/, (stage) => {
    led(stage, 0, 0, 3);
    led(stage, 1, 1, 3);
  });
  itCatches(oneLeaderPerEpoch, 'a log that begins an epoch with another leader', /^the log names/, (stage) => {
    stage.found();
    led(stage, 0, 1, 1);
    stage.commit({ type: 'LEAD', leader: stage.puppet(2).id });
  });
  itLets(oneLeaderPerEpoch, 'one leader an epoch, and epochs without one', (stage) => {
    for (const by of [0, 1, 2]) led(stage, by, 0, 3);
    led(stage, 1, null, 3);
    led(stage, 1, 1, 4);
  });
});

describe('one log', () => {
  itCatches(oneLog, 'another entry at an index that was committed', /at index 4, which was committed as/, (stage) => {
    stage.found();
    const before = stage.view;
    stage.commit(config(1));
    stage.view = before;
    stage.commit(config(2), { by: 1 });
  });
  itCatches(oneLog, 'a view with another hash at its version', /has 00 at index 3/, (stage) => {
    stage.found();
    const view = { ...stage.view, hash: '00' };
    stage.tell(1, 'consensus.committed', { view, previous: view, records: [], proof: null });
  });
  itLets(oneLog, 'the same log at every node', (stage) => {
    stage.found();
    const { view } = stage;
    for (const by of [1, 2]) stage.tell(by, 'consensus.committed', { view, previous: view, records: [], proof: null });
  });
});

describe('what is committed is kept', () => {
  const stop = (stage: Stage): void => stage.see({ what: 'stopped', node: stage.node(0), how: 'crash', timers: 0 });

  itCatches(committedIsKept, 'a voter whose disk lacks the newest entry', /on 0 of the 1 disks/, (stage) => {
    stage.found();
    stage.puppet(0).disk.wipe();
    stop(stage);
  });
  itCatches(committedIsKept, 'two of three voters that never wrote it', /on 1 of the 2 disks/, (stage) => {
    stage.found().commit({ type: 'VOTERS', voters: stage.nodes.map(({ id }) => id) });
  });
  itCatches(committedIsKept, 'a joint electorate of which one half lacks it', /on 0 of the 1 disks/, (stage) => {
    const [old, next] = [stage.puppet(0).id, stage.puppet(1).id];
    stage.found().commit({ type: 'VOTERS', voters: [next], leaving: [old] });
  });
  itLets(committedIsKept, 'a voter that has it in a copy of a later view', (stage) => {
    const { disk } = stage.found().puppet(0);
    disk.wipe();
    disk.table('meta').set('view', { ...stage.view, version: 99 } as never);
    stop(stage);
  });
  itLets(committedIsKept, 'a voter that lost its disk to a fault', (stage) => {
    stage.found().puppet(0).disk.wipe();
    stage.spoilt.add(stage.puppet(0).id);
    stop(stage);
  });
});

describe('views are proven', () => {
  itCatches(viewsAreProven, 'a view that nobody has signed', /vouched for only by nobody/, (stage) => {
    stage.found().commit(config(1), { signers: [] });
  });
  itCatches(viewsAreProven, 'a signature of one who is no voter', /vouched for only by/, (stage) => {
    stage.found().commit(config(1), { signers: [1] });
  });
  itCatches(viewsAreProven, 'one of three voters', /vouched for only by/, (stage) => {
    stage.found().commit({ type: 'VOTERS', voters: stage.nodes.map(({ id }) => id) });
    stage.commit(config(1));
  });
  itCatches(viewsAreProven, 'a signature that its node never made', /vouched for only by nobody/, (stage) => {
    stage.found();
    const before = stage.view;
    stage.commit(config(1));
    const proof = { ...stage.proofOf(before as never, []), ...fenceOf(stage.view), hash: stage.view?.hash };
    const forged = { ...proof, signatures: [{ node: stage.puppet(0).id, signature: 'twin' }] };
    stage.tell(1, 'consensus.committed', { view: stage.view, previous: before, records: [], proof: forged });
  });
  itCatches(viewsAreProven, 'the proof of another view', /with the proof of another view, 2/, (stage) => {
    stage.found();
    const proof = stage.proofOf({ ...stage.view, version: 2 } as never, [0]);
    stage.tell(1, 'consensus.committed', { view: stage.view, previous: stage.view, records: [], proof });
  });
  itLets(viewsAreProven, 'majorities, and both of them while joint', (stage) => {
    const ids = stage.nodes.map(({ id }) => id);
    stage.found().commit({ type: 'VOTERS', voters: ids, leaving: ids.slice(0, 1) }, { signers: [0, 2] });
    stage.commit({ type: 'VOTERS', voters: ids }, { signers: [0, 1] });
    stage.commit(config(1), { by: 2, signers: [1, 2] });
  });
});

const fenceOf = (view: Stage['view']) => ({ version: view?.version, epoch: view?.epoch, generation: view?.generation });

describe('no act without a quorum', () => {
  const isolate = (stage: Stage, index: number, at: number): void => {
    stage.now = at;
    for (const { id } of stage.nodes) {
      if (id === stage.puppet(index).id) continue;
      stage.cuts.add(`${id}>${stage.puppet(index).id}`).add(`${stage.puppet(index).id}>${id}`);
    }
    stage.reachChanged();
  };
  const set = { node: 1, kind: 'set', key: `${TREE}/a`, input: { expected: 0, value: 'v' } } as const;

  itCatches(
    noActWithoutQuorum,
    'a SET acknowledged in a fragment',
    /acknowledged the set of .*since 100 ms/,
    (stage) => {
      isolate(stage.found(), 1, 100);
      const operation = stage.call(set);
      stage.now = 200;
      stage.end(operation, { ok: true, output: 7 });
    },
  );
  itCatches(noActWithoutQuorum, 'an entry committed in a fragment', /node 1 committed entry 4/, (stage) => {
    isolate(stage.found(), 1, 100);
    stage.now = 6_000;
    stage.commit(config(1), { by: 1 });
  });
  itCatches(noActWithoutQuorum, 'a leader whose voters are down', /node 0 committed entry 5/, (stage) => {
    stage.found().commit({ type: 'VOTERS', voters: stage.nodes.map(({ id }) => id) }, { signers: [0, 1] });
    for (const index of [1, 2]) stage.puppet(index).running = false;
    stage.reachChanged();
    stage.now = 6_000;
    stage.commit(config(1));
  });
  itLets(noActWithoutQuorum, 'what began before the cut, and what failed after it', (stage) => {
    const early = stage.found().call(set);
    isolate(stage, 1, 100);
    const late = stage.call(set);
    stage.end(early, { ok: true, output: 7 });
    stage.end(late, { ok: false, code: 'no-authority' });
    stage.commit(config(1));
  });
});

describe('registers', () => {
  const input = (expected: number, value: string) =>
    ({ node: 1, kind: 'set', key: 'a', input: { expected, value } }) as const;
  const read = { node: 2, kind: 'read', key: 'a', input: null } as const;

  itCatches(
    registersAreLinearizable,
    'a read of what was replaced before it began',
    /no order explains register a/,
    (stage) => {
      stage.end(stage.call(input(0, 'one')), { ok: true, output: 1 });
      stage.now = 10;
      stage.end(stage.call(input(1, 'two')), { ok: true, output: 2 });
      stage.now = 20;
      stage.end(stage.call(read), { ok: true, output: { version: 1, value: 'one' } });
    },
  );
  itLets(registersAreLinearizable, 'a SET without an answer that was read later', (stage) => {
    stage.end(stage.call(input(0, 'one')), { ok: false, code: 'deadline' });
    stage.now = 50;
    stage.end(stage.call(read), { ok: true, output: null });
    stage.now = 60;
    stage.end(stage.call(read), { ok: true, output: { version: 5, value: 'one' } });
  });
});

describe('heads of files', () => {
  const flush = (stage: Stage, index: number, version: number, etag: string): void =>
    stage.see({
      what: 'flushed',
      node: stage.node(index),
      writes: [{ table: 'registers', key: `${TREE}/head:x`, value: { value: { version, etag }, version: 9 } }],
    });

  itCatches(headsAreKept, 'two heads of one version', /node 1 has another head 2/, (stage) => {
    flush(stage, 0, 2, 'a');
    flush(stage, 1, 2, 'b');
  });
  itLets(headsAreKept, 'one head a version, at all nodes', (stage) => {
    for (const index of [0, 1, 2]) for (const version of [1, 2]) flush(stage, index, version, `${version}`);
  });
});

describe('incarnations', () => {
  itCatches(incarnationsGrow, 'a return to an earlier life', /from life 2 to 1/, (stage) => {
    stage.found();
    const puppet = stage.puppet(1);
    puppet.incarnation = 2;
    stage.commit({ type: 'RETURN', member: puppet.member });
    stage.commit({ type: 'RETURN', member: { ...puppet.member, incarnation: 1 } });
  });
  itCatches(incarnationsGrow, 'a life that there has not been', /shows life 7/, (stage) => {
    stage.found().commit({ type: 'RETURN', member: { ...stage.puppet(1).member, incarnation: 7 } });
  });
});

describe('restarts', () => {
  const start = (stage: Stage, disk: 'same' | 'stale'): void =>
    stage.see({ what: 'started', node: stage.node(0), disk });
  const again = (stage: Stage, view: Stage['view']): void =>
    stage.tell(0, 'consensus.committed', { view, previous: view, records: [], proof: null });

  itCatches(restartsRemember, 'a node that has forgotten versions', /went back from version 3 to 1/, (stage) => {
    stage.found();
    start(stage, 'same');
    again(stage, { ...stage.view, version: 1 } as never);
  });
  itCatches(restartsRemember, 'a version that is not on the disk', /version 3, which is not on its disk/, (stage) => {
    stage.found().puppet(0).disk.wipe();
  });
  itCatches(restartsRemember, 'more in the queue than on the disk', /believes that 2 messages wait/, (stage) => {
    const lane = { assigned: [null, {}], waiting: [{}] };
    stage.found().puppet(0).organs.outbox = {
      peers: { x: { lanes: { node: lane } } },
      unplaced: [],
      letters: { numbers: [], next: 1 },
    };
  });
  itLets(restartsRemember, 'an old disk that goes back in time', (stage) => {
    stage.found();
    start(stage, 'stale');
    again(stage, { ...stage.view, version: 1 } as never);
    stage.puppet(0).view = null;
  });
});

describe('what is acknowledged is flushed', () => {
  const lead = (stage: Stage): void => {
    stage.found();
    stage.tell(0, 'consensus.led', { leader: stage.puppet(0).id, epoch: 1 });
    for (const puppet of stage.nodes) {
      puppet.view = stage.view;
      puppet.trees = [TREE];
    }
  };
  /** Answers a SET whose entry is on the disks of so many nodes. */
  const set = (stage: Stage, copies: number): void => {
    lead(stage);
    const operation = stage.call({ node: 0, kind: 'set', key: 'k', input: 'v' });
    const record = stage.commit({ type: 'SET', tree: TREE, writes: [{ key: 'k', expected: 0, value: 'v' }] });
    const key = String(record.index).padStart(12, '0');
    for (const { disk } of stage.nodes.slice(1, copies)) disk.table('log').set(key, record as never);
    stage.end(operation, { ok: true, output: record.index });
  };

  itCatches(acknowledgedIsFlushed, 'a SET on one disk', /on k was answered with 1 of 3 copies/, (stage) =>
    set(stage, 1),
  );
  itCatches(acknowledgedIsFlushed, 'a SET on two disks', /with 2 of 3 copies/, (stage) => set(stage, 2), 5);
  itLets(acknowledgedIsFlushed, 'a SET on three of five', (stage) => set(stage, 3), 5);
  itLets(acknowledgedIsFlushed, 'a SET on two where the leader holds the third for dead', (stage) => {
    stage.puppet(0).organs.pulse = { opinions: { [stage.puppet(2).id]: 'dead' } };
    set(stage, 2);
  });
  itLets(acknowledgedIsFlushed, 'a SET on two where the third does not run', (stage) => {
    stage.puppet(2).running = false;
    set(stage, 2);
  });
  itLets(acknowledgedIsFlushed, 'a SET on two where the leader is about to replace the third', (stage) => {
    stage.puppet(0).organs.consensus = {
      get appended() {
        const trees = Object.values(stage.view?.trees ?? {}).map((map) => [
          map.tree,
          { ...map, slots: map.slots.slice(0, 2) },
        ]);
        return { ...stage.view, trees: Object.fromEntries(trees) };
      },
    };
    set(stage, 2);
  });

  /** Acknowledges a file of two shards, each on the disks of so many nodes. */
  const put = (stage: Stage, ...copies: readonly [number, number]): void => {
    lead(stage);
    const operation = stage.call({ node: 1, kind: 'put', key: 'note.txt', input: 'etag' });
    const hashes = ['aa', 'bb'];
    for (const [index, hash] of hashes.entries())
      for (const { disk } of stage.nodes.slice(0, copies[index]))
        disk.table('shards').set(`${TREE}/${hash}`, new Uint8Array(1));
    const head = { value: { version: 7, entries: hashes } };
    stage.puppet(0).disk.table('registers').set(`${TREE}/head:f1`, head);
    stage.end(operation, { ok: true, output: { id: 'f1', etag: 'etag', version: 7 } });
  };

  itCatches(acknowledgedIsFlushed, 'a put with a shard on one disk', /with 1 copies of shard bb/, (stage) =>
    put(stage, 3, 1),
  );
  itLets(acknowledgedIsFlushed, 'a put with all shards on two', (stage) => put(stage, 3, 2));

  itCatches(acknowledgedIsFlushed, 'a bare shard that nobody has', /with 0 copies of shard cc/, (stage) => {
    lead(stage);
    stage.end(stage.call({ node: 1, kind: 'shard-put', key: 'cc', input: null }), { ok: true, output: null });
  });
});

describe('who votes', () => {
  const ids = (stage: Stage, ...puppets: number[]) => puppets.map((index) => stage.puppet(index).id);

  itCatches(votersChangeJointly, 'one list after another at once', /makes of \w+ at once \w+\+\w+\+\w+$/, (stage) => {
    stage.found().commit({ type: 'VOTERS', voters: ids(stage, 0, 1, 2) });
  });
  itCatches(votersChangeJointly, 'a change that ends with a third list', /at once/, (stage) => {
    stage.found().commit({ type: 'VOTERS', voters: ids(stage, 0, 1, 2), leaving: ids(stage, 0) });
    stage.commit({ type: 'VOTERS', voters: ids(stage, 0, 1) });
  });
  itCatches(votersChangeJointly, 'a node that goes by other voters than the log', /the log says/, (stage) => {
    stage.found();
    const view = { ...stage.view, voters: ids(stage, 1) };
    stage.tell(1, 'consensus.committed', { view, previous: view, records: [], proof: null });
  });
  itLets(votersChangeJointly, 'a change by way of both lists', (stage) => {
    stage.found().commit({ type: 'VOTERS', voters: ids(stage, 0, 1, 2), leaving: ids(stage, 0) });
    stage.commit({ type: 'VOTERS', voters: ids(stage, 0, 1, 2) });
  });
});
