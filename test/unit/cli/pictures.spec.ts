import { describe, expect, it } from 'vitest';
import { drawEntry } from '../../../src/cli/commands/logs.ts';
import { coloured, padded, paintFor, plain, widthOf } from '../../../src/cli/paint.ts';
import { drawProgress } from '../../../src/cli/progress.ts';
import { counted, humanBytes, humanDuration } from '../../../src/cli/quantity.ts';
import { drawStatus } from '../../../src/cli/status-picture.ts';
import { drawTable } from '../../../src/cli/table.ts';
import { printable } from '../../../src/cli/terminal.ts';
import { drawTree, SLOTS_DRAWN_MAX } from '../../../src/cli/tree-picture.ts';
import { drawWelcome, invocation } from '../../../src/cli/up/welcome.ts';
import type { NodeState, OrganismStatus } from '../../../src/contract/services.ts';
import { idOf } from '../../twins/memory-node.ts';
import { memoryTerminal } from '../../twins/memory-terminal.ts';

/** An organism of 12 nodes, fan-out 4, in which some things are wrong. */
function troubled(): OrganismStatus {
  const names = Array.from({ length: 12 }, (_, index) => `node-${index + 1}`);
  const states: Record<string, NodeState> = { 'node-3': 'dead', 'node-5': 'suspect', 'node-12': 'paused' };
  const cells = names.map((name, index) => ({
    slot: index + 1,
    node: idOf(name),
    state: states[name] === undefined ? 'placed' : name === 'node-12' ? 'joining' : 'unknown',
  }));
  const tree = { fanout: 4, generation: 1, epoch: 3, version: 41, sovereign: true };
  return {
    organism: idOf('organism'),
    node: idOf('node-1'),
    leader: idOf('node-1'),
    voters: [idOf('node-1')],
    nodes: names.map((name, index) => ({
      id: idOf(name),
      url: `https://127.0.0.1:${4400 + index}`,
      zone: index < 2 ? `rack-${index}` : idOf(name),
      pid: states[name] === undefined ? 1_000 + index : null,
      data: null,
      state: states[name] ?? 'live',
      rejected: index === 1 ? { replayed: 2, 'bad-signature': 1, 'too-large': 0 } : {},
      failures: index === 2 ? [{ genome: 'shardTree', organ: 'shards', error: 'Error: boom', at: 0 }] : [],
    })),
    trees: [
      { genome: 'shardTree', treeId: idOf('shardTree'), ...tree, cells },
      { genome: 'ftreeFileMgr', treeId: idOf('ftreeFileMgr'), ...tree, fanout: 2, cells: cells.slice(0, 6) },
    ],
    storage: { shards: 231, bytes: 241_172_480, underReplicated: 7 },
    queues: { outbox: 3, deadLetters: 1 },
  };
}

const names = new Map(Array.from({ length: 11 }, (_, index) => [idOf(`node-${index + 1}`), `node-${index + 1}`]));

function calm(): OrganismStatus {
  const status = troubled();
  const nodes = status.nodes.slice(0, 1);
  const trees = status.trees.slice(0, 1).map((tree) => ({ ...tree, cells: tree.cells.slice(0, 1) }));
  return {
    ...status,
    nodes,
    trees,
    storage: { ...status.storage, underReplicated: 0 },
    queues: { outbox: 0, deadLetters: 0 },
  };
}

describe('status', () => {
  it('draws what is wrong as well as what is right', async () => {
    const picture = drawStatus(troubled(), { names, paint: plain }).join('\n');
    await expect(`${picture}\n`).toMatchFileSnapshot('pictures/status-troubled.txt');
  });

  it('draws a single node', async () => {
    const picture = drawStatus(calm(), { names, paint: plain }).join('\n');
    await expect(`${picture}\n`).toMatchFileSnapshot('pictures/status-single.txt');
  });

  it('is aligned alike with colours', () => {
    const bare = drawStatus(troubled(), { names, paint: plain });
    const bright = drawStatus(troubled(), { names, paint: coloured });
    expect(bright.join('\n')).not.toBe(bare.join('\n'));
    expect(bright.map(widthOf)).toEqual(bare.map(widthOf));
  });

  it('says that a fragment is provisional', () => {
    const status = troubled();
    const trees = status.trees.map((tree) => ({ ...tree, sovereign: false }));
    expect(drawStatus({ ...status, trees }, { names, paint: plain })[0]).toContain('provisional');
  });
});

describe('a tree', () => {
  it('draws every slot once, under its parent', () => {
    const leaves = Array.from({ length: 8 }, (_, index) => ({ label: String(index + 1), notes: '' }));
    expect(drawTree(leaves, 2)).toEqual([
      '1',
      '├─ 2',
      '│  ├─ 4',
      '│  │  └─ 8',
      '│  └─ 5',
      '└─ 3',
      '   ├─ 6',
      '   └─ 7',
    ]);
  });

  it('counts what it does not draw', () => {
    const leaves = Array.from({ length: SLOTS_DRAWN_MAX + 3 }, (_, index) => ({ label: String(index + 1), notes: '' }));
    const lines = drawTree(leaves, 4);
    expect(lines).toHaveLength(SLOTS_DRAWN_MAX + 1);
    expect(lines.at(-1)).toBe('… and 3 more');
    expect(drawTree(leaves.slice(0, SLOTS_DRAWN_MAX), 4)).toHaveLength(SLOTS_DRAWN_MAX);
    expect(drawTree([], 4)).toEqual([]);
  });
});

