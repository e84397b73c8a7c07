import { deflateRawSync } from 'node:zlib';

/** Nobody gets to the end of a larger part, where its check sum would be compared. */
const UNCHECKED_BYTES = 1_048_576;

export interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the directory says of its size instead of the truth. */
  readonly claimed?: number;
}

/** A ZIP file of these parts, deflated. */
export function zip(parts: readonly Part[]): Uint8Array {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes, claimed = bytes.byteLength } of parts) {
    const packed = deflateRawSync(bytes);
    const fields = {
      crc: bytes.byteLength > UNCHECKED_BYTES ? 0 : crc32(bytes),
      packed: packed.length,
      size: claimed,
      name: Buffer.from(name),
    };
    const local = Buffer.concat([header(0x04034b50, 30, fields), fields.name, packed]);
    const entry = header(0x02014b50, 46, fields);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, fields.name);
    pieces.push(local);
    at += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...pieces, index, end]);
}

interface Fields {
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly name: Buffer;
}

/** Both headers have the same fields in the same order, the directory's two bytes later. */
function header(signature: number, length: number, { crc, packed, size, name }: Fields): Buffer {
  const bytes = Buffer.alloc(length);
  const shift = length === 46 ? 2 : 0;
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(20, 4);
  bytes.writeUInt16LE(8, 8 + shift);
  bytes.writeUInt32LE(crc, 14 + shift);
  bytes.writeUInt32LE(packed, 18 + shift);
  bytes.writeUInt32LE(size, 22 + shift);
  bytes.writeUInt16LE(name.length, 26 + shift);
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const NAMESPACE = 'http://schemas.openxmlformats.org/';

/** A Word document of one paragraph a line. */
export function docx(text: string, more: readonly Part[] = []): Uint8Array {
  const paragraphs = text
    .split('\n')
    .map((line) => `<w:p><w:r><w:t>${line.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</w:t></w:r></w:p>`);
  const part = (name: string, xml: string): Part => ({
    name,
    bytes: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${xml}`),
  });
  return zip([
    part(
      '[Content_Types].xml',
      `<Types xmlns="${NAMESPACE}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    ),
    part(
      '_rels/.rels',
      `<Relationships xmlns="${NAMESPACE}package/2006/relationships"><Relationship Id="r1" Type="${NAMESPACE}officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    ),
    part(
      'word/document.xml',
      `<w:document xmlns:w="${NAMESPACE}wordprocessingml/2006/main"><w:body>${paragraphs.join('')}</w:body></w:document>`,
    ),
    ...more,
  ]);
}
