import fc from 'fast-check';
import { sampleOf, train } from '../../../src/organs/index/model/model.ts';
import { questionOf } from '../../../src/organs/index/query/question.ts';
import { type Found, localPartitions, search } from '../../../src/organs/index/search.ts';
import { Partition } from '../../../src/organs/index/store/partition.ts';
import type { Label } from '../../../src/organs/index/store/scope-index.ts';
import { analyse } from '../../../src/organs/index/text/analysis.ts';

export const NOW = Date.UTC(2026, 5, 15, 12);

/** Any characters at all, halves of pairs included. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.nat(0x2ffff), { maxLength }).map((points) => String.fromCodePoint(...points));
}

export function label(id: string, more: Partial<Label> = {}): Label {
  return { id, name: `${id}.txt`, edition: '1', type: 'txt', owner: '', storedAt: NOW, ...more };
}

/** Some partitions as one memory: files go where `place` says. */
export class Library {
  readonly partitions: readonly Partition[];

  constructor(partitions = 1) {
    this.partitions = Array.from({ length: partitions }, () => new Partition());
  }

  add(
    id: string,
    text: string,
    { scope = 'tissue', at = 0, ...more }: Partial<Label> & { scope?: string; at?: number } = {},
  ): void {
    const described = label(id, more);
    this.partitions[at % this.partitions.length]?.remember(scope, described, analyse({ about: described.name, text }));
  }

  /** Trains on what `teacher` holds, and lets all partitions learn it. */
  learn(teacher: Library = this, scope = 'tissue', generation = 1): void {
    const model = train(sampleOf([(teacher.partitions[0] as Partition).shelf(scope).index]), generation);
    if (model === undefined) return;
    for (const partition of this.partitions) partition.adopt(scope, model);
  }

  find(query: string, scopes: readonly string[] = ['tissue']): Promise<Found> {
    return search(localPartitions(this.partitions), questionOf(query, NOW), scopes);
  }

  async ids(query: string, scopes?: readonly string[]): Promise<string[]> {
    return (await this.find(query, scopes)).ranked.map(({ candidate }) => candidate.id);
  }
}

const TOPICS = [
  'sail harbour mast keel anchor boat rudder tide',
  'tax invoice payment audit ledger receipt budget',
  'oven flour yeast bread dough knead crust bake',
  'neuron cortex synapse axon memory brain signal',
  'garden soil compost seed tomato water harvest',
].map((topic) => topic.split(' '));

/** Texts about five topics, the same for the same number. */
export function essay(number: number): string {
  const topic = TOPICS[number % TOPICS.length] as string[];
  const words = Array.from({ length: 40 }, (_, i) => {
    const common = (number * 7 + i * 13) % 11 === 0;
    return common ? `thing${(number + i) % 17}` : (topic[(number * 3 + i * i + (i >> 2)) % topic.length] as string);
  });
  return `${words.join(' ')}.`;
}
