import { organismIdOf, sha256, treeIdOf } from '../../../src/contract/encoding.ts';
import type { Command, Entry, Founding, GenomeSeed, LogRecord } from '../../../src/contract/entries.ts';
import type { Signer, Write } from '../../../src/contract/ports.ts';
import type { JoinRequest } from '../../../src/contract/wire.ts';
import type { Invitation, Member, NodeId, Proof, View } from '../../../src/contract/words.ts';
import { applyRecord } from '../../../src/organs/consensus/apply.ts';
import { charterClaim, invitationClaim } from '../../../src/organs/consensus/index.ts';
import { type Judge, type Plan, planCommand } from '../../../src/organs/consensus/plan.ts';
import { nextRecord, proofClaim, type Verify } from '../../../src/organs/consensus/records.ts';
import { twinSigner } from '../../../src/runtime/signer/twin.ts';

export const operator = twinSigner('operator');
/** The twin's check needs no key of its own: any signer makes it. */
export const verify: Verify = operator.verify;

const signers = new Map<string, Signer>();

/** The same key for the same name, in every test. */
export function signerOf(name: string): Signer {
  const signer = signers.get(name) ?? twinSigner(name);
  signers.set(name, signer);
  return signer;
}

export const nodeOf = (name: string): NodeId => signerOf(name).node;

export function memberOf(name: string, changes: Partial<Member> = {}): Member {
  const { node, spki } = signerOf(name);
  return { node, spki, urls: [`https://${name}:1`], zone: name, incarnation: 1, revoked: false, ...changes };
}

export const GENOMES: readonly GenomeSeed[] = [
  { genome: 'shardTree', fanout: 4, weight: 1, seed: 'seed-shards' },
  { genome: 'ftreeFileMgr', fanout: 2, weight: 1, seed: 'seed-files' },
];

export function foundingOf(founder = 'founder', genomes = GENOMES): Founding {
  const nonce = `nonce of ${founder}`;
  const claim = {
    type: 'FOUND' as const,
    founder: memberOf(founder),
    genomes,
    config: {},
    operator: operator.spki,
    nonce,
  };
  return { ...claim, charter: operator.sign('organism-key', charterClaim(claim)) };
}

export const organismOf = (founding: Founding): string => organismIdOf(founding.operator, founding.nonce);

/** A log as a leader writes it, with everything that a test wants to know of it. */
export class Logbook {
  readonly founding: Founding;
  readonly records: LogRecord[] = [];
  readonly views: View[] = [];
  /** What the registers hold, by store key. */
  readonly registers = new Map<string, unknown>();
  now = 1_000_000;

  constructor(founding = foundingOf()) {
    this.founding = founding;
    this.add(founding);
  }

  get view(): View {
    return this.views.at(-1) as View;
  }

  get organism(): string {
    return this.view.organism;
  }

  tree(genome = 'shardTree'): string {
    return treeIdOf(this.organism, genome);
  }

  /** The occupants of a tree in slot order. */
  slots(genome = 'shardTree'): NodeId[] {
    return (this.view.trees[this.tree(genome)]?.slots ?? []).map(({ node }) => node);
  }

  /** `generation` is that of the view before, unless the entry begins another. */
  add(entry: Entry, generation?: number): LogRecord {
    const before = this.views.at(-1) ?? null;
    const base = before === null || generation === undefined ? before : { ...before, generation };
    const record = nextRecord(base, entry, before?.epoch ?? 1, this.now);
    const { view, writes } = applyRecord(before, record);
    this.records.push(record);
    this.views.push(view);
    for (const write of writes) this.#keep(write);
    return record;
  }

  /** What the leader makes of a command now. */
  plan(command: Command, options: { from?: NodeId } & Partial<Judge> = {}): Plan {
    return planCommand(this.view, command, options.from, this.judge(options));
  }

  /** Plans and, where that is the plan, appends. */
  propose(command: Command, options: { from?: NodeId } & Partial<Judge> = {}): Plan {
    const plan = this.plan(command, options);
    if (plan.plan === 'append') this.add(plan.entry);
    return plan;
  }

  judge(changes: Partial<Judge> = {}): Judge {
    return {
      now: this.now,
      verify,
      operator: operator.spki,
      randomBytes: (length) => sha256(`random ${this.records.length}`).subarray(0, length),
      versionOf: (tree, key) => (this.registers.get(`${tree}/${key}`) as { version: number } | undefined)?.version ?? 0,
      alive: () => true,
      ...changes,
    };
  }

  /** An open invitation is made first. */
  join(...names: readonly string[]): void {
    for (const name of names) {
      const invitation = invite(`invitation of ${name} at ${this.records.length}`, this.now + 1_000);
      this.add({ type: 'INVITE', invitation: invitation.open });
      const plan = this.propose({ type: 'join', request: joinRequest(this.organism, name, invitation.signer) });
      if (plan.plan !== 'append') throw new Error(`${name} did not join: ${JSON.stringify(plan)}`);
    }
  }

  after(version: number): LogRecord[] {
    return this.records.slice(version);
  }

  proof(version = this.records.length, signer: Signer = signerOf('founder')): Proof {
    const { organism, generation, epoch, hash } = this.views[version - 1] as View;
    const claim = { organism, generation, epoch, version, hash };
    return { ...claim, signatures: [{ node: signer.node, signature: signer.sign('view', proofClaim(claim)) }] };
  }

  #keep(write: Write): void {
    if ('remove' in write) this.registers.delete(write.key);
    else if ('value' in write) this.registers.set(write.key, write.value);
  }
}

export function invite(
  name: string,
  expiresAt: number,
  usesLeft = 1,
): { readonly signer: Signer; readonly open: Invitation } {
  const signer = signerOf(name);
  return { signer, open: { id: signer.node, spki: signer.spki, usesLeft, expiresAt } };
}

export function joinRequest(organism: string, name: string, invitation: Signer | null, incarnation = 1): JoinRequest {
  const { revoked: _, ...who } = memberOf(name, { incarnation });
  const signature = invitation?.sign('invitation', invitationClaim(organism, who.node));
  return {
    ...who,
    weight: 1,
    genomes: GENOMES.map(({ genome }) => genome),
    invitation: invitation === null || signature === undefined ? null : { id: invitation.node, signature },
  };
}
