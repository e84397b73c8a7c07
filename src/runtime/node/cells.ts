import { ActorSystem, type ActorSystemOptions } from '../../actors/actor-system.ts';
import type { AnyOrgan } from '../../actors/any-organ.ts';
import { craftsOf } from '../../actors/genome/crafts.ts';
import type { Genome, LedgerPlan, OrganPlan, ReceptorPlan } from '../../actors/genome.ts';
import type { CatalogueService } from '../../contract/catalogue.ts';
import { treeIdOf } from '../../contract/encoding.ts';
import { Fault } from '../../contract/errors.ts';
import type { LedgerService } from '../../contract/ledger.ts';
import type { MemoryService } from '../../contract/memory.ts';
import type {
  FileCatalogue,
  FileService,
  RegisterService,
  ShardService,
  TreeService,
} from '../../contract/services.ts';
import type { Json, JsonObject, TreeId } from '../../contract/words.ts';
import { createIndex } from '../../organs/index/index.ts';
import { createKeeper } from '../../organs/keeper/index.ts';
import { createLedger } from '../../organs/ledger/index.ts';
import { createMaps } from '../../organs/maps/index.ts';
import { createShards, type ShardInbound } from '../../organs/shards/index.ts';
import { treeOrgan } from '../../organs/tree/index.ts';
import type { NodePlan } from './plan.ts';
import { bodyOf } from './registers.ts';

/** One clone of a genome at this node. */
export interface Cell {
  readonly genome: string;
  readonly tree: TreeId;
  readonly system: ActorSystem;
  readonly organs: readonly AnyOrgan[];
  readonly receptors: { readonly [name: string]: ReceptorPlan };
  /** What its organs offer, by what their kinds are for. */
  readonly shards?: ShardParts;
  readonly files?: FileParts;
  readonly memory?: MemoryService;
  readonly ledger?: LedgerService;
  /** Its organs that a genome's receptors ask by name. */
  readonly catalogue?: CatalogueService;
}

type Parts = Pick<Cell, 'shards' | 'files' | 'memory' | 'ledger' | 'catalogue'>;

export interface FileParts {
  readonly service: FileService;
  readonly catalogue: FileCatalogue;
  /** Where their bytes are. */
  readonly shards: ShardService;
}

export interface ShardParts {
  readonly service: ShardService;
  readonly inbound: ShardInbound;
  readonly shardBytes: number;
  handOver(signal: AbortSignal): Promise<void>;
}

/** What the cells of one node share. */
export interface Stock {
  readonly plan: NodePlan;
  readonly system: Omit<ActorSystemOptions, 'name' | 'supervision' | 'mailboxMax' | 'onEscalate'>;
  treeService(tree: TreeId): TreeService;
  registers(tree: TreeId): RegisterService;
  /** Tells all cells of a tree. */
  publish(tree: TreeId, topic: string, body: Json): Promise<void>;
  /** An organ has failed more often than the cell's supervision allows, and is gone. */
  onFailed(cell: Cell, organ: string, error: unknown): void;
}

/** The cells of all genomes, made so that what a genome uses is there before it. */
export function growCells(stock: Stock): ReadonlyMap<TreeId, Cell> {
  const byGenome = new Map<string, Cell>();
  const waiting = [...stock.plan.genomes];
  while (waiting.length > 0) {
    const index = waiting.findIndex((genome) => usesOf(genome).every((used) => byGenome.has(used)));
    const [genome] = waiting.splice(index, 1);
    if (index < 0 || genome === undefined) throw new Fault('genome-invalid', 'the genomes use each other in a circle');
    byGenome.set(genome.genome, growCell(stock, genome, byGenome));
  }
  return new Map([...byGenome.values()].map((cell) => [cell.tree, cell]));
}

function usesOf(genome: Genome): string[] {
  return Object.values(genome.organs).flatMap((organ) =>
    organ.kind === 'files' || organ.kind === 'index' ? [organ.uses] : [],
  );
}

function growCell(stock: Stock, genome: Genome, others: ReadonlyMap<string, Cell>): Cell {
  const { plan } = stock;
  const tree = treeIdOf(plan.organism, genome.genome);
  const self = plan.ports.signer.node;
  const system = new ActorSystem({
    ...stock.system,
    name: genome.genome,
    supervision: genome.supervision,
    mailboxMax: genome.limits.mailbox,
    onEscalate: (error, organ) => stock.onFailed(cell, organ, error),
  });
  const organs: AnyOrgan[] = [treeOrgan({ self, tree, timing: plan.timing })];
  let parts: Parts = {};
  const grown = Object.values(genome.organs).flatMap((organ) => growOrgan(stock, { tree, system }, organ, others));
  for (const one of [...grown, ...growKeeper(stock, tree, genome, others)]) {
    organs.push(one.organ);
    parts = { ...parts, ...one.parts };
  }
  const { receptors } = genome;
  const cell: Cell = { genome: genome.genome, tree, system, organs, receptors, ...parts };
  return cell;
}

