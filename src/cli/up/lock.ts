import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, isFault } from '../../contract/errors.ts';
import { type FolderLock, lockFolder } from '../../runtime/folder-lock.ts';

export const PID_FILE = 'organism.pid';

/** The longest path a Unix socket may have on every system we run on, the closing zero included. */
const SOCKET_PATH_MAX = 103;

/**
 * Takes an organism's data folder for this supervisor, or rejects with `data-in-use`. While it is held, whoever connects
 * to its socket is told the supervisor's pid and sees the connection end when the supervisor does: unlike a number in a
 * file, that can't be mistaken for another process that got the same number later. organism.pid is for people.
 */
export async function lockOrganism(folder: string): Promise<FolderLock> {
  const lock = await takeFolder(folder);
  const path = socketPath(folder);
  const pidFile = join(folder, PID_FILE);
  // Nobody else holds the folder, so what is left there is of a process that is gone.
  await rm(path, { force: true });
  const doorbell = await Doorbell.open(path);
  await writeFile(pidFile, `${process.pid}\n`);
  return {
    async release() {
      await rm(pidFile, { force: true });
      await lock.release();
      await doorbell.close();
    },
  };
}

async function takeFolder(folder: string): Promise<FolderLock> {
  try {
    return await lockFolder(folder);
  } catch (error) {
    const holder = isFault(error, 'data-in-use') ? await supervisorOf(folder) : undefined;
    if (holder === undefined) throw error;
    holder.socket.destroy();
    throw new Fault(
      'data-in-use',
      `the organism in ${folder} is up, supervised by process ${holder.pid}; 'peertree down' halts it`,
    );
  }
}

/** Answers who asks with our pid, and lets go of nobody until it is closed. */
class Doorbell {
  readonly #server: Server;
  readonly #visitors = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.#visitors.add(socket);
      socket.on('close', () => this.#visitors.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.write(`${process.pid}\n`);
    });
    // It alone must not keep the process alive.
    this.#server.unref();
  }

  static async open(path: string): Promise<Doorbell> {
    const doorbell = new Doorbell();
    doorbell.#server.listen(path);
    await once(doorbell.#server, 'listening');
    return doorbell;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const visitor of this.#visitors) visitor.destroy();
    await closed;
  }
}

export interface Supervisor {
  readonly pid: number;
  /** Stays open as long as the supervisor holds the folder. */
  readonly socket: Socket;
}

/** Who supervises the organism of this folder; undefined where nobody does. */
export async function supervisorOf(folder: string): Promise<Supervisor | undefined> {
  const socket = connect(socketPath(folder));
  try {
    await once(socket, 'connect');
    // One that is just closing says nothing any more.
    const greeting = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])]);
    const [pid] = greeting as [Buffer?];
    return pid === undefined ? undefined : { pid: Number.parseInt(pid.toString(), 10), socket };
  } catch (error) {
    socket.destroy();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}

/** In the folder itself, unless its path is too long for a socket: then in the system's own folder for such things. */
function socketPath(folder: string): string {
  const path = join(folder, 'supervisor.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return path;
  return join(tmpdir(), `peertree-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}.sock`);
}
