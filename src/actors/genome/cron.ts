/**
 * Times of day as crontab writes them, in UTC: minute, hour, day of month, month, day of week. A day counts when day of
 * month and day of week both fit, unless both are restricted: then one of them is enough, as everywhere.
 */
export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  readonly eitherDay: boolean;
}

interface Part {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const PARTS: readonly Part[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of week', least: 0, most: 7, words: WEEKDAYS },
];

/**
 * @example parseCron('0 3 * * mon') // { cron }
 * @example parseCron('61 * * * *') // { wrong: "the minute '61' is not 0 to 59" }
 */
export function parseCron(text: string): { readonly cron: Cron } | { readonly wrong: string } {
  const fields = text.trim().split(/ +/);
  if (fields.length !== PARTS.length) return { wrong: `there are ${fields.length} fields, must be ${PARTS.length}` };
  const sets: Set<number>[] = [];
  for (const [index, part] of PARTS.entries()) {
    const set = parseField(fields[index] ?? '', part);
    if (typeof set === 'string') return { wrong: set };
    sets.push(set);
  }
  const [minutes = new Set(), hours = new Set(), days = new Set(), months = new Set(), weekdays = new Set()] = sets;
  if (weekdays.delete(7)) weekdays.add(0);
  const eitherDay = fields[2] !== '*' && fields[4] !== '*';
  const cron: Cron = { minutes, hours, days, months, weekdays, eitherDay };
  return everComes(cron) ? { cron } : { wrong: 'this day never comes' };
}

/** Lists of `*`, a number, a range, each with a step. */
function parseField(text: string, part: Part): Set<number> | string {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step = '1', ...more] = item.split('/');
    const [from, to] = rangeOf(range, item.includes('/'), part);
    const stride = Number(step);
    const inOrder = from <= to && from >= part.least && to <= part.most;
    if (!inOrder || more.length > 0 || !/^[1-9][0-9]?$/.test(step))
      return `the ${part.name} '${item}' is not ${part.least} to ${part.most}`;
    for (let value = from; value <= to; value += stride) values.add(value);
  }
  return values;
}

/** First and last value; NaN where the text is none. `5/10` runs to the end. */
function rangeOf(text: string, hasStep: boolean, part: Part): readonly [number, number] {
  if (text === '*') return [part.least, part.name === 'day of week' ? 6 : part.most];
  const [from = '', to, ...more] = text.split('-');
  if (more.length > 0) return [Number.NaN, Number.NaN];
  const first = numberOf(from, part);
  return [first, to === undefined ? (hasStep ? part.most : first) : numberOf(to, part)];
}

function numberOf(text: string, { words, least }: Part): number {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word >= 0) return word + least;
  return /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** From one 29 February to the next: eight years where a century is no leap year. */
const LONGEST_WAIT_DAYS = 366 * 9;

function everComes(cron: Cron): boolean {
  return nextTime(cron, Date.UTC(2000, 0, 1)) !== undefined;
}

/**
 * The first time strictly after a moment, both in epoch milliseconds; undefined where none comes.
 *
 * @example nextTime(cron, Date.UTC(2026, 0, 1)) // the next run after New Year
 */
export function nextTime(cron: Cron, after: number): number | undefined {
  const start = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
  for (let day = Math.floor(start / DAY_MS) * DAY_MS, count = 0; count < LONGEST_WAIT_DAYS; day += DAY_MS, count++) {
    if (!isDay(cron, day)) continue;
    const time = timeOfDay(cron, Math.max(start - day, 0));
    if (time !== undefined) return day + time;
  }
  return undefined;
}

function isDay({ days, months, weekdays, eitherDay }: Cron, day: number): boolean {
  const date = new Date(day);
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const [byDate, byWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
  return eitherDay ? byDate || byWeekday : byDate && byWeekday;
}

/** The first time of day from one on, in milliseconds since midnight. */
function timeOfDay({ hours, minutes }: Cron, from: number): number | undefined {
  for (let minute = Math.ceil(from / MINUTE_MS); minute < 24 * 60; minute++) {
    if (hours.has(Math.floor(minute / 60)) && minutes.has(minute % 60)) return minute * MINUTE_MS;
  }
  return undefined;
}