interface Grown {
  readonly organ: AnyOrgan;
  readonly parts: Parts;
}

function growOrgan(
  stock: Stock,
  { tree, system }: Pick<Cell, 'tree' | 'system'>,
  organ: OrganPlan,
  others: ReadonlyMap<string, Cell>,
): Grown[] {
  if (organ.kind === 'shards') return [growShards(stock, tree, organ)];
  if (organ.kind === 'files') return [growFiles(stock, tree, others.get(organ.uses))];
  if (organ.kind === 'index') return [growIndex(stock, tree, others.get(organ.uses))];
  if (organ.kind === 'ledger') return [growLedger(stock, { tree, system }, organ)];
  if (organ.kind === 'module')
    throw new Fault('genome-invalid', "organs of kind 'module' can be checked, but not grown yet");
  return [];
}

/** One organ for all durable kinds: they share their registers, and what passes between them is one SET. */
function growKeeper(stock: Stock, tree: TreeId, genome: Genome, others: ReadonlyMap<string, Cell>): Grown[] {
  const { ports } = stock.plan;
  const crafts = craftsOf(genome, ports.log);
  if (crafts.size === 0) return [];
  const { organ, service } = createKeeper({
    tree: stock.treeService(tree),
    registers: stock.registers(tree),
    ports,
    crafts,
    reach: {
      publish: (topic, body) => stock.publish(tree, topic, body),
      askGenome: async (name, receptor, body, once) => {
        const { catalogue, receptors } = others.get(name) ?? {};
        const bound = receptors?.[receptor];
        if (catalogue === undefined || bound === undefined)
          throw new Fault('no-receptor', `there is no receptor '${name}.${receptor}' here`);
        const { organ: asked, verb } = bound;
        return catalogue.ask({ organ: asked, verb, body: body as JsonObject, once: `${genome.genome}:${once}` });
      },
    },
  });
  return [{ organ, parts: { catalogue: service } }];
}

function growShards(stock: Stock, tree: TreeId, { copies, shardBytes }: { copies: number; shardBytes: number }): Grown {
  const { ports, timing } = stock.plan;
  const { organ, service, inbound, handOver } = createShards({
    tree: stock.treeService(tree),
    ports,
    copies,
    reconcileMs: timing.reconcileMs,
  });
  return { organ, parts: { shards: { service, inbound, shardBytes, handOver } } };
}

function growFiles(stock: Stock, tree: TreeId, used: Cell | undefined): Grown {
  if (used?.shards === undefined)
    throw new Fault('genome-invalid', 'a files organ uses a genome that has a shards organ');
  const { service: shards, shardBytes } = used.shards;
  const { organ, service, catalogue } = createMaps({
    tree: stock.treeService(tree),
    registers: stock.registers(tree),
    shards,
    ports: stock.plan.ports,
    shardBytes,
  });
  return { organ, parts: { files: { service, catalogue, shards } } };
}

function growIndex(stock: Stock, tree: TreeId, used: Cell | undefined): Grown {
  if (used?.files === undefined)
    throw new Fault('genome-invalid', 'an index organ uses a genome that has a files organ');
  const { service: files, catalogue, shards } = used.files;
  const { ports, extractor, train } = stock.plan;
  const { organ, service } = createIndex({
    tree: stock.treeService(tree),
    registers: stock.registers(tree),
    catalogue,
    files,
    shards,
    ports,
    extractor,
    ...(train === undefined ? {} : { train }),
  });
  return { organ, parts: { memory: service } };
}

function growLedger(stock: Stock, { tree, system }: Pick<Cell, 'tree' | 'system'>, { faults }: LedgerPlan): Grown {
  const { organism, operator, ports } = stock.plan;
  const { organ, service } = createLedger({
    organism,
    tree: stock.treeService(tree),
    registers: stock.registers(tree),
    ports,
    faults,
    operator,
    own: async (kind, body) => bodyOf(await system.deliver({ kind, body })),
  });
  return { organ, parts: { ledger: service } };
}
