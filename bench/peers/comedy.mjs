import actors from 'comedy';
import { ASK_WINDOW, play, print } from '../kernel/rounds.ts';

/** Comedy 2, actors in memory: an actor is an object whose methods are its messages. */

const system = actors({ log: { error: () => undefined, warn: () => undefined }, test: true });
const root = await system.rootActor();
let onCount = () => undefined;
const behaviour = () => {
  let counted = 0;
  return {
    count: () => onCount(++counted),
    double: (body) => 2 * body,
  };
};
const one = await root.createChild(behaviour());
let told = 0;

print(
  await play({
    async tell(messages) {
      const before = told;
      const all = new Promise((resolve) => {
        onCount = (counted) => {
          told = counted;
          if (counted === before + messages) resolve();
        };
      });
      for (let message = 0; message < messages; message++) one.send('count');
      await all;
      return told - before;
    },
    async ask(questions) {
      let right = 0;
      let next = 0;
      const askOn = async () => {
        while (next < questions) {
          const body = next++;
          if ((await one.sendAndReceive('double', body)) === 2 * body) right++;
        }
      };
      await Promise.all(Array.from({ length: ASK_WINDOW }, askOn));
      return right;
    },
    async spawn(actors) {
      let counted = 0;
      const all = new Promise((resolve) => {
        onCount = () => {
          if (++counted === actors) resolve();
        };
      });
      const started = [];
      for (let actor = 0; actor < actors; actor++) {
        const child = await root.createChild(behaviour());
        child.send('count');
        started.push(child);
      }
      await all;
      return started;
    },
  }),
);
process.exit(0);
