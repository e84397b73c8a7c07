import { Fault } from '../../../contract/errors.ts';
import type { Model } from './model.ts';

/**
 * A model as bytes, to be kept as shards: the length of the head in four bytes, the head as JSON, the weights and the scales
 * of the terms as 32-bit floats, the vectors as bytes (little-endian). A vector's numbers are told in 127ths of its largest
 * one, which is a quarter of the size and moves no answer.
 */

const STEPS = 127;

interface Head {
  readonly v: 1;
  readonly generation: number;
  readonly rank: number;
  readonly files: number;
  readonly terms: readonly string[];
}

export function encodeModel({ generation, rank, files, terms, weights, vectors }: Model): Uint8Array {
  const head = Buffer.from(JSON.stringify({ v: 1, generation, rank, files, terms } satisfies Head));
  const bytes = Buffer.alloc(4 + head.length + 8 * terms.length + vectors.length);
  bytes.writeUInt32LE(head.length, 0);
  head.copy(bytes, 4);
  const floats = 4 + head.length;
  const numbers = floats + 8 * terms.length;
  for (let term = 0; term < terms.length; term++) {
    let largest = 0;
    for (let j = 0; j < rank; j++) largest = Math.max(largest, Math.abs(vectors[term * rank + j] as number));
    const scale = largest / STEPS;
    bytes.writeFloatLE(weights[term] as number, floats + 4 * term);
    bytes.writeFloatLE(scale, floats + 4 * (terms.length + term));
    for (let j = term * rank; j < (term + 1) * rank; j++) {
      bytes.writeInt8(scale === 0 ? 0 : Math.round((vectors[j] as number) / scale), numbers + j);
    }
  }
  return bytes;
}

/** @throws Fault `corrupt` */
export function decodeModel(from: Uint8Array): Model {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  const { generation, rank, files, terms, floats } = headOf(bytes);
  const numbers = floats + 8 * terms.length;
  if (bytes.length !== numbers + rank * terms.length)
    throw new Fault('corrupt', 'the model has not the size that it says');
  const weights = new Float32Array(terms.length);
  const vectors = new Float32Array(rank * terms.length);
  for (let term = 0; term < terms.length; term++) {
    weights[term] = bytes.readFloatLE(floats + 4 * term);
    const scale = bytes.readFloatLE(floats + 4 * (terms.length + term));
    for (let j = term * rank; j < (term + 1) * rank; j++) vectors[j] = scale * bytes.readInt8(numbers + j);
  }
  return { generation, rank, files, terms, weights, vectors };
}

function headOf(bytes: Buffer): Head & { readonly floats: number } {
  const length = bytes.length < 4 ? 0 : bytes.readUInt32LE(0);
  const head = headIn(bytes.subarray(4, 4 + length).toString());
  const isHead =
    head?.v === 1 &&
    [head.generation, head.rank, head.files].every((number) => Number.isSafeInteger(number) && number > 0) &&
    Array.isArray(head.terms) &&
    head.terms.every((term) => typeof term === 'string');
  if (!isHead) throw new Fault('corrupt', 'the model can not be read');
  return { ...head, floats: 4 + length };
}

function headIn(text: string): Head | undefined {
  try {
    return JSON.parse(text) as Head;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
