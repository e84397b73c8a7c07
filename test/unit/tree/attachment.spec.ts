import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/contract/limits.ts';
import { Grove, TestCell, viewOf } from './cells.ts';

const nodes = (n: number): string[] => Array.from({ length: n }, (_, index) => `n${index + 1}`);
/** The parents of a binary tree of n cells, as their slots name them. */
const proper = (n: number): Record<string, string | null> =>
  Object.fromEntries(nodes(n).map((node, index) => [node, index === 0 ? null : `n${Math.floor((index + 1) / 2)}`]));

function grown(n: number): Grove {
  return new Grove(...nodes(n)).see(viewOf(1, nodes(n), 2)).settle();
}

describe('cells that have their slots', () => {
  it('attach to the parents that the slots name, and the root to nobody', () => {
    const grove = grown(15);
    expect(grove.parents()).toEqual(proper(15));
    for (const cell of grove.cells.values()) expect(cell.mode).toBe('placed');
    expect(grove.cell('n3').children.sort()).toEqual(['n6', 'n7']);
    expect(grove.cell('n1').facts.edge).toBeNull();
  });

  it('tell the other organs of their node who they are attached to', () => {
    const grove = grown(3);
    expect(grove.cell('n1').edges.at(-1)).toEqual({ tree: 'tree', parent: null, children: ['n2', 'n3'] });
    expect(grove.cell('n3').edges).toEqual([{ tree: 'tree', parent: 'n1', children: [] }]);
  });

  it('renew their edges under a newer map and keep serving meanwhile', () => {
    const grove = grown(7);
    grove.see(viewOf(2, nodes(8), 2));
    expect(grove.cell('n3').children.sort()).toEqual(['n6', 'n7']);
    expect(grove.cell('n3').mode).toBe('placed');
    grove.settle();
    for (const cell of grove.cells.values()) if (cell.id !== 'n1') expect(cell.facts.edge?.version).toBe(2);
  });

  it('wait for a parent that is only busy before they ask anybody else, but not for ever', () => {
    const cell = new TestCell('n4').see(viewOf(1, nodes(5), 2));
    const order: string[] = [];
    for (let round = 0; round < LIMITS.parentTriesMax + 2; round++) {
      const question = cell.questions.shift();
      if (question === undefined) throw new Error('it asks');
      order.push(question.to);
      cell.answered(question, { ok: false, code: 'busy' });
      cell.fire('tree.tryAgain');
    }
    expect(new Set(order.slice(0, -1))).toEqual(new Set(['n2']));
    expect(order.at(-1)).not.toBe('n2');
  });

  it('try again after all have refused', () => {
    const cell = new TestCell('n2').see(viewOf(1, nodes(2)));
    const [question] = cell.questions;
    if (question === undefined) throw new Error('it asks');
    cell.answered(question, { ok: false, code: 'full' });
    expect(cell.questions).toHaveLength(1);
    expect(cell.timers.get('tree.tryAgain')).toBeGreaterThan(0);
    cell.fire('tree.tryAgain');
    expect(cell.questions).toHaveLength(2);
  });
});

