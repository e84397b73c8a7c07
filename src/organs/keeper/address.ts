/**
 * The registers of a cell's catalogue, by what they hold. An organ's name has no slash, and neither has an id; the key of an
 * entity or a record is the rest.
 */
export const SORTS = { entity: 'e', record: 'r', job: 'j', run: 's', post: 'x', mark: 'o' } as const;
export type Sort = keyof typeof SORTS;

export const POSTS = `${SORTS.post}/`;
export const MARKS = `${SORTS.mark}/`;

/** @example addressOf('record', 'history', 'room/7') // 'r/history/room/7' */
export function addressOf(sort: Sort, organ: string, key: string): string {
  return `${SORTS[sort]}/${organ}/${key}`;
}

export const postAddress = (id: string): string => `${POSTS}${id}`;
export const markAddress = (id: string): string => `${MARKS}${id}`;

/** The organ that a register belongs to; undefined for posts and marks, which are nobody's, and for what is none of ours. */
export function organOf(address: string): string | undefined {
  const [sort, organ, key] = address.split('/', 3);
  const isOwned = sort !== SORTS.post && sort !== SORTS.mark && Object.values<string>(SORTS).includes(sort ?? '');
  return isOwned && key !== undefined ? organ : undefined;
}

/** What stands behind the organ's name. */
export function keyIn(address: string): string {
  return address.slice(address.indexOf('/', 2) + 1);
}

/** Where requests about a register are worked on: all jobs of a queue at one cell, everything else by itself. */
export function placeOfAddress(address: string): string {
  return address.startsWith(`${SORTS.job}/`) ? address.split('/', 2).join('/') : address;
}
