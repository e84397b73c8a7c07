import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OrganismFile } from '../../src/cli/organism-file.ts';
import { BLOCKS, Checkout, keeps, linesOf, misunderstood, SPANS, stepsOf, textOf } from './docs-blocks.ts';

/** A tour starts npx some ten times, each of which takes seconds on a busy machine. */
const TOUR_MS = 400_000;

/** Lines that are not run here, each with the reason. */
const NOT_RUN_HERE: ReadonlyMap<RegExp, string> = new Map([
  [
    /^npm ci && npm start$/,
    'npm ci is the first step of .ci/run, and npm start is the build and `up`, which the tours run',
  ],
  [/^npm ci && npm test$/, 'it is what runs this'],
  [/^npm run (bench|soak)(:\w+)?( |$)/, 'takes minutes, and its figures mean something on a quiet machine only'],
]);

const inLanguage = (language: string) => BLOCKS.filter((block) => block.language === language);
const at = ({ page, line }: { page: string; line: number }) => `${page}:${line}`;

let checkout: Checkout;

describe('a snippet of the pages', () => {
  it('is of a kind that is checked: run, filled in from a file that is run, or a diagram', () => {
    const unchecked = BLOCKS.filter(
      ({ language, file }) =>
        !(['console', 'sh', 'mermaid'].includes(language) || (['ts', 'js', 'yaml'].includes(language) && file)),
    );
    expect(unchecked.map(at)).toEqual([]);
    expect(inLanguage('console').length).toBeGreaterThanOrEqual(2);
  });

  it.each(BLOCKS.filter(({ file }) => file !== undefined).map((block) => [at(block), block] as const))(
    '%s shows its file as it is',
    (_where, { file = '', text }) => expect(text).toBe(textOf(file)),
  );

  it.each(inLanguage('sh').flatMap((block) => linesOf(block).map((line) => [at(block), line] as const)))(
    '%s: %s',
    (_where, line) => {
      const excused = [...NOT_RUN_HERE.keys()].some((pattern) => pattern.test(line));
      if (excused) return expect(missingScripts(line)).toEqual([]);
      // The tour below asks it.
      if (line.startsWith('curl ')) return;
      expect(line).toMatch(/^(npx )?peertree /);
      expect(misunderstood(line)).toBeUndefined();
    },
  );

  it('names only commands and options that there are, in the middle of a sentence too', () => {
    const commands = SPANS.filter(({ text }) => /^(npx )?peertree [a-z-]/.test(text));
    expect(commands.length).toBeGreaterThanOrEqual(5);
    const wrong = commands.flatMap(({ where, text }) => {
      const problem = misunderstood(text);
      return problem === undefined ? [] : [`${where}: ${problem}`];
    });
    expect(wrong).toEqual([]);
  });

  it('would be found out', () => {
    expect(misunderstood('peertree up --detach --port 0')).toBeUndefined();
    expect(misunderstood('npx peertree key export --data x')).toBeUndefined();
    expect(misunderstood('peertree grow')).toContain('grow');
    expect(misunderstood('peertree up --detached')).toContain('--detached');
    expect(misunderstood('peertree key import')).toContain('import');
    expect(misunderstood('peertree status twice')).toContain('twice');
    expect(keeps('a\nb 12 c\n', ['b ... c'])).toBe(true);
    expect(keeps('a\nb 12 c\n', ['b ... c', 'a'])).toBe(false);
    expect(keeps('a+b', ['aab'])).toBe(false);
  });
});

/** The scripts of package.json that a line of npm commands needs and that are not there. */
function missingScripts(line: string): string[] {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const named = [...line.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = '']) => name);
  return named.filter((name) => name !== 'ci' && scripts[name] === undefined);
}

describe('in a fresh checkout', () => {
  beforeEach(() => {
    checkout = new Checkout();
  });
  afterEach(() => checkout.dispose());

  it.each(inLanguage('console').map((block) => [at(block), block] as const))(
    'the tour of %s works, line by line, and prints what it promises',
    async (_where, block) => {
      const steps = stepsOf(block);
      const outputs = await checkout.run(steps.map(({ command }) => command));
      const broken = steps.filter(({ promised }, index) => !keeps(outputs[index] ?? '', promised));
      expect(broken, outputs.join('\n')).toEqual([]);
    },
    TOUR_MS,
  );

  it(
    'curl gets an answer from every node, trusting its certificate; an organism of own genomes remembers them',
    async () => {
      const [curl, ...others] = inLanguage('sh').flatMap((block) => linesOf(block).filter((row) => /^curl /.test(row)));
      expect(others).toEqual([]);
      const genomes = ['shardTree', 'ftreeFileMgr'].map((name) => `genomes/${name}.genome.yaml`);
      const flags = genomes.map((path) => `--genome ${path}`).join(' ');
      const node = 'node dist/cli/main.js';
      await checkout.run([`${node} up --detach --nodes 2 ${flags}`, `${node} put README.md`, `${node} down`]);
      await checkout.run([`${node} up --detach`]);
      const file = JSON.parse(readFileSync(join(checkout.folder, 'organism/organism.json'), 'utf8')) as OrganismFile;
      expect(file.genomes).toEqual(genomes.map((path) => join(checkout.folder, path)));
      for (const { name, url } of file.nodes) {
        const asked = curl?.replace('node-1', name).replace('https://127.0.0.1:4400', url) ?? '';
        expect((await checkout.run([asked])).join('')).toContain('"README.md"');
      }
    },
    TOUR_MS,
  );

  it('examples/embed.ts is a service of some twenty lines that stores, answers and ends cleanly', async () => {
    expect(textOf('examples/embed.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(25);
    const port = await freePort();
    const service = spawn(process.execPath, ['--import', 'tsx', 'examples/embed.ts'], {
      cwd: checkout.folder,
      env: { ...checkout.env, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    service.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const ended = once(service, 'close').then(([code]) => code as number | null);
    try {
      const url = `http://127.0.0.1:${port}`;
      await listening(
        url,
        () => service.exitCode !== null,
        () => said,
      );
      const put = await fetch(`${url}/a%20note.txt`, { method: 'PUT', body: 'still here' });
      expect([put.status, await put.text()]).toEqual([200, expect.stringMatching(/^[a-z2-7]{52}$/)]);
      const got = await fetch(`${url}/a%20note.txt`);
      expect([got.status, await got.text()]).toEqual([200, 'still here']);
      expect((await fetch(`${url}/nothing`)).status).toBe(404);
      service.kill('SIGTERM');
      expect(await ended, said).toBe(0);
    } finally {
      service.kill('SIGKILL');
      await ended;
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when something answers there; rejects with its words when the process has ended instead. */
async function listening(url: string, isOver: () => boolean, words: () => string): Promise<void> {
  while (!isOver()) {
    try {
      await (await fetch(url)).text();
      return;
    } catch {
      await pause(100);
    }
  }
  throw new Error(`the service has ended: ${words()}`);
}
