import { dispatch, query, spawn, start } from 'nact';
import { ASK_WINDOW, play, print } from '../kernel/rounds.ts';

/** nact 7: an actor is a function of state and message. */

const system = start();
let onCount = () => undefined;
const behaviour = (state = 0, message) => {
  if (message.type === 'count') {
    onCount(state + 1);
    return state + 1;
  }
  dispatch(message.sender, 2 * message.body);
  return state;
};
const one = spawn(system, behaviour, 'one');
let told = 0;
let spawned = 0;

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
      for (let message = 0; message < messages; message++) dispatch(one, { type: 'count' });
      await all;
      return told - before;
    },
    async ask(questions) {
      let right = 0;
      let next = 0;
      const askOn = async () => {
        while (next < questions) {
          const body = next++;
          if ((await query(one, (sender) => ({ type: 'double', body, sender }), 5_000)) === 2 * body) right++;
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
      const started = Array.from({ length: actors }, () => {
        const actor = spawn(system, behaviour, `actor-${spawned++}`);
        dispatch(actor, { type: 'count' });
        return actor;
      });
      await all;
      return started;
    },
  }),
);
process.exit(0);
