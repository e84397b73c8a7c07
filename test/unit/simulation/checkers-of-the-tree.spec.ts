import { describe } from 'vitest';
import type { Move } from '../../../src/contract/entries.ts';
import { edgesWithoutCycle } from '../../../src/runtime/simulation/checkers/edges-without-cycle.ts';
import { groupsOfCommittedView } from '../../../src/runtime/simulation/checkers/groups-of-committed-view.ts';
import { joinsInOrder } from '../../../src/runtime/simulation/checkers/joins-in-order.ts';
import { nobodyIsAGuest } from '../../../src/runtime/simulation/checkers/nobody-is-a-guest.ts';
import { oneCellPerSlot } from '../../../src/runtime/simulation/checkers/one-cell-per-slot.ts';
import { oneSovereignTree } from '../../../src/runtime/simulation/checkers/one-sovereign-tree.ts';
import { replaceMovesLast } from '../../../src/runtime/simulation/checkers/replace-moves-last.ts';
import { slotsAreLiveCells } from '../../../src/runtime/simulation/checkers/slots-are-live-cells.ts';
import { slotsWithoutGap } from '../../../src/runtime/simulation/checkers/slots-without-gap.ts';
import { itCatches, itLets, Puppet, type Stage, TREE } from './stage.ts';

const mapOf = (stage: Stage) => stage.view?.trees[TREE] as NonNullable<Stage['view']>['trees'][string];

describe('slots', () => {
  itCatches(slotsWithoutGap, 'a slot that an entry left empty', /slot 4 of notes by entry 4 is empty/, (stage) => {
    stage.found().commit(stage.joinOf(new Puppet(7), 5));
  });
  itCatches(slotsWithoutGap, 'a cell in two slots', /has two slots of notes/, (stage) => {
    stage.found().commit(stage.joinOf(stage.puppet(1), 4));
  });
  itCatches(slotsWithoutGap, 'a hole in the view of a node', /slot 2 of notes at node 1, version 3/, (stage) => {
    const map = mapOf(stage.found());
    const slots = [map.slots[0], undefined, map.slots[2]];
    const view = { ...stage.view, trees: { [TREE]: { ...map, slots } } };
    stage.tell(1, 'consensus.committed', { view, previous: view, records: [], proof: null });
  });
  itLets(slotsWithoutGap, 'a tree that grows and shrinks', (stage) => {
    const move = { tree: TREE, slot: 3, from: stage.puppet(2).id, to: null };
    stage.found().commit({ type: 'REPLACE', nodes: [stage.puppet(2).id], reason: 'dead', moves: [move] });
  });
});

describe('joins', () => {
  itCatches(joinsInOrder, 'a slot that is not the next', /slot 7, where 4 is next/, (stage) => {
    stage.found().commit(stage.joinOf(new Puppet(7), 7));
  });
  itCatches(joinsInOrder, 'a second slot', /it has one already/, (stage) => {
    stage.found().commit(stage.joinOf(stage.puppet(1), 4));
  });
});

