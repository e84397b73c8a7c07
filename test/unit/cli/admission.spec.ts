import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readAdmission } from '../../../src/cli/up/admission.ts';

const ADMISSION = { join: ['https://127.0.0.1:4400'], invite: 'token' };
const never = new AbortController().signal;

describe('an admission on standard input', () => {
  it('is one line of JSON, and leaves the end of the input to others', async () => {
    const input = new PassThrough();
    const reading = readAdmission(input, never);
    input.write(`${JSON.stringify(ADMISSION)}\n`);
    expect(await reading).toEqual(ADMISSION);
    const closed = new Promise((resolve) => input.once('close', resolve));
    input.end();
    await closed;
  });

  it.each(['{', 'null', '[]', '{"join":[1],"invite":"x"}', '{"join":[]}'])('refuses %s', async (line) => {
    const input = new PassThrough();
    input.write(`${line}\n`);
    await expect(readAdmission(input, never)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('ends with the input, and with the signal', async () => {
    const input = new PassThrough();
    input.end();
    await expect(readAdmission(input, never)).rejects.toMatchObject({ code: 'stopping' });
    const abort = new AbortController();
    const waiting = readAdmission(new PassThrough(), abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'stopping' });
  });
});
