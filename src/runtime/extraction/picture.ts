import exifr from 'exifr';
import type { Extracted } from '../../contract/memory.ts';

/** What cameras and people write into a picture, in words that a query would use. */
const FIELDS = [
  'title',
  'Title',
  'ObjectName',
  'description',
  'ImageDescription',
  'Caption',
  'UserComment',
  'XPTitle',
  'XPSubject',
  'XPComment',
  'XPKeywords',
  'Keywords',
  'subject',
  'Artist',
  'creator',
  'Copyright',
  'City',
  'State',
  'Country',
  'Sublocation',
  'Make',
  'Model',
  'LensModel',
  'Software',
] as const;
const VALUE_CHARACTERS_MAX = 2_000;

/** Pictures have no text: all that is found of them is what is said about them. */
export async function picture(bytes: Uint8Array): Promise<Extracted> {
  const tags = await exifr.parse(bytes, {
    tiff: true,
    exif: true,
    gps: true,
    iptc: true,
    xmp: true,
    icc: false,
    mergeOutput: true,
  });
  const about = FIELDS.flatMap((field) => textsOf(tags?.[field]));
  return { text: '', about: [...new Set([...about, ...takenOf(tags), ...placeOf(tags)])].join('\n'), cut: false };
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => textsOf(one));
  if (typeof value === 'object' && value !== null && 'value' in value) return textsOf(value.value);
  const text = typeof value === 'string' ? value.replaceAll('\u0000', '').trim() : '';
  return text === '' ? [] : [text.slice(0, VALUE_CHARACTERS_MAX)];
}

/** As `2024-06-15` and in words: both are asked for. */
function takenOf(tags: { readonly DateTimeOriginal?: unknown; readonly CreateDate?: unknown } | undefined): string[] {
  const taken = tags?.DateTimeOriginal ?? tags?.CreateDate;
  if (!(taken instanceof Date) || Number.isNaN(taken.getTime())) return [];
  const month = taken.toLocaleString('en', { month: 'long' });
  return [`taken ${taken.getDate()} ${month} ${taken.getFullYear()}`];
}

function placeOf(tags: { readonly latitude?: unknown; readonly longitude?: unknown } | undefined): string[] {
  const { latitude, longitude } = tags ?? {};
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return [];
  return [`at latitude ${latitude.toFixed(3)} longitude ${longitude.toFixed(3)}`];
}
