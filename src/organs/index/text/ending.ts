/**
 * What a file's name ends with: lower case, without the dot; empty where there is none.
 *
 * @example endingOf('letters/Lease.PDF') // 'pdf'
 */
export function endingOf(name: string): string {
  return /[^/]\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? '';
}
