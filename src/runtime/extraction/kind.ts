import { endingOf } from '../../organs/index/text/ending.ts';

/** How the text of a file is to be had. */
export type Kind = 'plain' | 'html' | 'pdf' | 'docx' | 'picture' | 'opaque';

const BY_ENDING: { readonly [ending: string]: Kind } = {
  htm: 'html',
  html: 'html',
  xhtml: 'html',
  xml: 'html',
  svg: 'html',
  pdf: 'pdf',
  docx: 'docx',
  jpg: 'picture',
  jpeg: 'picture',
  png: 'picture',
  tif: 'picture',
  tiff: 'picture',
  heic: 'picture',
  avif: 'picture',
};

/** Formats that hold no text anybody could read without them, by their first bytes. */
const OPAQUE: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x1f, 0x8b],
  [0x7f, 0x45, 0x4c, 0x46],
  [0x42, 0x5a, 0x68],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x47, 0x49, 0x46, 0x38],
  [0x4d, 0x5a],
  [0x00, 0x61, 0x73, 0x6d],
  [0x4f, 0x67, 0x67, 0x53],
  [0x49, 0x44, 0x33],
];
const PICTURES: readonly (readonly number[])[] = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47],
];

/** What the bytes begin with says more than the name: a PDF may be called anything. */
export function kindOf(name: string, bytes: Uint8Array): Kind {
  const ending = endingOf(name);
  const named = BY_ENDING[ending];
  const begins = (signature: readonly number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  if (begins([0x25, 0x50, 0x44, 0x46, 0x2d])) return 'pdf';
  if (PICTURES.some(begins)) return 'picture';
  if (named === 'docx' || named === 'picture' || named === 'pdf') return named;
  if (OPAQUE.some(begins)) return 'opaque';
  if (named !== undefined) return named;
  return /^\s*<(!doctype html|html[\s>])/i.test(Buffer.from(bytes.subarray(0, 512)).toString('latin1'))
    ? 'html'
    : 'plain';
}
