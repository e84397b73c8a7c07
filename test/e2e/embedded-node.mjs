// A node in a process of its own, embedded as users do it, that does what it is told line by line.
//   node embedded-node.mjs DATA URL TOKEN
import { createInterface } from 'node:readline';
import { startNode } from '../../dist/index.js';

const [data, url, invite] = process.argv.slice(2);
const tell = (event, facts) => console.log(JSON.stringify({ ...facts, event }));
const node = await startNode({ data, join: [url], invite, preset: 'local' });

node.messages$.subscribe((message) => tell('heard', { message }));
node.events$.subscribe({
  next: ({ event, ...details }) => ['failed', 'relieved'].includes(event) && tell(event, details),
  complete: () => tell('stopped', {}),
});

/** Inputs that no peer could send, because their shape is checked: an organ's own code trips over them. */
async function wear(name) {
  const kind = name === 'shardTree' ? 'shards.have' : 'tree.answered';
  const { system } = node.services.cells.find(({ genome }) => genome === name);
  for (let blow = 0; blow < 6; blow++) await system.deliver({ kind, body: undefined, from: node.id });
}

const orders = {
  wear: ({ genome }) => wear(genome),
  broadcast: async ({ topic, body, options }) =>
    tell('receipt', { receipt: await node.broadcast(topic, body, options) }),
  close: () => node.close(),
};

tell('ready', { id: node.id, url: node.url });
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const order = JSON.parse(line);
  void orders[order.do](order);
});
lines.on('close', () => void node.close());
