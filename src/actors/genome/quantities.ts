import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import type { Rate } from '../../contract/receptor.ts';
import { formatDuration, formatSize, parseDuration, parseSize, UNIT_NAMES } from '../../contract/units.ts';
import type { Report } from './compiler/names.ts';
import type { Cursor } from './cursor.ts';

/** Quantities that a file writes as text: read, and held to their bounds. */

/** `5/10s` as numbers; undefined where the text is nothing of the kind. */
export function parseIntensity(text: string): { restarts: number; periodMs: number } | undefined {
  const [restarts = '', period = '', ...rest] = text.split('/');
  const periodMs = parseDuration(period);
  if (periodMs === undefined || rest.length > 0 || !/^[1-9][0-9]{0,5}$/.test(restarts)) return undefined;
  return { restarts: Number(restarts), periodMs };
}

/** `200ms..30s` as numbers; undefined where the text is nothing of the kind. */
export function parseBackoff(text: string): { minMs: number; maxMs: number } | undefined {
  const [min = '', max = '', ...rest] = text.split('..');
  const [minMs, maxMs] = [parseDuration(min), parseDuration(max)];
  return minMs === undefined || maxMs === undefined || rest.length > 0 ? undefined : { minMs, maxMs };
}

/** `100/s` and `5/10m` as numbers; undefined where the text is nothing of the kind. */
export function parseRate(text: string): Rate | undefined {
  const [requests = '', period = '', ...rest] = text.split('/');
  const periodMs = parseDuration(/^[0-9]/.test(period) ? period : `1${period}`);
  if (periodMs === undefined || rest.length > 0 || !/^[1-9][0-9]{0,5}$/.test(requests)) return undefined;
  return { requests: Number(requests), periodMs };
}

/** The bounds that a genome's cells are under. */
export function checkCellBounds(root: Cursor, report: Report): void {
  checkIntensity(root.field('supervision').field('intensity'), report);
  checkBackoff(root.field('supervision').field('backoff'), report);
  checkRequestBounds(root.field('limits'), report);
}

/** Those that a receptor may set for itself. */
export function checkRequestBounds(limits: Cursor, report: Report): void {
  const body = limits.field('body');
  checkMost(body, parseSize(body.text ?? ''), LIMITS.bodyBytesMax, formatSize, report);
  for (const rate of [limits.field('rate'), limits.field('ratePerKey')]) {
    const parsed = parseRate(rate.text ?? '');
    if (parsed === undefined || (parsed.requests <= LIMITS.rateMax && parsed.periodMs <= LIMITS.ratePeriodMaxMs))
      continue;
    wrong(rate, `must be at most ${LIMITS.rateMax} in at most ${formatDuration(LIMITS.ratePeriodMaxMs)}`, report);
  }
}

function checkIntensity(cursor: Cursor, report: Report): void {
  const { restartIntensityMax, restartPeriodMaxMs } = LIMITS;
  const intensity = parseIntensity(cursor.text ?? '');
  if (intensity === undefined) return;
  if (intensity.restarts <= restartIntensityMax && intensity.periodMs <= restartPeriodMaxMs) return;
  wrong(cursor, `must be at most ${restartIntensityMax}/${formatDuration(restartPeriodMaxMs)}`, report);
}

function checkBackoff(cursor: Cursor, report: Report): void {
  const backoff = parseBackoff(cursor.text ?? '');
  if (backoff === undefined) return;
  if (backoff.maxMs > LIMITS.restartBackoffMaxMs) {
    wrong(cursor, `must not pause longer than ${formatDuration(LIMITS.restartBackoffMaxMs)}`, report);
  } else if (backoff.minMs > backoff.maxMs) wrong(cursor, 'must start with the shorter pause', report);
}

/** A duration in milliseconds within bounds; the fallback where none is given. */
export function durationAt(
  cursor: Cursor,
  fallback: string,
  [least, most]: readonly [number, number],
  report: Report,
): number {
  const ms = parseDuration(cursor.text ?? fallback) ?? least;
  if (ms < least || ms > most) wrong(cursor, `must be ${formatDuration(least)} to ${formatDuration(most)}`, report);
  return ms;
}

/** A size in bytes within bounds; the fallback where none is given. */
export function sizeAt(
  cursor: Cursor,
  fallback: string,
  [least, most]: readonly [number, number],
  report: Report,
): number {
  const bytes = parseSize(cursor.text ?? fallback) ?? least;
  if (bytes < least || bytes > most) wrong(cursor, `must be ${formatSize(least)} to ${formatSize(most)}`, report);
  return bytes;
}

/** Shards are powers of two, so that the pieces of a file always line up. */
export function shardBytesAt(cursor: Cursor, report: Report): number {
  const { shardBytesMin: least, shardBytesMax: most, shardBytesDefault } = LIMITS;
  const bytes = parseSize(cursor.text ?? '') ?? shardBytesDefault;
  if (bytes < least || bytes > most || !Number.isInteger(Math.log2(bytes))) {
    wrong(cursor, `must be a power of two from ${formatSize(least)} to ${formatSize(most)}`, report);
  }
  return bytes;
}

function checkMost(
  cursor: Cursor,
  value: number | undefined,
  most: number,
  format: (value: number) => string,
  report: Report,
): void {
  if (value !== undefined && value > most) wrong(cursor, `must be at most ${format(most)}`, report);
}

function wrong(cursor: Cursor, rule: string, report: Report): void {
  report.add(cursor.at, `${cursor.path.join('.')} ${rule}`);
}

/** `1MB` -> `1MiB`: the text with each unit replaced by the nearest one, where that gives what is expected. */
export function nearestQuantity(text: string, pattern: string): string | undefined {
  if (text.length > 64) return undefined;
  const mended = text.replaceAll(/[A-Za-z]+/g, (unit) => nearest(unit, UNIT_NAMES) ?? unit);
  return mended !== text && new RegExp(pattern).test(mended) ? mended : undefined;
}
