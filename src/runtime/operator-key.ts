import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/errors.ts';
import { generateKeyPem } from './signer/p256.ts';

/** The organism's key, in the founder's data folder only: whoever holds it can speak for the whole organism. */
export const OPERATOR_KEY_FILE = 'organism-key.pem';

/** The organism's key of a founder's data folder, made where there is none; PEM, mode 0600. */
export async function openOperatorKey(folder: string): Promise<string> {
  const path = join(folder, OPERATOR_KEY_FILE);
  try {
    const file = await open(path, 'wx', 0o600);
    const pem = generateKeyPem();
    await file.writeFile(pem);
    await file.sync();
    await file.close();
    return pem;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return readFile(path, 'utf8');
    throw error;
  }
}

/** For `peertree key export`. @throws Fault not-found where this node did not found its organism */
export async function readOperatorKey(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, OPERATOR_KEY_FILE), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT'))
      throw new Fault('not-found', 'only the data folder of the founding node holds the key of the organism', {
        cause: error,
      });
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
