/** What is written into a picture. */
export interface Caption {
  readonly description: string;
  readonly artist: string;
  readonly make: string;
  /** `YYYY:MM:DD hh:mm:ss`. */
  readonly taken: string;
}

const ASCII = 2;
const LONG = 4;

/** A JPEG of no picture: its beginning, what the camera wrote, its end (EXIF 2.3, big-endian). */
export function photo({ description, artist, make, taken }: Caption): Uint8Array {
  const first = [
    [0x010e, description],
    [0x010f, make],
    [0x013b, artist],
  ] as const;
  // The pointer to the second folder is an entry of the first one, whose length doesn't depend on it.
  const length = folder(8, first, 0).length;
  const tiff = Buffer.concat([
    Buffer.from('MM\0*\0\0\0\b', 'latin1'),
    folder(8, first, 8 + length),
    folder(8 + length, [[0x9003, taken]]),
  ]);
  const payload = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(payload.length + 2);
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe1]), size, payload, Buffer.from([0xff, 0xd9])]);
}

/** A folder of tags at this offset, with the texts behind it. */
function folder(offset: number, tags: readonly (readonly [tag: number, text: string])[], exifAt?: number): Buffer {
  const count = tags.length + (exifAt === undefined ? 0 : 1);
  const table = Buffer.alloc(2 + 12 * count + 4);
  table.writeUInt16BE(count, 0);
  const texts: Buffer[] = [];
  let behind = offset + table.length;
  for (const [i, [tag, text]] of tags.entries()) {
    const bytes = Buffer.from(`${text}\0\0\0\0`, 'latin1');
    entry(table, i, [tag, ASCII, bytes.length, behind]);
    texts.push(bytes);
    behind += bytes.length;
  }
  if (exifAt !== undefined) entry(table, tags.length, [0x8769, LONG, 1, exifAt]);
  return Buffer.concat([table, ...texts]);
}

function entry(
  table: Buffer,
  place: number,
  [tag, type, count, value]: readonly [number, number, number, number],
): void {
  const at = 2 + 12 * place;
  table.writeUInt16BE(tag, at);
  table.writeUInt16BE(type, at + 2);
  table.writeUInt32BE(count, at + 4);
  table.writeUInt32BE(value, at + 8);
}
