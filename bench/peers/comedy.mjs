import { createRequire } from 'node:module';
import { run } from './trial.mjs';

/** Comedy 2: an actor of a plain object, in memory, in this process. */
const actors = createRequire(import.meta.url)('comedy');

const silent = { silent: true, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function counter() {
  let count = 0;
  return {
    add: () => {
      count += 1;
    },
    ask: () => {
      count += 1;
      return count;
    },
    read: () => count,
  };
}

async function within(work) {
  const system = actors({ log: silent, test: true });
  const result = await work(await system.rootActor());
  await system.destroy();
  return result;
}

await run({
  tell: (n) =>
    within(async (root) => {
      const actor = await root.createChild(counter());
      // A question overtakes what was told before it, so each message is waited for.
      await Promise.all(Array.from({ length: n }, () => actor.send('add')));
      return actor.sendAndReceive('read');
    }),
  ask: (n) =>
    within(async (root) => {
      const actor = await root.createChild(counter());
      let answer = 0;
      for (let asked = 0; asked < n; asked++) answer = await actor.sendAndReceive('ask');
      return answer;
    }),
  spawn: (n, held) =>
    within(async (root) => {
      const actors = [];
      for (let index = 0; index < n; index++) actors.push(await root.createChild(counter()));
      let sum = 0;
      for (const actor of actors) sum += await actor.sendAndReceive('ask');
      held?.push(root, actors);
      return sum;
    }),
});
