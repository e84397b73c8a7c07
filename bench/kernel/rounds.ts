/** What every contender does, so that their numbers may stand beside each other. One process each; see bench/kernel.ts. */

export const ROUNDS = 10;
export const TELLS_PER_ROUND = 100_000;
export const ASKS_PER_ROUND = 20_000;
/** Questions under way at once. */
export const ASK_WINDOW = 64;
/** In tens of cells of six organs, too. */
export const ACTORS = 60_000;

/** What a contender prints as its last line, as JSON. Rates are of completed work per second, the best of the rounds. */
export interface Scores {
  readonly tell: number;
  readonly ask: number;
  readonly spawn: number;
  /** Bytes of heap that each of `ACTORS` living actors keeps. */
  readonly bytes: number;
}

/** A kind of actor that counts what it is told. Each call resolves only when all of its work was seen to be done. */
export interface Contender {
  /** Sends so many messages to one actor; resolves to how many it has counted by then, in this round. */
  tell(messages: number): Promise<number>;
  /** Asks one actor so many questions, `ASK_WINDOW` at a time; resolves to how many right answers came. */
  ask(questions: number): Promise<number>;
  /** Starts so many actors and tells each one message; resolves to the actors, once all have counted theirs. */
  spawn(actors: number): Promise<readonly unknown[]>;
}

export async function play(contender: Contender): Promise<Scores> {
  const tell = await best(TELLS_PER_ROUND, (messages) => contender.tell(messages));
  const ask = await best(ASKS_PER_ROUND, (questions) => contender.ask(questions));
  await contender.spawn(ACTORS / 10);
  const before = heapBytes();
  const since = performance.now();
  const actors = await contender.spawn(ACTORS);
  const spawn = perSecond(ACTORS, since);
  if (actors.length !== ACTORS) throw new Error(`${actors.length} of ${ACTORS} actors were started`);
  const bytes = (heapBytes() - before) / ACTORS;
  return { tell, ask, spawn, bytes };
}

export function print(scores: Scores): void {
  process.stdout.write(`${JSON.stringify(scores)}\n`);
}

async function best(work: number, run: (work: number) => Promise<number>): Promise<number> {
  let most = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const since = performance.now();
    const done = await run(work);
    most = Math.max(most, perSecond(work, since));
    if (done !== work) throw new Error(`${done} of ${work} were done`);
  }
  return most;
}

function perSecond(work: number, since: number): number {
  return (work * 1000) / (performance.now() - since);
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('to be run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
