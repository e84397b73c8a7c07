import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Collection, hidden, readCollection } from './memory/collection.ts';
import { alone, type Contestant, ours, peers } from './memory/contestant.ts';
import { type Mean, meanOf, quantile, type Scores, scoresOf } from './memory/measures.ts';
import { speed } from './memory/speed.ts';

/**
 * `npm run bench:memory [-- --collections DIR]`: how well peerMemory finds, beside others, on test collections. The one
 * setting of the ranking was chosen on the even-numbered queries (counted from 0 in the order of their file).
 */

const NAMES = ['scifact', 'cranfield', 'med'];
const HIDDEN = 'qmd-eval';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { collections: { type: 'string' }, quick: { type: 'boolean', default: false } },
  });
  const folder = values.collections ?? process.env.PEERTREE_COLLECTIONS;
  const found = folder === undefined ? [] : NAMES.flatMap((name) => readCollection(folder, name) ?? []);
  if (folder === undefined || found.length === 0) {
    process.stdout.write(
      `skipped: ${folder === undefined ? '--collections DIR names the folder of test collections' : `no collections in ${folder}`}\n`,
    );
    return 0;
  }
  const notes = readCollection(folder, HIDDEN);
  const collections = [...found, ...(notes === undefined ? [] : [hidden(notes, found)])];
  const rows: Row[] = [];
  for (const collection of collections) {
    for (const contestant of await contestantsOf(values.quick)) rows.push(await measure(collection, contestant));
  }
  const speeds = speed(found);
  process.stdout.write(`${table(rows)}\n\n${JSON.stringify(speeds, null, 2)}\n`);
  const results = fileURLToPath(new URL('results/memory.json', import.meta.url));
  await mkdir(fileURLToPath(new URL('results/', import.meta.url)), { recursive: true });
  await writeFile(results, `${JSON.stringify({ rows, speeds, rssAnonMb: await rssAnon() }, null, 2)}\n`);
  return 0;
}

async function contestantsOf(quick: boolean): Promise<readonly Contestant[]> {
  if (quick) return [ours()];
  return [ours(), ours(5), alone('words', 'BM25 alone'), ...(await peers())];
}

interface Row {
  readonly collection: string;
  readonly contestant: string;
  readonly ndcg: Mean;
  readonly even: Mean;
  readonly odd: Mean;
  readonly recall: Mean;
  readonly reciprocal: Mean;
  readonly indexSeconds: number;
  readonly queryP95Ms: number;
}

async function measure(collection: Collection, contestant: Contestant): Promise<Row> {
  process.stderr.write(`${collection.name}: ${contestant.name}\n`);
  const begun = performance.now();
  const answer = await contestant.index(collection.documents);
  const indexSeconds = (performance.now() - begun) / 1000;
  const scores: Scores[] = [];
  const times: number[] = [];
  for (const query of collection.queries) {
    const asked = performance.now();
    const ranking = await answer(query.text);
    times.push(performance.now() - asked);
    scores.push(scoresOf(query, ranking));
  }
  const half = (rest: number): Mean => meanOf(scores.filter((_, i) => i % 2 === rest).map(({ ndcg }) => ndcg));
  return {
    collection: collection.name,
    contestant: contestant.name,
    ndcg: meanOf(scores.map(({ ndcg }) => ndcg)),
    even: half(0),
    odd: half(1),
    recall: meanOf(scores.map(({ recall }) => recall)),
    reciprocal: meanOf(scores.map(({ reciprocal }) => reciprocal)),
    indexSeconds,
    queryP95Ms: quantile(times, 0.95),
  };
}

function table(rows: readonly Row[]): string {
  const number = ({ value, low, high }: Mean): string => `${value.toFixed(4)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const lines = rows.map((row) =>
    [
      row.collection,
      row.contestant,
      number(row.ndcg),
      row.even.value.toFixed(4),
      row.odd.value.toFixed(4),
      row.recall.value.toFixed(4),
      row.reciprocal.value.toFixed(4),
      `${row.indexSeconds.toFixed(1)} s`,
      `${row.queryP95Ms.toFixed(1)} ms`,
    ].join(' | '),
  );
  return ['collection | engine | nDCG@10 [95 %] | even | odd | Recall@100 | MRR | index | query p95', ...lines].join(
    '\n',
  );
}

/** Of this process, MB; null where there is no /proc. */
async function rssAnon(): Promise<number | null> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = /RssAnon:\s+(\d+)/.exec(status)?.[1];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1000);
}

process.exitCode = await main();
