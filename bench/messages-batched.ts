import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, median } from './figure.ts';
import type { Answered, Order } from './messages-peer.ts';

const RUNS = 5;
const MESSAGES = 100_000;
const WARM_UP = 20_000;
const PEER = fileURLToPath(new URL('messages-peer.ts', import.meta.url));

/**
 * Small messages a second from one process to another over HTTPS, in frames of 512 with one signature each, every one
 * of them answered by a signed reply before the next frame leaves; median of five runs of 100,000 after a warm-up.
 */
export const messagesBatched: Figure = {
  name: 'messages-batched',
  unit: 'messages/s',
  expected: { atLeast: 20_000 },
  async run(say) {
    const peers = [PEER, PEER].map((script) => fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    try {
      const [from, to] = await Promise.all(
        peers.map(async (child) => ({ child, ...(await answerOf(child, 'listening')) })),
      );
      if (from === undefined || to === undefined) throw new Error('two processes were to be started');
      tell(from.child, { do: 'meet', peer: { node: to.node, url: to.url } });
      tell(to.child, { do: 'meet', peer: { node: from.node, url: from.url } });
      await rate(from.child, to.node, WARM_UP);
      const samples: number[] = [];
      for (let run = 1; run <= RUNS; run++) {
        samples.push(await rate(from.child, to.node, MESSAGES));
        say(`${run}/${RUNS}: ${Math.round(samples.at(-1) ?? 0)} messages/s`);
      }
      return { value: median(samples), samples };
    } finally {
      for (const child of peers) child.kill('SIGKILL');
    }
  },
};

async function rate(from: ChildProcess, to: string, messages: number): Promise<number> {
  tell(from, { do: 'send', to, messages });
  const { seconds, applied } = await answerOf(from, 'sent');
  if (applied !== messages) throw new Error(`${applied} of ${messages} messages were applied`);
  return messages / seconds;
}

function tell(child: ChildProcess, order: Order): void {
  child.send(order);
}

function answerOf<S extends Answered['said']>(child: ChildProcess, said: S): Promise<Answered & { said: S }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`a process of the figure ended early (${code})`)));
    child.once('message', (answered: Answered) => {
      if (answered.said === said) resolve(answered as Answered & { said: S });
      else reject(new Error(`expected '${said}', got '${answered.said}'`));
    });
  });
}
