import type { Extraction } from '../../contract/memory.ts';
import type { Model, Sample } from '../../organs/index/index.ts';
import { extract } from './extract.ts';

/**
 * The process in which files are read and models are trained: what harms it harms nothing else, and what takes it long keeps
 * nobody waiting. It does one job at a time and ends with the process that started it.
 */

/** What it is asked. */
export type Job =
  | { readonly do: 'extract'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly do: 'train'; readonly sample: Sample; readonly generation: number };
/** What it answers. */
export type Done = { readonly extraction: Extraction } | { readonly model: Model | undefined };

process.on('disconnect', () => process.exit(0));
process.on('message', (job: Job) => void perform(job).then((done) => process.send?.(done)));

async function perform(job: Job): Promise<Done> {
  if (job.do === 'extract') return { extraction: await extract(job.name, job.bytes) };
  const { train } = await import('../../organs/index/model/model.ts');
  return { model: train(job.sample, job.generation) };
}