describe('replacements', () => {
  const replace = (
    stage: Stage,
    gone: readonly number[],
    ...moves: readonly (readonly [slot: number, from: number, to: number | null])[]
  ) =>
    stage.commit({
      type: 'REPLACE',
      nodes: gone.map((index) => stage.puppet(index).id),
      reason: 'dead',
      moves: moves.map(
        ([slot, from, to]): Move => ({
          tree: TREE,
          slot,
          from: stage.puppet(from).id,
          to: to === null ? null : stage.puppet(to).id,
        }),
      ),
    });

  itCatches(
    replaceMovesLast,
    'a mover that was not among the last',
    /moves .* from slot 3, which is not among the last/,
    (stage) => {
      replace(stage.found(), [1], [2, 1, 2], [3, 2, 4], [5, 4, null]);
    },
    5,
  );
  itCatches(
    replaceMovesLast,
    'moves out of order',
    /out of order/,
    (stage) => {
      replace(stage.found(), [1], [5, 4, null], [2, 1, 4]);
    },
    5,
  );
  itCatches(
    replaceMovesLast,
    'a slot taken from one who does not have it',
    /who doesn't have it/,
    (stage) => {
      replace(stage.found(), [1], [2, 3, 4], [5, 4, null]);
    },
    5,
  );
  itCatches(
    replaceMovesLast,
    'a slot left to who is gone',
    /leaves a slot to/,
    (stage) => {
      replace(stage.found(), [1], [5, 4, null]);
    },
    5,
  );
  itCatches(
    replaceMovesLast,
    'a slot too many',
    /leaves 5 slots for 4 cells/,
    (stage) => {
      replace(stage.found(), [1], [2, 1, 4]);
    },
    5,
  );
  itLets(
    replaceMovesLast,
    'the last cells into the holes',
    (stage) => {
      replace(stage.found(), [0, 1], [1, 0, 4], [2, 1, 3], [4, 3, null], [5, 4, null]);
    },
    5,
  );
});

describe('one cell a slot', () => {
  const act = (stage: Stage, index: number, slot: number, version: number): void => {
    const puppet = stage.puppet(index);
    puppet.trees = [TREE];
    puppet.organs.tree = { map: { genome: 'notes', version }, slot };
    stage.tell(index, 'tree.edges', {});
  };

  itCatches(
    oneCellPerSlot,
    'two that act for one slot under one version',
    /both act for slot 2 of notes, version 9/,
    (stage) => {
      act(stage, 0, 2, 9);
      stage.puppet(0).running = false;
      act(stage, 1, 2, 9);
    },
  );
  itLets(oneCellPerSlot, 'one after the other under later versions', (stage) => {
    act(stage, 0, 2, 9);
    act(stage, 1, 2, 10);
  });
});

describe('edges', () => {
  const hang = (stage: Stage, index: number, parent: number | null, children: readonly number[] = []): void => {
    const puppet = stage.puppet(index);
    puppet.trees = [TREE];
    puppet.view = stage.view;
    puppet.modes.tree = 'placed';
    puppet.organs.pulse = { sovereign: true };
    puppet.organs.tree = {
      map: { fanout: 2 },
      slot: index + 1,
      edge: parent === null ? null : { parent: stage.puppet(parent).id, version: 1 },
      children: Object.fromEntries(children.map((child) => [stage.puppet(child).id, { version: 1 }])),
    };
    stage.tell(index, 'tree.edges', {});
  };

  itCatches(edgesWithoutCycle, 'a circle', /are a circle/, (stage) => {
    hang(stage, 0, 1);
    hang(stage, 1, 2);
    hang(stage, 2, 0);
  });
  itCatches(edgesWithoutCycle, 'a cell on itself', /are a circle/, (stage) => hang(stage, 0, 0));
  itCatches(
    edgesWithoutCycle,
    'more children than may be',
    /has 7 children/,
    (stage) => hang(stage, 0, null, [1, 2, 3, 4, 5, 6, 7]),
    8,
  );
  itLets(edgesWithoutCycle, 'as many as may be', (stage) => hang(stage, 0, null, [1, 2, 3, 4, 5, 6]), 8);

  itCatches(oneSovereignTree, 'two roots', /2 cells have no parent/, (stage) => {
    for (const index of [0, 1]) hang(stage, index, null);
    hang(stage, 2, 0);
  });
  itCatches(oneSovereignTree, 'a child that its parent does not know', /doesn't know it as a child/, (stage) => {
    hang(stage, 0, null, [1]);
    for (const index of [1, 2]) hang(stage, index, 0);
  });
  itCatches(oneSovereignTree, 'a node without a leader', /node 1 knows of no leader/, (stage) => {
    hang(stage, 0, null, [1, 2]);
    for (const index of [1, 2]) hang(stage, index, 0);
    stage.puppet(1).organs.pulse = { sovereign: false };
  });
  itCatches(oneSovereignTree, 'different views', /2 different views/, (stage) => {
    hang(stage.found(), 0, null, [1, 2]);
    for (const index of [1, 2]) hang(stage, index, 0);
    stage.puppet(2).view = { ...stage.view, hash: 'other' } as never;
  });
  const haunt = (stage: Stage): void => {
    hang(stage, 0, null, [1, 2]);
    hang(stage, 1, 0, [2]);
    hang(stage, 2, 0);
  };
  itCatches(oneSovereignTree, 'a child that hangs on another', /still forwards to/, haunt);
  itLets(oneSovereignTree, 'one whose farewell may have been lost', (stage) => {
    stage.see({ what: 'struck', strike: { at: 0, kind: 'loss', rate: 0.1 } as never });
    haunt(stage);
  });
  itLets(oneSovereignTree, 'one tree', (stage) => {
    hang(stage.found(), 0, null, [1, 2]);
    for (const index of [1, 2]) hang(stage, index, 0);
  });
});

