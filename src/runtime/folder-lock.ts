import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '../contract/errors.ts';
import { LIMITS } from '../contract/limits.ts';

/** A folder that no other process uses while it is held. The system gives it up when the process dies, however it dies. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * What is known of another process's socket. `unclear` is one that took the connection and said nothing: it may be
 * stopped, busy, or just leaving.
 */
type Rival = 'dead' | 'trying' | 'held' | 'unclear';

const SOCKET = /^lock-[0-9a-f]{16}\.sock$/;
/** 108 on Linux, 104 on macOS, the closing zero included. */
const SOCKET_PATH_MAX = 100;
const ANSWER_MS = 500;
const RETRY_MS = 20;

/**
 * Takes a folder for this process, or rejects with `data-in-use`.
 *
 * Each contender listens at a Unix socket of a random name in the folder, and only then looks at the others:
 *
 * 1. It lists the sockets, connects to each, and wins once none of them answers *and* its own is still there.
 * 2. Only who holds the folder removes sockets, those that refuse connections, before it goes on to use the folder.
 *
 * Of two that listen, the later one looks after the earlier one listens, and finds it: so two never hold the folder. A
 * socket that is bound but not listening yet looks dead and may be removed by the holder; its owner then either meets the
 * holder, or finds its own socket gone and begins anew. Names are never used twice, so no removal hits a newcomer.
 * When several try at once, the lowest name waits for the others to give way, `waitMs` at most.
 */
export async function lockFolder(folder: string, waitMs: number = LIMITS.folderLockWaitMs): Promise<FolderLock> {
  const place = await realpath(folder);
  const deadline = performance.now() + waitMs;
  for (;;) {
    const contender = await Contender.enter(place);
    try {
      const outcome = await contender.contend(deadline);
      if (outcome === 'won') return contender;
      if (outcome === 'lost') throw new Fault('data-in-use', `Another process uses ${folder}.`);
    } catch (error) {
      await contender.release();
      throw error;
    }
    await contender.release();
  }
}

class Contender implements FolderLock {
  readonly #folder: string;
  readonly #name: string;
  readonly #server: Server;
  #held = false;

  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.#server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(this.#held ? 'held' : 'trying');
    });
    // A lock alone must not keep the process alive.
    this.#server.unref();
  }

  static async enter(folder: string): Promise<Contender> {
    const contender = new Contender(folder, `lock-${randomBytes(8).toString('hex')}.sock`);
    await withShortPath(folder, contender.#name, (path) => listen(contender.#server, path));
    return contender;
  }

  async contend(deadline: number): Promise<'won' | 'lost' | 'removed'> {
    for (;;) {
      const names = (await readdir(this.#folder)).filter((name) => SOCKET.test(name) && name !== this.#name);
      const rivals = await Promise.all(names.map(async (name) => ({ name, state: await this.#ask(name) })));
      const alive = rivals.filter(({ state }) => state !== 'dead');
      if (alive.length === 0) {
        if (!(await this.#isListed())) return 'removed';
        this.#held = true;
        await Promise.all(names.map((name) => rm(join(this.#folder, name), { force: true })));
        return 'won';
      }
      const giveWay = alive.some(({ name, state }) => state === 'held' || (state === 'trying' && name < this.#name));
      if (giveWay || performance.now() > deadline) return 'lost';
      await wait(RETRY_MS);
    }
  }

  async release(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await rm(join(this.#folder, this.#name), { force: true });
  }

  async #isListed(): Promise<boolean> {
    return stat(join(this.#folder, this.#name)).then(
      () => true,
      () => false,
    );
  }

  #ask(name: string): Promise<Rival> {
    return withShortPath(this.#folder, name, ask);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function ask(path: string): Promise<Rival> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    const end = (state: Rival): void => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(ANSWER_MS, () => end('unclear'));
    socket.on('data', (text) => {
      answer += text.toString();
    });
    socket.on('end', () => end(answer === 'held' || answer === 'trying' ? answer : 'unclear'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      end(error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? 'dead' : 'unclear');
    });
  });
}

/** A socket's path is short by the system's rule, a folder's may be long: then it is reached by a link for a moment. */
async function withShortPath<T>(folder: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return use(path);
  const nearby = await mkdtemp(join(tmpdir(), 'pt-'));
  try {
    await symlink(folder, join(nearby, 'd'));
    return await use(join(nearby, 'd', name));
  } finally {
    await rm(nearby, { recursive: true });
  }
}
