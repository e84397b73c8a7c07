import { filter, firstValueFrom, merge, type Observable, ReplaySubject, Subject, takeUntil } from 'rxjs';
import type { Broadcasting, BroadcastOptions, BroadcastReceipt, HeardMessage } from '../../contract/broadcast.ts';
import type { CatalogueService } from '../../contract/catalogue.ts';
import type { Promotion } from '../../contract/entries.ts';
import { Fault } from '../../contract/errors.ts';
import type { LedgerService } from '../../contract/ledger.ts';
import type { LetterService } from '../../contract/letters.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { MemoryService } from '../../contract/memory.ts';
import type { NodeEvent } from '../../contract/node.ts';
import type {
  Conflict,
  FileService,
  InvitationOptions,
  LocalStatus,
  NodeServices,
  OrganismStatus,
  PromoteOptions,
  PromotionDraft,
  ShardService,
} from '../../contract/services.ts';
import { rootPeerGroup, treesOf } from '../../contract/slots.ts';
import type { Json, NodeId, View } from '../../contract/words.ts';
import { Authority } from './authority.ts';
import { type Body, HALT_TOPIC } from './body.ts';
import type { Cell } from './cells.ts';
import { Conversation } from './conversation.ts';
import type { Mishap } from './failures.ts';
import { encodeInvite } from './invitation.ts';
import { bodyOf } from './registers.ts';
import { organismStatus, STATUS_KIND } from './status.ts';

/** How long others may take to tell their share of the status. */
const STATUS_DEADLINE_MS = 1_000;
/** How long a halt waits for everybody to confirm. */
const HALT_DEADLINE_MS = 3_000;
/** Events that a late subscriber still sees. */
const EVENTS_REPLAYED = 64;
const DEFAULT_INVITATION_MS = 3_600_000;

/** A node at work: what receptors, the embedding API and simulations call. */
export class LivingNode implements NodeServices, Broadcasting {
  readonly id: NodeId;
  readonly events$: Observable<NodeEvent>;
  readonly #body: Body;
  readonly #conversation: Conversation;
  readonly #authority: Authority;
  readonly #events = new ReplaySubject<NodeEvent>(EVENTS_REPLAYED);
  readonly #stopped = new Subject<void>();
  #placed = false;
  #stopping: Promise<void> | undefined;

  constructor(body: Body) {
    this.id = body.plan.ports.signer.node;
    this.#body = body;
    this.#conversation = new Conversation(body);
    this.#authority = new Authority(body);
    this.events$ = this.#events.asObservable();
    this.#watch();
  }

  get url(): string {
    return this.#body.url;
  }

  /** @throws Fault no-actor where no installed genome stores files */
  get files(): FileService {
    return this.#offered('files', (cell) => cell.files?.service);
  }

  /** @throws Fault no-actor where no installed genome stores shards */
  get shards(): ShardService {
    return this.#offered('shards', (cell) => cell.shards?.service);
  }

  /** @throws Fault no-actor where no installed genome remembers files */
  get memory(): MemoryService {
    return this.#offered('memory', (cell) => cell.memory);
  }

  /** @throws Fault no-actor where no installed genome keeps a ledger */
  get ledger(): LedgerService {
    return this.#offered('a ledger', (cell) => cell.ledger);
  }

  catalogue(genome: string): CatalogueService {
    const cell = this.#working.find((one) => one.genome === genome);
    if (cell?.catalogue === undefined) throw new Fault('no-actor', `this node has no working cell of ${genome}`);
    return cell.catalogue;
  }

  get letters(): LetterService {
    return this.#body.letters;
  }

