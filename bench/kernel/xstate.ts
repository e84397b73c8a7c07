import { assign, createActor, emit, setup } from 'xstate';
import { ASK_WINDOW, type Contender, play, print } from './rounds.ts';

/** XState 5 by itself: an actor is a machine. It has no questions; an answer is an event that the actor emits. */

const machine = setup({
  types: {
    context: {} as { readonly counted: number },
    events: {} as { readonly type: 'count' } | { readonly type: 'double'; readonly body: number },
    emitted: {} as { readonly type: 'answer'; readonly body: number },
  },
}).createMachine({
  context: { counted: 0 },
  on: {
    count: { actions: assign({ counted: ({ context }) => context.counted + 1 }) },
    double: { actions: emit(({ event }) => ({ type: 'answer', body: 2 * event.body })) },
  },
});

const one = createActor(machine).start();

const xstate: Contender = {
  async tell(messages) {
    const before = one.getSnapshot().context.counted;
    for (let message = 0; message < messages; message++) one.send({ type: 'count' });
    return one.getSnapshot().context.counted - before;
  },

  async ask(questions) {
    let right = 0;
    const waiting: { readonly answer: number; resolve(): void }[] = [];
    const answers = one.on('answer', ({ body }) => {
      const question = waiting.shift();
      if (question?.answer === body) right++;
      question?.resolve();
    });
    let next = 0;
    const askOn = async (): Promise<void> => {
      while (next < questions) {
        const body = next++;
        await new Promise<void>((resolve) => {
          waiting.push({ answer: 2 * body, resolve });
          one.send({ type: 'double', body });
        });
      }
    };
    await Promise.all(Array.from({ length: ASK_WINDOW }, askOn));
    answers.unsubscribe();
    return right;
  },

  async spawn(actors) {
    const started = Array.from({ length: actors }, () => {
      const actor = createActor(machine).start();
      actor.send({ type: 'count' });
      return actor;
    });
    return started.filter((actor) => actor.getSnapshot().context.counted === 1);
  },
};

print(await play(xstate));
