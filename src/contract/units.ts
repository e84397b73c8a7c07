/** Sizes and durations as people write them: a whole number and a unit, without a space. */

const SIZE_UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const DURATION_UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The source of the regular expressions, shared with the genome schema so that editors and the runtime agree. */
export const SIZE_PATTERN = `[1-9][0-9]{0,11}(${Object.keys(SIZE_UNITS).join('|')})`;
export const DURATION_PATTERN = `[1-9][0-9]{0,8}(${Object.keys(DURATION_UNITS).join('|')})`;

/** Every unit, for "did you mean", the likelier of equally near ones first: `MB` means `MiB`, not `B`; `ss` means `s`. */
export const UNIT_NAMES: readonly string[] = ['GiB', 'MiB', 'KiB', 'B', 's', 'ms', 'm', 'h', 'd'] satisfies (
  | keyof typeof SIZE_UNITS
  | keyof typeof DURATION_UNITS
)[];

/**
 * Bytes, or undefined where the text is no size.
 *
 * @example parseSize('64KiB') // 65536
 */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, SIZE_PATTERN, SIZE_UNITS);
}

/**
 * Milliseconds, or undefined where the text is no duration.
 *
 * @example parseDuration('1h') // 3600000
 */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, DURATION_PATTERN, DURATION_UNITS);
}

/** The shortest exact spelling. @example formatSize(65536) // '64KiB' */
export function formatSize(bytes: number): string {
  return formatQuantity(bytes, SIZE_UNITS);
}

/** The shortest exact spelling. @example formatDuration(30_000) // '30s' */
export function formatDuration(ms: number): string {
  return formatQuantity(ms, DURATION_UNITS);
}

function parseQuantity(text: string, pattern: string, units: Readonly<Record<string, number>>): number | undefined {
  const unit = new RegExp(`^${pattern}$`).exec(text)?.[1];
  return unit === undefined ? undefined : Number(text.slice(0, -unit.length)) * (units[unit] ?? Number.NaN);
}

function formatQuantity(value: number, units: Readonly<Record<string, number>>): string {
  const [name = '', size = 1] = Object.entries(units).findLast(([, unit]) => value % unit === 0) ?? [];
  return `${value / size}${name}`;
}
