import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../../client/index.ts';
import { Fault, isFault } from '../../contract/errors.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { OrganismStatus } from '../../contract/services.ts';
import { type ListedNode, type OrganismFile, writeOrganismFile } from '../organism-file.ts';
import type { Admission } from './admission.ts';
import type { Fleet, FleetMember } from './fleet.ts';
import type { PlannedNode } from './plan.ts';
import { isWhole, whatIsMissing } from './whole.ts';

const POLL_MS = 100;
const STATUS_MS = 3_000;
const INVITATION_MS = 600_000;
/** Nodes that a newcomer is told of; one would do, but it may die in the very moment. */
const CONTACTS_MAX = 3;

export interface Growth {
  readonly folder: string;
  readonly fleet: Fleet;
  readonly plan: readonly PlannedNode[];
  /** What the data folder said before; undefined for a new organism. */
  readonly remembered: OrganismFile | undefined;
  /** Absolute paths of the genome files, to be remembered; undefined for the shipped ones. */
  readonly genomes: readonly string[] | undefined;
}

/**
 * Starts the nodes that there were, or the founder, and at the same time the new ones, which load their code and then
 * wait to be let in; resolves when every tree has a placed cell of each. organism.json is written as soon as there is
 * something to remember.
 */
export async function grow(growth: Growth): Promise<OrganismStatus> {
  const { fleet, plan } = growth;
  const known = plan.filter((node) => node.known !== undefined);
  const first = known.length > 0 ? known : plan.slice(0, 1);
  const fresh = plan.slice(first.length);
  const settlers = first.map((node) => fleet.launch(node));
  const newcomers = fresh.map((node) => fleet.launchNewcomer(node));
  await running(fleet, settlers);
  const { organism } = await statusOf(fleet);
  await remember(growth, organism);
  if (newcomers.length > 0) fleet.admit(newcomers, await invite(fleet, newcomers.length));
  await running(fleet, newcomers);
  const status = await whole(fleet, plan.length);
  await remember(growth, organism);
  return status;
}

function running(fleet: Fleet, members: readonly FleetMember[]): Promise<void> {
  return fleet.until(() => members.every(({ placed }) => placed));
}

async function invite(fleet: Fleet, uses: number): Promise<Admission> {
  const token = await asking(fleet, (client) => client.invite({ uses, expiresInMs: INVITATION_MS }));
  const join = fleet.members.flatMap(({ at }) => (at === undefined ? [] : [at.url])).slice(0, CONTACTS_MAX);
  return { join, invite: token };
}

async function whole(fleet: Fleet, nodes: number): Promise<OrganismStatus> {
  const giveUpAt = performance.now() + LIMITS.upWholeMs;
  for (;;) {
    // Fails as soon as a node does.
    await fleet.until(() => true);
    const status = await statusOf(fleet);
    if (isWhole(status, nodes)) return status;
    if (performance.now() > giveUpAt) {
      throw new Fault(
        'deadline',
        `the organism is not whole after ${LIMITS.upWholeMs / 1_000} s: ${whatIsMissing(status, nodes)}`,
      );
    }
    await pause(POLL_MS);
  }
}

function statusOf(fleet: Fleet): Promise<OrganismStatus> {
  return asking(fleet, (client) => client.status({ signal: AbortSignal.timeout(STATUS_MS) }));
}

/** Asks one node after the other until one answers; fails with what the last one failed with. */
export async function asking<T>(fleet: Fleet, question: (client: Client) => Promise<T>): Promise<T> {
  const { connect } = await import('../../client/index.ts');
  let failure = new Fault('unreachable', 'no node of the organism is up');
  for (const { at, child } of fleet.members) {
    if (at === undefined || child === undefined) continue;
    const client = connect({ url: at.url, pin: at.id });
    try {
      return await question(client);
    } catch (error) {
      if (!isFault(error)) throw error;
      failure = error;
    } finally {
      await client.close();
    }
  }
  throw failure;
}

async function remember({ folder, fleet, plan, genomes }: Growth, organism: string): Promise<void> {
  const nodes = fleet.members.flatMap(listed);
  const growing = nodes.length < plan.length ? { growing: plan.length } : {};
  await writeOrganismFile(folder, { v: 1, organism, nodes, ...growing, ...(genomes === undefined ? {} : { genomes }) });
}

function listed({ name, plan, at }: FleetMember): ListedNode[] {
  return at === undefined
    ? []
    : [{ name, id: at.id, url: at.url, port: Number(new URL(at.url).port), data: plan.data }];
}
