import type { Json, JsonObject } from '../../../contract/words.ts';
import { type Overload, overload, SIZE, takesType } from './functions.ts';
import { ExpressionFailure, type Meter } from './meter.ts';
import { BOOLEAN, INTEGER, join, STRING, type Type } from './type.ts';
import { characters, checkKey, emptyMap, lengthOf, whole } from './value.ts';

const TEXTS: Type = { is: 'list', items: STRING };

/** Called on a value: `event.title.contains('!')`. `matches` and the comprehensions are in calls.ts. */
export const METHODS: { readonly [name: string]: readonly Overload[] } = {
  size: [{ signature: '(string | list | map).size()', ...SIZE }],
  contains: [search('contains', 'Whether the other text is in it.', (text, other) => text.includes(other))],
  startsWith: [search('startsWith', 'Whether it begins so.', (text, other) => text.startsWith(other))],
  endsWith: [search('endsWith', 'Whether it ends so.', (text, other) => text.endsWith(other))],
  indexOf: [place('indexOf', 'first', (text, other) => text.indexOf(other))],
  lastIndexOf: [place('lastIndexOf', 'last', (text, other) => text.lastIndexOf(other))],
  substring: [
    overload('string.substring(integer)', 'Its characters from there on.', [STRING, INTEGER], STRING, cut),
    overload(
      'string.substring(integer, integer)',
      'Its characters from there to before there.',
      [STRING, INTEGER, INTEGER],
      STRING,
      cut,
    ),
  ],
  lowerAscii: [change('lowerAscii', 'With a to z for A to Z.', (text) => text.replace(/[A-Z]+/g, lower))],
  upperAscii: [change('upperAscii', 'With A to Z for a to z.', (text) => text.replace(/[a-z]+/g, upper))],
  trim: [change('trim', 'Without white space at its ends.', (text) => text.trim())],
  split: [overload('string.split(string)', 'The texts between the other one.', [STRING, STRING], TEXTS, split)],
  join: [
    overload('list.join()', 'Its texts as one.', [TEXTS], STRING, (meter, list: string[]) => joined(meter, list, '')),
    overload('list.join(string)', 'Its texts as one, with that between them.', [TEXTS, STRING], STRING, joined),
  ],
  slice: [
    {
      signature: 'list.slice(integer, integer)',
      meaning: 'Its items from there to before there, counted from the end where negative; fewer where it has fewer.',
      gives: ([list, from, to, more]) =>
        isA(list, 'list') && takesType(from, INTEGER) && takesType(to, INTEGER) && more === undefined
          ? list
          : undefined,
      does([list, from, to], meter) {
        const part = (list as readonly Json[]).slice(from as number, to as number);
        meter.spend(part.length);
        return part;
      },
    },
  ],
  sum: [
    {
      signature: 'list.sum()',
      meaning: 'The sum of its numbers, 0 of none.',
      gives: ([list, more]) => (list?.is === 'list' && more === undefined ? sumType(list.items) : undefined),
      does([list], meter, type) {
        const numbers = list as readonly number[];
        meter.spend(numbers.length);
        const add = (sum: number, item: number): number => (type.is === 'integer' ? whole(sum + item) : sum + item);
        return numbers.reduce(add, 0);
      },
    },
  ],
  with: [
    {
      signature: 'map.with(string, value)',
      meaning: 'The map with that key set to that value.',
      gives: ([map, key, value, more]) => (more === undefined ? mapWith(map, key, value) : undefined),
      does([map, key, value], meter) {
        const copy = copied(map, meter);
        copy[checkKey(key as string)] = value as Json;
        return copy;
      },
    },
  ],
  without: [
    {
      signature: 'map.without(string)',
      meaning: 'The map without that key, which need not be in it.',
      gives: ([map, key, more]) => (isA(map, 'map') && takesType(key, STRING) && more === undefined ? map : undefined),
      does([map, key], meter) {
        const copy = copied(map, meter);
        delete copy[key as string];
        return copy;
      },
    },
  ],
};

function isA(type: Type | undefined, is: Type['is']): boolean {
  return type?.is === is || type?.is === 'wrong';
}

function search(name: string, meaning: string, does: (text: string, other: string) => boolean): Overload {
  const run = (meter: Meter, text: string, other: string): boolean => {
    meter.spendSearch(text.length, other.length);
    return does(text, other);
  };
  return overload(`string.${name}(string)`, meaning, [STRING, STRING], BOOLEAN, run);
}

function place(name: string, which: string, does: (text: string, other: string) => number): Overload {
  const meaning = `Where the other text is in it ${which}, from 0; -1 where it is not.`;
  const run = (meter: Meter, text: string, other: string): number => {
    meter.spendSearch(text.length, other.length);
    const index = does(text, other);
    return index <= 0 ? index : lengthOf(text.slice(0, index));
  };
  return overload(`string.${name}(string)`, meaning, [STRING, STRING], INTEGER, run);
}

function change(name: string, meaning: string, does: (text: string) => string): Overload {
  const run = (meter: Meter, text: string): string => {
    meter.spendText(text.length);
    return does(text);
  };
  return overload(`string.${name}()`, meaning, [STRING], STRING, run);
}

const lower = (text: string): string => text.toLowerCase();
const upper = (text: string): string => text.toUpperCase();

function cut(meter: Meter, text: string, from: number, to?: number): string {
  meter.spendText(text.length);
  const length = lengthOf(text);
  const end = to ?? length;
  if (from < 0 || from > end || end > length) {
    throw new ExpressionFailure(`there are no characters ${from} to ${end} in a text of ${length}`);
  }
  // Where every character is one unit, nothing needs to be taken apart.
  if (length === text.length) return text.slice(from, end);
  meter.spend(length);
  return characters(text).slice(from, end).join('');
}

function split(meter: Meter, text: string, by: string): readonly string[] {
  meter.spendSearch(text.length, by.length);
  const parts = by === '' ? characters(text) : text.split(by);
  meter.spend(parts.length);
  return parts;
}

function joined(meter: Meter, list: readonly string[], by: string): string {
  meter.spend(list.length);
  meter.spendText(list.reduce((sum, item) => sum + item.length + by.length, 0));
  return list.join(by);
}

function sumType(items: Type): Type | undefined {
  if (items.is === 'nothing' || items.is === 'wrong') return INTEGER;
  return items.is === 'integer' || items.is === 'number' ? items : undefined;
}

function mapWith(map: Type | undefined, key: Type | undefined, value: Type | undefined): Type | undefined {
  if (map?.is === 'wrong') return map;
  const values = map?.is === 'map' && value !== undefined ? join(map.values, value) : undefined;
  return values !== undefined && takesType(key, STRING) ? { is: 'map', values } : undefined;
}

function copied(map: Json | undefined, meter: Meter): Record<string, Json> {
  const entries = Object.entries(map as JsonObject);
  meter.spend(entries.length);
  const copy = emptyMap();
  for (const [key, value] of entries) copy[key] = value;
  return copy;
}
