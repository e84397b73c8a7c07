import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { type HttpsNode, httpsNode } from '../../twins/https-node.ts';
import { memoryTerminal } from '../../twins/memory-terminal.ts';
import { conform, conformLines } from './schemas.ts';

let node: HttpsNode;

beforeAll(async () => {
  node = await httpsNode();
});
afterAll(() => node.close());
beforeEach(async () => {
  node.memory.stored.clear();
  await node.memory.files.put(
    (async function* () {
      yield Buffer.from('a boat');
    })(),
    { name: 'boat.txt' },
  );
});

async function run(...args: string[]) {
  const terminal = memoryTerminal();
  const exit = await runCli([...args, '--at', node.url, '--pin', node.id], terminal);
  return { exit, output: terminal.output(), messages: terminal.messages() };
}

describe('find', () => {
  it('takes words with or without quotes, and shows names with what was found', async () => {
    for (const words of [['the', 'boat'], ['the boat']]) {
      const { exit, output } = await run('find', ...words);
      expect(exit).toBe(0);
      expect(output).toMatch(/^boat\.txt {2}[a-z2-7]{52}\n {2}\*\*boat\.txt\*\*\n$/);
    }
    conform('find', JSON.parse((await run('find', 'boat', '--json')).output));
  });

  it('says plainly that there is nothing', async () => {
    const { exit, output, messages } = await run('find', 'nothing of the kind');
    expect([exit, output, messages]).toEqual([0, '', 'nothing that is stored is about that\n']);
  });

  it('hands every flag on', async () => {
    await run('find', 'boat', '--type', 'pdf', '--type', 'md', '--after', '2026-01-01', '--limit', '3', '--explain');
    expect(JSON.parse((node.memory.calls.at(-1) ?? '').replace('search ', ''))).toEqual({
      q: 'boat',
      types: ['pdf', 'md'],
      after: Date.UTC(2026, 0, 1),
      limit: 3,
      explain: true,
    });
  });

  it.each([
    ['--after', 'someday'],
    ['--limit', '0'],
  ])('refuses %s %s', async (flag, value) => expect((await run('find', 'boat', flag, value)).exit).toBe(2));
});

describe('remember, forget and stat', () => {
  it('say how far a file is', async () => {
    expect((await run('forget', 'boat.txt')).output).toBe('boat.txt: forgotten\n');
    expect((await run('stat', 'boat.txt')).output).toMatch(/memory +forgotten/);
    const told = await run('remember', 'boat.txt', '--note', 'mine', '--json');
    expect(conformLines('remember', told.output)[0]).toMatchObject({ remembered: 'done', note: 'mine' });
    expect((await run('remember', 'coat.txt')).exit).toBe(1);
  });
});
