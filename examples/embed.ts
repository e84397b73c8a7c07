import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isFault, startNode } from 'peertree';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const node = await startNode({ data: './notes-node', port: 0, signal: stop.signal });
node.events$.subscribe(({ event }) => console.error(`peertree: ${event}`));

const server = createServer(async (request, response) => {
  try {
    const name = decodeURIComponent((request.url ?? '/').slice(1));
    if (request.method === 'PUT') response.end((await node.put(request, { name })).id);
    else await pipeline((await node.get(name)).read(), response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else response.writeHead(isFault(error) ? error.status : 500).end(String(error));
  }
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
stop.signal.addEventListener('abort', () => server.close());