  /** By genome name. */
  get cells(): readonly Cell[] {
    return [...this.#body.cells.values()];
  }

  /** Those that have not failed. */
  get #working(): readonly Cell[] {
    return this.cells.filter(({ tree }) => !this.#body.failures.has(tree));
  }

  /** The newest committed view that this node has on its disk. */
  get view(): View | null {
    return this.#body.outlook.view;
  }

  /** Whether a key is one of the organism's members, or a contact while there is no view yet. */
  knows(node: NodeId): boolean {
    return this.#body.standing(node) === 'member';
  }

  ready(): boolean {
    const working = this.#working;
    return working.length > 0 && working.every((cell) => cell.system.mode('tree') === 'placed');
  }

  /**
   * Resolves once every cell has its place. Rejects with `refused` where the organism does not admit this node, with
   * `stopping` where it is closed first.
   */
  async placed(): Promise<void> {
    if (this.ready()) return;
    const decisive = this.#events.pipe(
      filter(({ event }) => event === 'placed' || event === 'refused' || event === 'stopped'),
    );
    const { event, code, detail } = await firstValueFrom(decisive);
    if (event === 'refused')
      throw new Fault(
        code === 'superseded' ? 'superseded' : 'refused',
        String(detail ?? 'the organism does not admit this node'),
      );
    if (event === 'stopped') throw new Fault('stopping');
  }

  status(): Promise<OrganismStatus> {
    const { outlook, outlet } = this.#body;
    const { view, sovereign } = outlook;
    if (view === null) return Promise.reject(new Fault('starting'));
    return organismStatus({
      self: this.id,
      view,
      sovereign,
      stateOf: (node) => outlook.stateOf(node),
      local: () => this.localStatus(),
      askNode: async (node) => {
        const outcome = await outlet.ask(node, { tree: null, kind: STATUS_KIND, body: null }, STATUS_DEADLINE_MS);
        return outcome.ok ? (outcome.body as unknown as LocalStatus) : undefined;
      },
    });
  }

  localStatus(): LocalStatus {
    const { plan, gate } = this.#body;
    const storages = this.cells.flatMap((cell) => (cell.shards === undefined ? [] : [cell.shards.service.storage()]));
    return {
      pid: plan.pid,
      data: plan.data,
      rejected: gate.rejected(),
      cells: this.cells.map((cell) => ({ treeId: cell.tree, state: this.#stateOf(cell) })),
      storage: {
        shards: sum(storages.map((storage) => storage.shards)),
        bytes: sum(storages.map((storage) => storage.bytes)),
        underReplicated: sum(storages.map((storage) => storage.underReplicated)),
      },
      queues: this.#body.queues(),
      failures: this.#body.failures.list(),
    };
  }

  #stateOf({ tree, system }: Cell): string {
    return this.#body.failures.has(tree) ? 'failed' : system.mode('tree');
  }

  async invite({ uses = 1, expiresInMs = DEFAULT_INVITATION_MS }: InvitationOptions = {}): Promise<string> {
    if (!Number.isInteger(uses) || uses < 1 || uses > LIMITS.invitationUsesMax)
      throw new Fault('malformed', `an invitation has 1-${LIMITS.invitationUsesMax} uses`);
    if (!Number.isFinite(expiresInMs) || expiresInMs <= 0)
      throw new Fault('malformed', 'an invitation must expire in the future');
    const { plan, stem } = this.#body;
    const { secret, signer } = plan.keyring.make();
    const expiresAt = Math.round(plan.ports.clock.now() + expiresInMs);
    const invitation = { id: signer.node, spki: signer.spki, usesLeft: uses, expiresAt };
    bodyOf(await stem.deliver({ kind: 'consensus.propose', body: { command: { type: 'invite', invitation } } }));
    return encodeInvite({ v: 1, organism: plan.organism, key: secret, contacts: this.#contacts() });
  }

  /** This node first, then the cells that every cell knows. */
  #contacts(): { node: NodeId; url: string }[] {
    const { view } = this.#body.outlook;
    if (view === null) return [{ node: this.id, url: this.url }];
    const group = treesOf(view, this.id).flatMap(({ map }) => rootPeerGroup(map));
    const others = [...new Set(group)].filter((node) => node !== this.id).slice(0, 3);
    return [
      { node: this.id, url: this.url },
      ...others.map((node) => ({ node, url: view.members[node]?.urls[0] ?? '' })),
    ];
  }

  get messages$(): Observable<HeardMessage> {
    return this.#conversation.messages$;
  }

  broadcast(topic: string, body: Json, options?: BroadcastOptions): Promise<BroadcastReceipt> {
    return this.#conversation.broadcast(topic, body, options);
  }

  async halt(): Promise<number> {
    const tree = this.cells[0]?.tree;
    if (tree === undefined) return 1;
    const body: Json = { tree, topic: HALT_TOPIC, body: null, late: false };
    const outcome = await this.#body.stem.deliver(
      { kind: 'broadcast.publish', body },
      { deadlineMs: HALT_DEADLINE_MS },
    );
    const { confirmed } = bodyOf(outcome) as { confirmed: number };
    return confirmed;
  }

  async revoke(node: NodeId, warrant: string): Promise<void> {
    await this.#authority.revoke(node, warrant);
  }

  draftPromotion(): Promise<PromotionDraft> {
    return this.#authority.draft();
  }

  promote(promotion: Promotion, options?: PromoteOptions): Promise<{ generation: number; version: number }> {
    return this.#authority.promote(promotion, options);
  }

  conflicts(): readonly Conflict[] {
    return this.#authority.conflicts();
  }

  async leave(): Promise<void> {
    const { bus } = this.#body;
    const abort = new AbortController();
    await Promise.all(this.#working.map((cell) => cell.shards?.handOver(abort.signal)));
    const decided = firstValueFrom(
      this.#events.pipe(filter(({ event }) => event === 'departed' || event === 'refused' || event === 'stopped')),
    );
    bus.emit('node.leaving', {});
    const { event, detail } = await decided;
    if (event !== 'departed') throw new Fault('no-authority', String(detail ?? 'the leader did not let this node go'));
  }

  /** A pause: peers are told, the queue drains, what is under way finishes, and the slot stays its own. */
  close(): Promise<void> {
    this.#stopping ??= this.#close();
    return this.#stopping;
  }

  async #close(): Promise<void> {
    await this.#body.pause();
    await this.#body.stop();
    this.#end();
  }

  /** Ends as a crash would: at once. For simulations. */
  kill(): void {
    this.#body.kill();
    this.#end();
  }

  #end(): void {
    this.#events.next({ event: 'stopped', node: this.id });
    this.#stopped.next();
    this.#events.complete();
  }

  #offered<T>(what: string, pick: (cell: Cell) => T | undefined): T {
    for (const cell of this.cells) {
      const offered = pick(cell);
      if (offered !== undefined) return offered;
    }
    throw new Fault('no-actor', `No genome of this node offers ${what}.`);
  }

