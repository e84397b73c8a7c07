/**
 * Times as people say them, in UTC: `last spring`, `yesterday`, `March 2024`, `2024-03-05`, `two weeks ago`. A span is from
 * its first moment to just before its last.
 */
export interface Span {
  readonly from: number;
  readonly to: number;
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const SEASONS = ['winter', 'spring', 'summer', 'autumn'] as const;
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
const DAY = 86_400_000;

const MONTH = `(?:${MONTHS.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')}|sept)`;
const UNIT = '(?:day|week|month|year)';
const NAMED = `(?:day|week|month|year|winter|spring|summer|autumn|fall|${WEEKDAYS.join('|')}|${MONTH})`;
const COUNT = `(?:\\d{1,3}|an?|${NUMBERS.slice(1).join('|')})`;

/** Spans relative to now: no text is about them, whoever says them means when a file was stored. */
export const RELATIVE = `(?:today|yesterday|(?:last|this|past) ${NAMED}|${COUNT} ${UNIT}s? ago|the last ${COUNT} ${UNIT}s)`;
/** Spans by the calendar. A text may be about them as well. */
export const ABSOLUTE = `(?:\\d{4}-\\d{2}-\\d{2}|\\d{4}-\\d{2}|(?:${MONTH}|winter|spring|summer|autumn|fall)(?: of)? \\d{4}|(?:19|20)\\d{2})`;

/**
 * The span that a phrase of `RELATIVE` or `ABSOLUTE` means, undefined for any other.
 *
 * @example spanOf('yesterday', Date.UTC(2026, 4, 2)) // { from: Date.UTC(2026, 4, 1), to: Date.UTC(2026, 4, 2) }
 */
export function spanOf(phrase: string, now: number): Span | undefined {
  const text = phrase.toLowerCase().replace(/\bfall\b/, 'autumn');
  return byCalendar(text) ?? relative(text, now);
}

function byCalendar(text: string): Span | undefined {
  const iso = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(text);
  if (iso !== null) {
    const [year, month, day] = [Number(iso[1]), iso[2], iso[3]];
    if (month === undefined) return span(year, 0, 1, year + 1, 0, 1);
    if (Number(month) < 1 || Number(month) > 12) return undefined;
    if (day === undefined) return span(year, Number(month) - 1, 1, year, Number(month), 1);
    return Number(day) < 1 || Number(day) > 31
      ? undefined
      : span(year, Number(month) - 1, Number(day), year, Number(month) - 1, Number(day) + 1);
  }
  const [name = '', , last = ''] = /^(\w+)( of)? (\d{4})$/.exec(text)?.slice(1) ?? [];
  const year = Number(last);
  const month = monthOf(name);
  if (month >= 0) return span(year, month, 1, year, month + 1, 1);
  const season = SEASONS.indexOf(name as (typeof SEASONS)[number]);
  return season >= 0 ? seasonOf(season, year) : undefined;
}

function relative(text: string, now: number): Span | undefined {
  const midnight = Math.floor(now / DAY) * DAY;
  if (text === 'today') return { from: midnight, to: midnight + DAY };
  if (text === 'yesterday') return { from: midnight - DAY, to: midnight };
  const ago = new RegExp(`^(${COUNT}) (${UNIT})s? ago$`).exec(text);
  if (ago !== null) return agoSpan(countOf(ago[1] as string), ago[2] as string, midnight);
  const within = new RegExp(`^the last (${COUNT}) (${UNIT})s$`).exec(text);
  if (within !== null)
    return { from: agoSpan(countOf(within[1] as string), within[2] as string, midnight).from, to: midnight + DAY };
  const named = /^(last|this|past) (\w+)$/.exec(text);
  return named === null ? undefined : namedSpan(named[2] as string, named[1] === 'this' ? 0 : 1, midnight);
}

/** The unit that lies `count` of its kind back. */
function agoSpan(count: number, unit: string, midnight: number): Span {
  const date = new Date(midnight);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  if (unit === 'day') return { from: midnight - count * DAY, to: midnight - (count - 1) * DAY };
  if (unit === 'week') {
    const monday = mondayOf(midnight) - count * 7 * DAY;
    return { from: monday, to: monday + 7 * DAY };
  }
  return unit === 'month'
    ? span(year, month - count, 1, year, month - count + 1, 1)
    : span(year - count, 0, 1, year - count + 1, 0, 1);
}

/** `last spring` is the last one that is over; `this spring` the one of this year. */
function namedSpan(name: string, back: number, midnight: number): Span | undefined {
  if (/^(day|week|month|year)$/.test(name)) return agoSpan(back, name, midnight);
  const year = new Date(midnight).getUTCFullYear();
  const candidates = (of: (year: number) => Span): Span => {
    const recent = of(year);
    return back === 1 && recent.to > midnight ? of(year - 1) : recent;
  };
  const season = SEASONS.indexOf(name as (typeof SEASONS)[number]);
  if (season >= 0) return candidates((of) => seasonOf(season, of));
  const month = monthOf(name);
  if (month >= 0) return candidates((of) => span(of, month, 1, of, month + 1, 1));
  const weekday = WEEKDAYS.indexOf(name);
  if (weekday < 0) return undefined;
  const daysBack = (new Date(midnight).getUTCDay() - weekday + 7) % 7 || (back === 1 ? 7 : 0);
  return { from: midnight - daysBack * DAY, to: midnight - (daysBack - 1) * DAY };
}

/** Of the northern half: spring is March to May; the winter of a year ends in its February. */
function seasonOf(season: number, year: number): Span {
  return span(year, season * 3 - 1, 1, year, season * 3 + 2, 1);
}

function monthOf(name: string): number {
  return name.length < 3
    ? -1
    : MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3)) && (month.startsWith(name) || name === 'sept'));
}

function countOf(word: string): number {
  const number = NUMBERS.indexOf(word);
  return number >= 0 ? number : /^an?$/.test(word) ? 1 : Number(word);
}

function mondayOf(midnight: number): number {
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * DAY;
}

function span(y1: number, m1: number, d1: number, y2: number, m2: number, d2: number): Span {
  return { from: Date.UTC(y1, m1, d1), to: Date.UTC(y2, m2, d2) };
}
