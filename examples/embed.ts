import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { isFault, startNode } from 'peertree';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const node = await startNode({ data: './notes-node', port: 0, signal: stop.signal });
node.events$.subscribe(({ event }) => console.error(`peertree: ${event}`));

const server = createServer(async (request, response) => {
  const name = (request.url ?? '/').slice(1);
  try {
    if (request.method === 'PUT') response.end((await node.put(request, { name })).id);
    else Readable.from((await node.get(name)).read()).pipe(response);
  } catch (error) {
    response.writeHead(isFault(error) ? error.status : 500).end(String(error));
  }
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1');
stop.signal.addEventListener('abort', () => server.close());