  #watch(): void {
    const { bus } = this.#body;
    const tell = (event: string, details: object = {}): void => this.#events.next({ event, ...details });
    const until = <T>(source: Observable<T>): Observable<T> => source.pipe(takeUntil(this.#stopped));
    until(bus.on('consensus.committed')).subscribe(({ view: { generation, epoch, version } }) =>
      tell('view', { generation, epoch, version }),
    );
    until(bus.on('consensus.refused')).subscribe(({ code, detail }) => tell('refused', { code, detail }));
    until(bus.on('consensus.departed')).subscribe(() => tell('departed'));
    until(bus.on('pulse.changed')).subscribe(({ node, state }) =>
      tell(state === 'live' ? 'recovered' : state, { node }),
    );
    until(bus.on('pulse.sovereignty')).subscribe(({ sovereign }) => tell('sovereignty', { sovereign }));
    until(this.#body.failures.mishaps$).subscribe((mishap) => this.#suffer(mishap));
    const modes = this.cells.map((cell) => cell.system.modes$.pipe(filter(({ organ }) => organ === 'tree')));
    until(merge(...modes)).subscribe(() => this.#notePlaced());
  }

  /** A cell that fails is told, and the node goes on without it; a node that can't go on ends in good order. */
  #suffer(mishap: Mishap): void {
    if (mishap.what === 'relieved') {
      this.#events.next({ event: 'relieved', genome: mishap.genome });
      return;
    }
    const { genome, organ, error } = mishap.failure;
    this.#events.next({ event: 'failed', genome, organ, error, node: mishap.what === 'node' });
    if (mishap.what === 'node') void this.close();
    else this.#notePlaced();
  }

  #notePlaced(): void {
    const placed = this.ready();
    if (placed !== this.#placed) this.#events.next({ event: placed ? 'placed' : 'displaced', node: this.id });
    this.#placed = placed;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