describe('a cell that asks for an edge', () => {
  const parent = () =>
    new Grove(...nodes(7))
      .see(viewOf(3, nodes(7), 2))
      .settle()
      .cell('n2');
  const ask = (cell: TestCell, from: string, version = 3) =>
    cell.asked({ from, to: cell.id, body: { slot: 0, version } });

  it('gets one under the version of the parent that has the newer map', () => {
    expect(ask(parent(), 'n5', 1)).toEqual({ ok: true, body: { slot: 2, version: 3 } });
  });

  it('waits for a parent that has an older map, or no edge of this map itself', () => {
    expect(ask(parent(), 'n5', 4)).toMatchObject({ ok: false, code: 'busy' });
    expect(ask(new TestCell('n2'), 'n5')).toMatchObject({ ok: false, code: 'busy' });
    expect(ask(new TestCell('n2').see(viewOf(3, nodes(7), 2)), 'n5')).toMatchObject({ ok: false, code: 'busy' });
    const stale = parent().see(viewOf(4, nodes(8), 2));
    expect(ask(stale, 'n5', 4)).toMatchObject({ ok: false, code: 'busy' });
  });

  it('is refused unless its slot is higher', () => {
    for (const other of ['n1', 'n2', 'stranger']) expect(ask(parent(), other)).toMatchObject({ code: 'not-below' });
    expect(ask(parent(), 'n3')).toMatchObject({ ok: true });
  });

  it('finds room up to the fan-out and four more; one more is refused', () => {
    const cell = new TestCell('n1').see(viewOf(1, nodes(20), 2));
    const strangers = nodes(20).slice(7);
    const room = 2 + LIMITS.adoptionExtra;
    for (const child of strangers.slice(0, room)) expect(ask(cell, child, 1)).toMatchObject({ ok: true });
    expect(ask(cell, strangers[room] ?? '', 1)).toMatchObject({ ok: false, code: 'full' });
    // Again is no more.
    expect(ask(cell, strangers[0] ?? '', 1)).toMatchObject({ ok: true });
  });

  it('always finds room where it belongs: a guest is sent away, who looks for another place', () => {
    const cell = new TestCell('n1').see(viewOf(1, nodes(20), 2));
    const guests = nodes(20).slice(7, 7 + 2 + LIMITS.adoptionExtra);
    for (const guest of guests) ask(cell, guest, 1);
    expect(ask(cell, 'n2', 1)).toMatchObject({ ok: true });
    expect(cell.children).toHaveLength(2 + LIMITS.adoptionExtra);
    const [gone] = guests.filter((guest) => !cell.children.includes(guest));
    expect(cell.notices).toEqual([{ from: 'n1', to: gone }]);
    const guest = new TestCell(gone ?? '').see(viewOf(1, nodes(20), 2));
    guest.facts = { ...guest.facts, edge: { parent: 'n1', version: 1 }, asking: null };
    guest.questions.length = 0;
    guest.give('tree.tryAgain', undefined);
    expect(guest.mode).toBe('placed');
    guest.detached('n1');
    expect([guest.mode, guest.parent, guest.questions.length]).toEqual(['orphan', null, 1]);
  });

  it('takes no edge that was promised under an older map than it has by now', () => {
    const cell = new TestCell('n5').see(viewOf(1, nodes(7), 2));
    cell.see(viewOf(2, nodes(8), 2));
    const [question] = cell.questions.splice(0);
    if (question === undefined) throw new Error('it asks');
    cell.answered(question, { ok: true, body: { slot: 2, version: 1 } });
    expect(cell.parent).toBeNull();
    expect(cell.questions).toMatchObject([{ to: 'n2', body: { version: 2 } }]);
  });

  it('takes no edge to a cell that it holds dead by now, nor to one above it', () => {
    const cell = new TestCell('n5').see(viewOf(1, nodes(7), 2));
    const [question] = cell.questions.splice(0);
    if (question === undefined) throw new Error('it asks');
    cell.believe('n2', 'dead').answered(question, { ok: true, body: { slot: 2, version: 1 } });
    expect(cell.parent).toBeNull();
    expect(cell.questions.map(({ to }) => to)).toEqual(['n1']);
    const other = new TestCell('n5').see(viewOf(1, nodes(7), 2));
    const [asked] = other.questions.splice(0);
    if (asked === undefined) throw new Error('it asks');
    other
      .see(viewOf(2, ['n1', 'n3', 'n5', 'n4', 'n2'], 2))
      .answered(asked, { ok: true, body: { slot: 2, version: 2 } });
    expect(other.parent).toBeNull();
  });

  it('ignores an answer that it does not wait for', () => {
    const cell = parent();
    const before = cell.facts;
    cell.answered({ from: 'n2', to: 'n3', body: null }, { ok: true, body: { slot: 3, version: 9 } });
    expect(cell.facts).toEqual(before);
  });
});

