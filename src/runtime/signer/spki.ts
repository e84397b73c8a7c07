/** All of a P-256 SubjectPublicKeyInfo (RFC 5480) before the point: sequence, algorithm, curve, bit string. */
const HEADER = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const UNCOMPRESSED = 4;
const POINT_BYTES = 65;

/** The DER of a key from its uncompressed point, 65 bytes. */
export function spkiOf(point: Uint8Array): Buffer {
  return Buffer.concat([HEADER, point]);
}

/**
 * True for the one spelling that we take. OpenSSL would read others too, such as a compressed point; one key would then
 * have two node ids.
 */
export function isSpki(der: Uint8Array): boolean {
  const header = Buffer.from(der.buffer, der.byteOffset, Math.min(der.length, HEADER.length));
  return der.length === HEADER.length + POINT_BYTES && header.equals(HEADER) && der[HEADER.length] === UNCOMPRESSED;
}
