import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { nodeIdOf } from '../contract/encoding.ts';
import { Fault } from '../contract/errors.ts';
import { bits, context, integer, objectId, octets, sequence, set, text, time, yes } from './der.ts';

const DAY_MS = 86_400_000;
/** What the strictest clients take of a server. Peers pin the key and look at no date. */
const VALID_MS = 825 * DAY_MS;
/** For clocks that are behind. */
const BACKDATED_MS = DAY_MS;
const RENEW_BEFORE_MS = 30 * DAY_MS;

const ALWAYS_NAMED = ['localhost', '127.0.0.1', '::1'];

/**
 * A self-signed certificate (RFC 5280) of an EC P-256 key, in PEM, for `localhost`, `127.0.0.1`, `::1` and `hosts`: names or addresses.
 * It is its own authority, so that a client given this one file trusts the server (`curl --cacert cert.pem`), and serves as
 * a client's certificate too. It carries key identifiers, without which strict verifiers refuse an authority.
 *
 * Throws `usage` for a host that is neither a name nor an address.
 *
 * @example certificatePem(folder.keyPem, ['node-1.example.org'], Date.now())
 */
export function certificatePem(keyPem: string, hosts: readonly string[], nowMs: number): string {
  const key = createPrivateKey(keyPem);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const algorithm = sequence(objectId('1.2.840.10045.4.3.2'));
  const name = sequence(set(sequence(objectId('2.5.4.3'), text(`PeerTree ${nodeIdOf(spki)}`))));
  const body = sequence(
    context(0, 'explicit', integer(Buffer.of(2))),
    integer(serialNumber()),
    algorithm,
    name,
    sequence(time(nowMs - BACKDATED_MS), time(nowMs + VALID_MS)),
    name,
    spki,
    context(3, 'explicit', sequence(...extensions(spki, namesOf(hosts)))),
  );
  const der = sequence(body, algorithm, bits(sign('sha256', body, key)));
  return new X509Certificate(der).toString();
}

/** True while a certificate is this key's, names exactly these hosts, and doesn't expire within a month. */
export function isCurrent(certPem: string, keyPem: string, hosts: readonly string[], nowMs: number): boolean {
  const certificate = parse(certPem);
  if (certificate === undefined) return false;
  const names = namesOf(hosts);
  return (
    certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
    Date.parse(certificate.validFrom) <= nowMs &&
    Date.parse(certificate.validTo) - nowMs > RENEW_BEFORE_MS &&
    certificate.subjectAltName?.split(', ').length === names.length &&
    names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined)
  );
}

function parse(certPem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certPem);
  } catch {
    return undefined;
  }
}

/** Positive, 128 bits, never the same: clients refuse two certificates of one issuer with one number. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes;
}

function extensions(spki: Uint8Array, names: readonly string[]): Buffer[] {
  const keyId = createHash('sha256').update(spki).digest().subarray(0, 20);
  const digitalSignatureAndCertSign = bits(Buffer.of(0b1000_0100), 2);
  return [
    critical('2.5.29.19', sequence(yes(), integer(Buffer.of(0)))),
    critical('2.5.29.15', digitalSignatureAndCertSign),
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.14', octets(keyId)),
    extension('2.5.29.35', sequence(context(0, 'primitive', keyId))),
    extension('2.5.29.17', sequence(...names.map(alternativeName))),
  ];
}

function extension(id: string, value: Uint8Array): Buffer {
  return sequence(objectId(id), octets(value));
}

function critical(id: string, value: Uint8Array): Buffer {
  return sequence(objectId(id), yes(), octets(value));
}

function alternativeName(name: string): Buffer {
  return isIP(name) === 0 ? context(2, 'primitive', Buffer.from(name)) : context(7, 'primitive', addressBytes(name));
}

/** The hosts in the form that a certificate names them in, each once. An address that stands for all names none. */
function namesOf(hosts: readonly string[]): string[] {
  const named = hosts.map(hostName).filter((host) => host !== '0.0.0.0' && host !== '::');
  return [...new Set([...ALWAYS_NAMED, ...named])];
}

function hostName(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 6) return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  // What is no letter, digit, point or dash would make `domainToASCII` read an URL, and give back a part of it.
  const name = /^[\p{L}\p{M}\p{N}._-]+$/u.test(bare) ? domainToASCII(bare) : '';
  if (!/^[a-z0-9]([a-z0-9_.-]{0,251}[a-z0-9])?$/.test(name)) {
    throw new Fault('usage', `'${host}' is neither the name nor the address of a host.`);
  }
  return name;
}

/** 4 or 16 bytes. IPv6 comes in the shortest form, where `::` stands for the groups that are left out. */
function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