describe('an orphan', () => {
  it('attaches to its nearest live ancestor, and goes home when its parent is back', () => {
    const grove = grown(15).believe('n4', 'dead');
    expect(grove.cell('n8').mode).toBe('orphan');
    grove.settle();
    expect(grove.parents()).toMatchObject({ n8: 'n2', n9: 'n2', n5: 'n2' });
    expect(grove.cell('n8').mode).toBe('placed');
    grove.believe('n4', 'live').settle();
    expect(grove.parents()).toEqual(proper(15));
    expect(grove.cell('n2').children.sort()).toEqual(['n4', 'n5']);
  });

  it('climbs past several dead ancestors', () => {
    const grove = grown(15);
    for (const lost of ['n4', 'n2']) grove.believe(lost, 'dead');
    grove.settle();
    expect(grove.parents()).toMatchObject({ n8: 'n1', n9: 'n1', n5: 'n1' });
  });

  it('goes on asking its way home when the parent is not ready the first time', () => {
    const grove = grown(7).believe('n2', 'dead').settle();
    const cell = grove.cell('n4');
    expect(cell.parent).toBe('n1');
    for (let round = 0; round < 3; round++) {
      cell.believe('n2', 'live');
      const question = cell.questions.splice(0).at(-1);
      if (question !== undefined) cell.answered(question, { ok: false, code: 'busy' });
      expect(cell.parent).toBe('n1');
      expect(cell.timers.has('tree.goHome')).toBe(true);
      cell.fire('tree.goHome');
    }
    expect(cell.questions).toMatchObject([{ to: 'n2' }]);
  });

  it('has nobody to attach to where no lower slot lives, and then serves those above', () => {
    const grove = grown(7);
    for (const lost of ['n1', 'n2']) grove.believe(lost, 'dead');
    grove.settle();
    expect(grove.cell('n3')).toMatchObject({ mode: 'placed', parent: null });
    // Those without a live ancestor ask their neighbour in slot order.
    expect(grove.parents()).toMatchObject({ n4: 'n3', n5: 'n4', n6: 'n3', n7: 'n3' });
    grove.believe('n1', 'live').settle();
    expect(grove.cell('n3')).toMatchObject({ mode: 'placed', parent: 'n1' });
  });

  it('is what every child of a restarted parent is, for it knows nothing of them', () => {
    const grove = grown(7);
    grove.cells.set('n2', new TestCell('n2'));
    grove.see(viewOf(1, nodes(7), 2, { n2: 2 }));
    expect(grove.cell('n4').parent).toBeNull();
    grove.settle();
    expect(grove.parents()).toEqual(proper(7));
    expect(grove.cell('n2').children.sort()).toEqual(['n4', 'n5']);
  });
});

describe('a silent child', () => {
  it('is not forwarded to until it is heard again, and keeps its edge', () => {
    const cell = grown(7).cell('n2');
    cell.believe('n4', 'suspect');
    expect(cell.edges.at(-1)).toMatchObject({ children: ['n5'] });
    cell.believe('n4', 'live');
    expect([...(cell.edges.at(-1)?.children ?? [])].sort()).toEqual(['n4', 'n5']);
  });
});

describe('a newer map', () => {
  it('moves a cell to its new place, where it takes new children only once its own edge is new', () => {
    const grove = grown(7);
    grove.believe('n2', 'dead').settle();
    const moved = grove.cell('n7');
    moved.see(viewOf(2, ['n1', 'n7', 'n3', 'n4', 'n5', 'n6'], 2));
    expect(moved.mode).toBe('relocating');
    expect(moved.asked({ from: 'n4', to: 'n7', body: { slot: 4, version: 2 } })).toMatchObject({ code: 'busy' });
    grove.see(viewOf(2, ['n1', 'n7', 'n3', 'n4', 'n5', 'n6'], 2)).settle();
    expect(moved.mode).toBe('placed');
    expect(grove.parents()).toEqual({ n1: null, n7: 'n1', n3: 'n1', n4: 'n7', n5: 'n7', n6: 'n3' });
  });

  it('ends the edges to whom the slots no longer allow', () => {
    const grove = grown(7);
    const cell = grove.cell('n2').see(viewOf(2, ['n1', 'n4', 'n3', 'n2', 'n5'], 2));
    expect(cell.children).toEqual(['n5']);
    expect(cell.parent).toBe('n1');
    const other = grove.cell('n4').see(viewOf(2, ['n1', 'n4', 'n3', 'n2', 'n5'], 2));
    expect(other.parent).toBeNull();
  });

  it('without this cell ends all its edges until it has a slot again', () => {
    const grove = grown(7);
    const cell = grove.cell('n2').see(viewOf(2, ['n1', 'n7', 'n3', 'n4', 'n5', 'n6'], 2));
    expect(cell).toMatchObject({ mode: 'rejoining', parent: null, children: [] });
    expect(cell.edges.at(-1)).toEqual({ tree: 'tree', parent: null, children: [] });
    cell.see(viewOf(3, ['n1', 'n7', 'n3', 'n4', 'n5', 'n6', 'n2'], 2));
    expect(cell).toMatchObject({ mode: 'joining', facts: { slot: 7 } });
    expect(cell.questions.at(-1)).toMatchObject({ to: 'n3' });
  });

  it('forgets opinions about cells that are in no slot', () => {
    const cell = grown(3).cell('n1').believe('n3', 'dead');
    cell.see(viewOf(2, nodes(2), 2));
    expect(cell.facts.down).toEqual({});
  });
});
