import { createActor, fromTransition } from 'xstate';
import { run } from './trial.mjs';

/** XState 5: an actor of a transition function, the lightest that it has. There is no ask: the state is read. */
const counter = fromTransition((count) => count + 1, 0);

await run({
  tell: async (n) => {
    const actor = createActor(counter).start();
    for (let told = 0; told < n; told++) actor.send({ type: 'add' });
    return actor.getSnapshot().context;
  },
  ask: async (n) => {
    const actor = createActor(counter).start();
    let answer = 0;
    for (let asked = 0; asked < n; asked++) {
      actor.send({ type: 'add' });
      answer = await Promise.resolve(actor.getSnapshot().context);
    }
    return answer;
  },
  spawn: async (n, held = []) => {
    let started = 0;
    for (let index = 0; index < n; index++) {
      const actor = createActor(counter).start();
      actor.send({ type: 'add' });
      started += actor.getSnapshot().context;
      held.push(actor);
    }
    return started;
  },
});
