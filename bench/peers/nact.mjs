import { dispatch, query, spawn, start, stop } from 'nact';
import { run } from './trial.mjs';

/** nact 7: an actor of a function of state and message, with a mailbox. */
const ANSWER_MS = 60_000;

function count(state = 0, message) {
  if (message.sender !== undefined) dispatch(message.sender, message.counts ? state + 1 : state);
  return message.sender === undefined || message.counts ? state + 1 : state;
}

async function within(work) {
  const system = start();
  try {
    return await work(system);
  } finally {
    stop(system);
  }
}

const read = (actor) => query(actor, (sender) => ({ sender, counts: false }), ANSWER_MS);

await run({
  tell: (n) =>
    within((system) => {
      const actor = spawn(system, count, 'counter');
      for (let told = 0; told < n; told++) dispatch(actor, {});
      return read(actor);
    }),
  ask: (n) =>
    within(async (system) => {
      const actor = spawn(system, count, 'counter');
      let answer = 0;
      for (let asked = 0; asked < n; asked++)
        answer = await query(actor, (sender) => ({ sender, counts: true }), ANSWER_MS);
      return answer;
    }),
  spawn: async (n, held) => {
    const system = start();
    const actors = Array.from({ length: n }, (_, index) => spawn(system, count, `counter-${index}`));
    for (const actor of actors) dispatch(actor, {});
    let sum = 0;
    for (const actor of actors) sum += await read(actor);
    if (held === undefined) stop(system);
    else held.push(system, actors);
    return sum;
  },
});
