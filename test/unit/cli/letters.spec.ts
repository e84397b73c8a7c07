import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeOrganismFile } from '../../../src/cli/organism-file.ts';
import { runCli } from '../../../src/cli/program.ts';
import type { DeadLetter } from '../../../src/contract/letters.ts';
import { type HttpsNode, httpsNode } from '../../twins/https-node.ts';
import { idOf } from '../../twins/memory-node.ts';
import { memoryTerminal } from '../../twins/memory-terminal.ts';
import { conform, conformLines } from './schemas.ts';

let nodes: readonly [HttpsNode, HttpsNode];
let cwd: string;

beforeAll(async () => {
  nodes = [await httpsNode(), await httpsNode()];
});
afterAll(() => Promise.all(nodes.map((node) => node.close())));
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'peertree-letters-'));
  mkdirSync(join(cwd, 'organism'));
  for (const [index, { memory }] of nodes.entries()) {
    memory.deadLetters.clear();
    for (const number of [3, 17]) memory.deadLetters.set(number, letter(number, index + 1));
  }
});
afterEach(() => rmSync(cwd, { recursive: true }));

function letter(number: number, of: number): DeadLetter {
  const to = number === 3 ? { cell: idOf('away') } : { tree: idOf('tree'), slot: 2 };
  const body = { text: `letter ${number} of node ${of}`, steer: '\u001b[2J' };
  const at = Date.UTC(2025, 10, 22, 7, 30);
  return {
    number,
    message: number + 100,
    replays: null,
    at,
    reason: 'expired',
    to,
    tree: null,
    kind: 'notes.post',
    body,
  };
}

async function run(args: readonly string[], dead = false) {
  const listed = nodes.map(({ id, url, port }, index) => ({ name: `node-${index + 1}`, id, url, port, data: 'data' }));
  const away = { name: 'node-3', id: idOf('dead'), url: 'https://127.0.0.1:1', port: 1, data: 'data' };
  await writeOrganismFile(join(cwd, 'organism'), {
    v: 1,
    organism: idOf('o'),
    nodes: dead ? [...listed, away] : listed,
  });
  const terminal = memoryTerminal({ cwd });
  const exit = await runCli(['letters', ...args], terminal);
  return { exit, output: terminal.output(), messages: terminal.messages() };
}

interface Listing {
  readonly letters: readonly { readonly letter: string; readonly node: string; readonly bytes: number }[];
  readonly unreachable: readonly string[];
}

const numbersAt = (index: 0 | 1): number[] => [...nodes[index].memory.deadLetters.keys()];

describe('letters ls', () => {
  it('lists those of all nodes, without their bodies', async () => {
    const { exit, output, messages } = await run(['ls', '--json']);
    expect([exit, messages]).toEqual([0, '']);
    const { letters, unreachable } = conform<Listing & Record<string, unknown>>('letters-ls', JSON.parse(output));
    expect(letters.map((one) => one.letter)).toEqual(['node-1/3', 'node-1/17', 'node-2/3', 'node-2/17']);
    expect(letters.map(({ node }) => node)).toEqual([nodes[0].id, nodes[0].id, nodes[1].id, nodes[1].id]);
    expect(unreachable).toEqual([]);
    expect(output).not.toContain('letter 3 of node 1');
  });

  it('draws a table for people', async () => {
    const { output } = await run(['ls', 'node-2']);
    expect(output).toBe(
      [
        'LETTER     BURIED               REASON   KIND        TO                  SIZE',
        `node-2/3   2025-11-22 07:30:00  expired  notes.post  ${idOf('away').slice(0, 8)}            49 B`,
        `node-2/17  2025-11-22 07:30:00  expired  notes.post  slot 2 of ${idOf('tree').slice(0, 8)}  50 B`,
        '',
      ].join('\n'),
    );
  });

  it('goes on without a node that is away, and says so', async () => {
    const { exit, output, messages } = await run(['ls', '--json'], true);
    expect([exit, messages]).toEqual([0, '']);
    const { letters, unreachable } = conform<Listing & Record<string, unknown>>('letters-ls', JSON.parse(output));
    expect([letters.length, unreachable]).toEqual([4, [idOf('dead')]]);
    const people = await run(['ls'], true);
    expect(people.messages).toMatch(/^node \w{8} was left out: /);
    expect((await run(['ls', 'node-3'], true)).exit).toBe(4);
  });

  it('says where there are none, and which nodes there are', async () => {
    for (const { memory } of nodes) memory.deadLetters.clear();
    expect((await run(['ls'])).messages).toBe('no dead letters\n');
    const unknown = await run(['ls', 'node-l']);
    expect([unknown.exit, unknown.messages]).toEqual([
      2,
      "peertree: ./organism has no node 'node-l' (did you mean 'node-1'?)\n",
    ]);
  });

  it('reads a node page by page', async () => {
    const { memory } = nodes[0];
    for (let number = 18; number < 260; number++) memory.deadLetters.set(number, letter(number, 1));
    const { output } = await run(['ls', 'node-1', '--json']);
    expect(conform<Listing & Record<string, unknown>>('letters-ls', JSON.parse(output)).letters).toHaveLength(244);
  });
});

