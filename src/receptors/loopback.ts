import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { Fault } from '../contract/errors.ts';

/**
 * Until callers show credentials, being on this machine is the credential. The address alone is not enough: a web page
 * in a browser of this machine also comes from loopback, so a Host or Origin header that is not this node's own is
 * refused (DNS rebinding, requests forged by a page).
 */

const LOOPBACK_ADDRESS = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/i;
const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && LOOPBACK_ADDRESS.test(address);
}

/** True for a Host header that names this machine, at whatever port: a forwarded port has another number. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}

/** True for a Host header that names this very address: a machine that asks itself comes from where it goes to. */
export function isAddressHost(host: string, address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  return host.replace(/:\d{1,5}$/, '') === (plain.includes(':') ? `[${plain}]` : plain);
}

/** True for an Origin that is not the very page that `host` serves; `null`, which sandboxed pages send, is foreign too. */
export function isForeignOrigin(origin: string, host: string | undefined): boolean {
  return host === undefined || origin.toLowerCase() !== `https://${host.toLowerCase()}`;
}

export const loopbackOnly: onRequestAsyncHookHandler = async (request) => assertLoopback(request);

/** @throws Fault `forbidden` */
export function assertLoopback(request: FastifyRequest): void {
  const { host, origin } = request.headers;
  const { remoteAddress, localAddress } = request.raw.socket;
  const isOwnAddress = remoteAddress !== undefined && remoteAddress === localAddress;
  if (!isLoopbackAddress(remoteAddress) && !isOwnAddress) {
    throw new Fault('forbidden', 'this node answers clients on its own machine only');
  }
  // Only HTTP/1.0 may leave Host out, and no browser speaks that.
  if (host !== undefined && !isLoopbackHost(host) && !(isOwnAddress && isAddressHost(host, localAddress)))
    throw new Fault('forbidden', 'the Host header names another machine');
  if (origin !== undefined && isForeignOrigin(origin, host)) {
    throw new Fault('forbidden', 'the Origin header names another site');
  }
}