describe('groups', () => {
  const tellOf = (stage: Stage, trees: object): void => {
    const view = { ...stage.view, trees };
    stage.tell(1, 'consensus.committed', { view, previous: view, records: [], proof: null });
  };
  const watch = (stage: Stage, ...watched: readonly number[]): void => {
    const puppet = stage.found().puppet(2);
    puppet.modes.pulse = 'watching';
    puppet.organs.pulse = { view: stage.view, watched: watched.map((index) => stage.puppet(index).id) };
  };

  itCatches(
    groupsOfCommittedView,
    'another cell in a slot than the log says',
    /in slot 2 of notes, version 3; the log says/,
    (stage) => {
      const map = mapOf(stage.found());
      tellOf(stage, { [TREE]: { ...map, slots: [map.slots[0], map.slots[2], map.slots[1]] } });
    },
  );
  itCatches(groupsOfCommittedView, 'a cell too many', /in slot 4 of notes/, (stage) => {
    const map = mapOf(stage.found());
    tellOf(stage, { [TREE]: { ...map, slots: [...map.slots, { node: 'x', weight: 1, seed: '' }] } });
  });
  itCatches(groupsOfCommittedView, 'a neighbour that is not watched', /watches nobody in vain and not/, (stage) =>
    watch(stage, 0),
  );
  itCatches(
    groupsOfCommittedView,
    'one who is watched in vain',
    /in vain and not nobody/,
    (stage) => watch(stage, 0, 1, 3, 4),
    5,
  );
  itLets(groupsOfCommittedView, 'parent, children and neighbours', (stage) => watch(stage, 0, 1, 3), 4);
});

describe('in the end', () => {
  const place = (stage: Stage, mode = 'placed'): void => {
    for (const puppet of stage.nodes) {
      puppet.view = stage.view;
      puppet.trees = [TREE];
      puppet.modes.tree = mode;
      Object.assign(puppet, { living: { ready: () => mode === 'placed' } });
    }
  };

  itCatches(slotsAreLiveCells, 'a slot of a dead node', /slot 2 of notes is held by a dead node/, (stage) => {
    place(stage.found());
    stage.puppet(1).running = false;
  });
  itCatches(slotsAreLiveCells, 'a node without its place', /node 0 is not placed/, (stage) =>
    place(stage.found(), 'orphan'),
  );
  itLets(slotsAreLiveCells, 'a whole organism', (stage) => place(stage.found()));
  itCatches(nobodyIsAGuest, 'a node that has found no place', /node 0 is seeking, not placed/, (stage) =>
    place(stage.found(), 'seeking'),
  );
  itLets(nobodyIsAGuest, 'dead nodes', (stage) => {
    place(stage.found(), 'seeking');
    for (const puppet of stage.nodes) puppet.running = false;
  });
});