describe('letters show', () => {
  it('shows a letter with its body', async () => {
    const { output } = await run(['show', 'node-2/17', '--json']);
    expect(conform('letters-show', JSON.parse(output))).toMatchObject({
      letter: 'node-2/17',
      node: nodes[1].id,
      message: 117,
      body: { text: 'letter 17 of node 2' },
    });
    const people = await run(['show', 'node-1/3']);
    expect(people.output).toContain('node-1/3  notes.post: expired\nmessage 103, to ');
    expect(people.output).not.toContain('\u001b[2J');
  });

  it.each([
    [['show', 'node-1/4'], 1, 'there is no dead letter 4'],
    [['show', 'node-9/4'], 2, "has no node 'node-9'"],
    [['show', 'node-1'], 2, 'a letter is called like node-1/17'],
    [['show', 'node-1/0'], 2, 'a letter is called like node-3/17'],
    [['show', '17'], 2, 'a letter is called like 17/17'],
  ])('says what is wrong with %j', async (args, exit, sentence) => {
    const answer = await run(args);
    expect([answer.exit, answer.output]).toEqual([exit, '']);
    expect(answer.messages).toContain(sentence);
  });
});

describe('letters replay and drop', () => {
  it('send again what is named, and tell the new message', async () => {
    const { exit, output } = await run(['replay', 'node-1/17', 'node-2/3', '--json']);
    expect(exit).toBe(0);
    expect(conformLines('letters-replay', output)).toEqual([
      { letter: 'node-1/17', node: nodes[0].id, message: 1_117 },
      { letter: 'node-2/3', node: nodes[1].id, message: 1_103 },
    ]);
    expect([numbersAt(0), numbersAt(1)]).toEqual([[3], [17]]);
  });

  it('take all letters of a node, or of all nodes', async () => {
    expect((await run(['replay', 'node-1'])).output).toBe(
      'node-1/3 is sent again as message 1103\nnode-1/17 is sent again as message 1117\n',
    );
    expect([numbersAt(0), numbersAt(1)]).toEqual([[], [3, 17]]);
    const dropped = conformLines('letters-drop', (await run(['drop', '--all', '--json'])).output);
    expect(dropped.map((line) => line.letter)).toEqual(['node-2/3', 'node-2/17']);
    expect(numbersAt(1)).toEqual([]);
    expect((await run(['drop', '--all'])).messages).toBe('0 dead letters found\n');
  });

  it('need to be told which', async () => {
    expect((await run(['drop'])).exit).toBe(2);
    expect((await run(['drop', 'node-1/3', '--all'])).exit).toBe(2);
    expect(numbersAt(0)).toEqual([3, 17]);
  });

  it('stop at a letter that is not there', async () => {
    const { exit, output, messages } = await run(['drop', 'node-1/3', 'node-1/4', 'node-1/17', '--json']);
    expect([exit, conformLines('letters-drop', output).length]).toEqual([1, 1]);
    expect(messages).toContain('there is no dead letter 4');
    expect(numbersAt(0)).toEqual([17]);
  });

  it('talk to the node at an address, whose name may be left out', async () => {
    const at = ['--at', nodes[1].url, '--pin', nodes[1].id];
    nodes[1].memory.statusNow = { ...nodes[1].memory.statusNow, node: nodes[1].id };
    const { output } = await run(['drop', '3', ...at]);
    expect(output).toBe(`forgot ${nodes[1].id}/3\n`);
    expect([numbersAt(0), numbersAt(1)]).toEqual([[3, 17], [17]]);
  });
});