describe('welcome', () => {
  const event = {
    event: 'whole' as const,
    nodes: [1, 2, 3].map((index) => ({
      id: idOf(`node-${index}`),
      url: `https://127.0.0.1:440${index}`,
      pid: 900 + index,
      data: '/d',
    })),
    trees: ['shardTree', 'ftreeFileMgr'].map((genome) => ({ genome, treeId: idOf(genome), cells: 3 })),
  };
  const facts = { names: ['node-1', 'node-2', 'node-3'], command: 'peertree', data: '', detached: false };

  it('says what there is and what to try', async () => {
    await expect(`${drawWelcome(event, facts, plain).join('\n')}\n`).toMatchFileSnapshot('pictures/welcome.txt');
    const elsewhere = { ...facts, command: 'node dist/cli/main.js', data: ' --data x', detached: true };
    await expect(`${drawWelcome(event, elsewhere, plain).join('\n')}\n`).toMatchFileSnapshot(
      'pictures/welcome-detached.txt',
    );
  });

  it('names the program as it was called', () => {
    const at = (env: NodeJS.ProcessEnv) => ({ cwd: '/a', env });
    expect(invocation('/usr/bin/peertree', at({}))).toBe('peertree');
    expect(invocation('/a/dist/cli/main.js', at({ npm_command: 'start' }))).toBe('node dist/cli/main.js');
    expect(invocation('/cache/.bin/peertree', at({ npm_command: 'exec' }))).toBe('npx peertree');
  });
});

describe('progress', () => {
  const state = { label: 'a-file.bin', done: 0, total: 10_485_760, elapsedMs: 0, columns: 80 };

  it('draws from nothing to everything', async () => {
    const lines = [
      drawProgress(state),
      drawProgress({ ...state, done: 3_145_728, elapsedMs: 1_500 }),
      drawProgress({ ...state, done: 10_485_760, elapsedMs: 5_000 }),
      drawProgress({ ...state, total: undefined, done: 3_145_728, elapsedMs: 1_500 }),
      drawProgress({ ...state, total: 0 }),
      drawProgress({ ...state, label: 'a very long name '.repeat(9), done: 5, elapsedMs: 1 }),
      drawProgress({ ...state, done: 3_145_728, elapsedMs: 1_500, columns: 40 }),
    ];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('pictures/progress.txt');
  });

  it.each([10, 20, 40, 60, 80, 200])('never fills a terminal of %i columns', (columns) => {
    for (const done of [0, 1, 5_000_000, 10_485_760]) {
      const line = drawProgress({ ...state, label: 'name '.repeat(30), done, elapsedMs: 900, columns });
      expect([...line].length).toBeLessThan(columns);
    }
  });
});

describe('words and numbers', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.00 KiB'],
    [10_230, '9.99 KiB'],
    [10_240, '10.0 KiB'],
    [1_023_487, '999 KiB'],
    [1_023_488, '0.98 MiB'],
    [1_048_576, '1.00 MiB'],
    [Number.MAX_SAFE_INTEGER, '8.00 PiB'],
  ])('says %i bytes as %s', (bytes, text) => {
    expect(humanBytes(bytes)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [75_000, '1 min 15 s'],
    [3_600_000, '1 h 0 min'],
  ])('says %i ms as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  it('counts in the singular and the plural', () => {
    expect([counted(1, 'node'), counted(0, 'node'), counted(2, 'copy', 'copies')]).toEqual([
      '1 node',
      '0 nodes',
      '2 copies',
    ]);
  });

  it('shows what would steer a terminal', () => {
    expect(printable('a\u001b[2Jb\n\u202e')).toBe('a\\u{1b}[2Jb\\u{a}\\u{202e}');
    expect(printable('ü 日本 👍')).toBe('ü 日本 👍');
  });

  it('pads by what is seen', () => {
    expect(padded(coloured('red', 'ab'), 4)).toBe('\u001b[31mab\u001b[0m  ');
    expect(padded('ab', 4, 'left')).toBe('  ab');
    expect(
      drawTable(
        [{ title: 'A' }, { title: 'N', side: 'left' }],
        [
          ['x', '10'],
          ['yy', '5'],
        ],
        plain,
      ),
    ).toEqual(['A    N', 'x   10', 'yy   5']);
  });
});

describe('colours', () => {
  const paints = (env: Record<string, string>, outIsTty: boolean): boolean =>
    paintFor(memoryTerminal({ env, outIsTty })) === coloured;

  it('are for terminals, unless NO_COLOR or FORCE_COLOR say otherwise', () => {
    expect(paints({}, true)).toBe(true);
    expect(paints({}, false)).toBe(false);
    expect(paints({ NO_COLOR: '1' }, true)).toBe(false);
    expect(paints({ NO_COLOR: '' }, true)).toBe(true);
    expect(paints({ TERM: 'dumb' }, true)).toBe(false);
    expect(paints({ FORCE_COLOR: '1' }, false)).toBe(true);
    expect(paints({ FORCE_COLOR: '1', NO_COLOR: '1' }, true)).toBe(false);
  });
});

it('draws a line of a log', () => {
  const fields = {
    time: '2026-01-02T03:04:05.678Z',
    level: 'warn',
    event: 'store.full',
    free: 0,
    path: 'a\nb',
    list: [1],
  };
  expect(drawEntry({ node: 'node-1', time: fields.time, fields }, 7, plain)).toBe(
    '03:04:05.678  node-1   warn   store.full  free=0 path=a\\u{a}b list=[1]',
  );
});
