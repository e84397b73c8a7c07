import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../contract/units.ts';

/** What every command that talks to an organism takes. Order: flag, environment, default. */
export interface TargetOptions {
  readonly data: string;
  readonly at?: string;
  readonly pin?: string;
  readonly json?: true;
}

export function jsonOption(): Option {
  return new Option('--json', 'print data as JSON, one object a line');
}

export function dataOption(fallback = './organism'): Option {
  return new Option('--data <folder>', 'the data folder of the organism').default(fallback).env('PEERTREE_DATA');
}

export function portOption(description: string): Option {
  return new Option('--port <port>', description).env('PEERTREE_PORT').argParser(wholeNumber(0, 65_535));
}

/** Adds `--data`, `--at`, `--pin` and `--json`. */
export function withTarget(command: Command): Command {
  return command
    .addOption(dataOption())
    .addOption(new Option('--at <url>', 'talk to the node at this address').env('PEERTREE_URL').argParser(httpsUrl))
    .addOption(new Option('--pin <node id>', 'the key that node must have').env('PEERTREE_PIN'))
    .addOption(jsonOption());
}

export function httpsUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') throw new InvalidArgumentError('It is an address like https://127.0.0.1:4400.');
  return url.origin;
}

/** A parser for whole numbers within bounds, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
    return value;
  };
}

export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It is a duration like 30s, 10m, 1h or 7d.');
  return ms;
}

/** For options that may be given several times. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** A path as the user meant it, whatever the process's own folder is. */
export function absolute(cwd: string, path: string): string {
  return resolve(cwd, path);
}
