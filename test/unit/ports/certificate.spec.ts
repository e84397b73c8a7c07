import { createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeIdOf } from '../../../src/contract/encoding.ts';
import { isFault } from '../../../src/contract/errors.ts';
import { certificatePem, isCurrent } from '../../../src/runtime/certificate.ts';
import { bits, context, integer, objectId, octets, sequence, time } from '../../../src/runtime/der.ts';
import { generateKeyPem } from '../../../src/runtime/signer/p256.ts';

const DAY_MS = 86_400_000;
const keyPem = generateKeyPem();
const now = Date.UTC(2025, 5, 1, 12, 30, 15);

describe('a certificate', () => {
  it('is of the node’s own key, by itself, for long enough', () => {
    const certificate = new X509Certificate(certificatePem(keyPem, [], now));
    const spki = createPublicKey(keyPem).export({ type: 'spki', format: 'der' });
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' }).equals(spki)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe(`CN=PeerTree ${nodeIdOf(spki)}`);
    expect(Date.parse(certificate.validFrom)).toBe(now - DAY_MS);
    expect(Date.parse(certificate.validTo)).toBe(now + 825 * DAY_MS);
    expect(certificate.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    expect(certificatePem(keyPem, [], now)).not.toBe(certificatePem(keyPem, [], now));
  });

  it('names this machine and the hosts that it is told, each once', () => {
    const hosts = [
      'Node-1.example.org',
      'bücher.example',
      '10.0.0.7',
      '[2001:db8::7]',
      '::',
      '0.0.0.0',
      'localhost',
      '::1',
    ];
    const certificate = new X509Certificate(certificatePem(keyPem, hosts, now));
    expect(certificate.subjectAltName?.split(', ')).toEqual([
      'DNS:localhost',
      'IP Address:127.0.0.1',
      'IP Address:0:0:0:0:0:0:0:1',
      'DNS:node-1.example.org',
      'DNS:xn--bcher-kva.example',
      'IP Address:10.0.0.7',
      'IP Address:2001:DB8:0:0:0:0:0:7',
    ]);
  });

  it('names every address as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const certificate = new X509Certificate(certificatePem(keyPem, [address], now));
        const unspecified = /^[0.:]+$/.test(address);
        expect(certificate.checkIP(address) !== undefined).toBe(!unspecified);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses what is no host', () => {
    for (const host of ['', 'a b', '*.example.org', 'a/b', 'x'.repeat(254), '1.2.3.4.5:80', 'host,DNS:other']) {
      const attempt = (): unknown => certificatePem(keyPem, [host], now);
      expect(attempt, host).toThrow(expect.toSatisfy((error) => isFault(error, 'usage')));
    }
  });

  it('is made anew for another key, other hosts, and before it expires', () => {
    const pem = certificatePem(keyPem, ['a.example'], now);
    const current = (hosts: string[], at: number, key = keyPem): boolean => isCurrent(pem, key, hosts, at);
    expect(current(['a.example'], now)).toBe(true);
    expect(current(['a.example', 'localhost'], now + 794 * DAY_MS)).toBe(true);
    expect(current(['a.example'], now + 795 * DAY_MS)).toBe(false);
    expect(current(['a.example'], now - 2 * DAY_MS)).toBe(false);
    expect(current([], now)).toBe(false);
    expect(current(['a.example', 'b.example'], now)).toBe(false);
    expect(current(['b.example'], now)).toBe(false);
    expect(current(['a.example'], now, generateKeyPem())).toBe(false);
    expect(isCurrent('junk', keyPem, [], now)).toBe(false);
  });

  it('serves both ends of a TLS connection that trusts nothing else', async () => {
    const cert = certificatePem(keyPem, [], Date.now());
    const clientKey = generateKeyPem();
    const clientCert = certificatePem(clientKey, [], Date.now());
    const server = createServer({ key: keyPem, cert, requestCert: true, rejectUnauthorized: true, ca: clientCert });
    const seen = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: '127.0.0.1', port, ca: cert, key: clientKey, cert: clientCert });
    await once(client, 'secureConnect');
    const [socket] = await seen;
    expect([client.authorized, socket.authorized]).toEqual([true, true]);
    expect(socket.getPeerX509Certificate()?.checkPrivateKey).toBeTypeOf('function');
    client.destroy();
    socket.destroy();
    server.close();
  });
});

describe('DER', () => {
  const hexOf = (bytes: Buffer): string => bytes.toString('hex');

  it('writes lengths in the shortest form', () => {
    const header = (length: number): string => hexOf(octets(Buffer.alloc(length))).slice(0, -2 * length || undefined);
    expect([0, 127, 128, 255, 256, 65_535, 65_536].map(header)).toEqual([
      '0400',
      '047f',
      '048180',
      '0481ff',
      '04820100',
      '0482ffff',
      '0483010000',
    ]);
  });

  it('writes whole numbers without a sign and without leading zeros', () => {
    const written = [[0], [0, 0, 5], [0x7f], [0x80], [0, 0xff, 1]].map((bytes) => hexOf(integer(Buffer.from(bytes))));
    expect(written).toEqual(['020100', '020105', '02017f', '02020080', '020300ff01']);
  });

  it('writes the rest of what a certificate needs', () => {
    expect(hexOf(objectId('1.2.840.10045.4.3.2'))).toBe('06082a8648ce3d040302');
    expect(hexOf(objectId('2.5.29.17'))).toBe('0603551d11');
    expect(hexOf(bits(Buffer.of(0x84), 2))).toBe('03020284');
    expect(hexOf(sequence(context(0, 'explicit', integer(Buffer.of(2)))))).toBe('3005a003020102');
    expect(time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1')).toBe('\x17\x0d491231235959Z');
    expect(time(Date.UTC(2050, 0, 1)).toString('latin1')).toBe('\x18\x0f20500101000000Z');
  });
});
