import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault } from '../../contract/errors.ts';

export const PID_FILE = 'organism.pid';

/** The longest path a Unix socket may have on every system we run on, the closing zero included. */
const SOCKET_PATH_MAX = 103;

/**
 * That one supervisor at most works on a data folder. The lock is a Unix socket: it goes with its process however that
 * ends, and unlike a number in a file it can't be mistaken for another process that got the same one later.
 */
export interface SupervisorLock {
  release(): Promise<void>;
}

/** Rejects with `data-in-use` while another supervisor has it. Writes organism.pid, which is for people. */
export async function lockOrganism(folder: string): Promise<SupervisorLock> {
  const holder = await supervisorOf(folder);
  if (holder !== undefined) {
    holder.socket.destroy();
    throw new Fault(
      'data-in-use',
      `the organism in ${folder} is up already, supervised by process ${holder.pid}; 'peertree down' stops it`,
    );
  }
  const path = socketPath(folder);
  // Nobody answered there: what is left is of a process that is gone.
  await rm(path, { force: true });
  const held = new Set<Socket>();
  const server = createServer((socket) => {
    held.add(socket.on('error', () => socket.destroy()).on('close', () => held.delete(socket)));
    socket.write(`${process.pid}\n`);
  });
  await listen(server, path, folder);
  // The lock alone must not keep a process alive.
  server.unref();
  const pidFile = join(folder, PID_FILE);
  await writeFile(pidFile, `${process.pid}\n`);
  return {
    async release() {
      await rm(pidFile, { force: true });
      for (const socket of held) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server, path: string, folder: string): Promise<void> {
  server.listen(path);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Fault('data-in-use', `another 'peertree up' has just taken ${folder}`, { cause: error });
  }
}

export interface Supervisor {
  readonly pid: number;
  /** Stays open as long as the supervisor lives. */
  readonly socket: Socket;
}

/** Who supervises the organism of this folder; undefined where nobody does. */
export async function supervisorOf(folder: string): Promise<Supervisor | undefined> {
  const socket = connect(socketPath(folder));
  try {
    await once(socket, 'connect');
    const [greeting] = (await once(socket, 'data')) as [Buffer];
    return { pid: Number.parseInt(greeting.toString(), 10), socket };
  } catch (error) {
    socket.destroy();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}

/** In the folder itself, unless its path is too long for a socket: then in the system's own folder for such things. */
function socketPath(folder: string): string {
  const path = join(folder, 'organism.lock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return path;
  return join(tmpdir(), `peertree-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}.lock`);
}
