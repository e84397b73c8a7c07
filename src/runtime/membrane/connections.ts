import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * The sockets of a server, so that closing it is quick and loses nothing: a socket is ended as soon as it serves no
 * request, instead of after its keep-alive, and one that never asked anything doesn't hold anybody up.
 */
export class Connections {
  readonly #server: Server;
  /** TCP sockets, so that also those that never finish their handshake are among them. */
  readonly #raw = new Set<Socket>();
  /** TLS sockets, with the number of requests that they serve. */
  readonly #serving = new Map<Socket, number>();
  #isDraining = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.#track(this.#raw, socket));
    server.on('secureConnection', (socket) => {
      this.#serving.set(socket, 0);
      socket.once('close', () => this.#serving.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#serve(request.socket, response));
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Ends every socket: at once where it serves nothing, else after its answer, and in any case after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    for (const [socket, requests] of this.#serving) if (requests === 0) socket.destroySoon();
    const timer = setTimeout(() => this.#destroyAll(), graceMs);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    clearTimeout(timer);
  }

  #serve(socket: Socket, response: ServerResponse): void {
    this.#serving.set(socket, (this.#serving.get(socket) ?? 0) + 1);
    if (this.#isDraining) response.setHeader('connection', 'close');
    response.once('close', () => {
      const left = (this.#serving.get(socket) ?? 1) - 1;
      if (this.#serving.has(socket)) this.#serving.set(socket, left);
      if (this.#isDraining && left === 0) socket.destroySoon();
    });
  }

  #track(sockets: Set<Socket>, socket: Socket): void {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  }

  #destroyAll(): void {
    for (const socket of this.#serving.keys()) socket.destroy();
    for (const socket of this.#raw) socket.destroy();
  }
}
