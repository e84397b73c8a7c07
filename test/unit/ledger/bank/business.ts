import type { AssetDefinition } from '../../../../src/organs/ledger/asset.ts';
import type { RowWrite } from '../../../../src/organs/ledger/book.ts';
import { assetOf, holderOf, type PendingId, type ShellId } from '../../../../src/organs/ledger/names.ts';
import type { Entry, Order, Signed } from '../../../../src/organs/ledger/order.ts';
import { availableOf, definitionOf, type Pending, pendingOf } from '../../../../src/organs/ledger/records.ts';
import { Bank } from './bank.ts';
import {
  FIRST,
  gold,
  holder,
  legOf,
  payment,
  resolution,
  shell,
  signed,
  signerOf,
  silver,
  take,
  trade,
  transfer,
} from './people.ts';

export const HONEST = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay'] as const;
/** They sign whatever may pay twice, and show each half of the validators another half of it. */
export const CHEATS = ['xan', 'yma'] as const;
const EVERYBODY = [...HONEST, ...CHEATS];
const ASSETS = [gold, silver];

let opened: readonly RowWrite[] | undefined;

/** The state of a bank in which the mint has given everybody 1,000 of each asset; made once, by an honest committee. */
export function openedRows(): readonly RowWrite[] {
  opened ??= openRows();
  return opened;
}

function openRows(): RowWrite[] {
  const bank = new Bank({ seed: 'opening' });
  for (const asset of ASSETS) {
    const entries = EVERYBODY.map((name) => payment(`start-${name}`, shell(name, asset), 1_000));
    bank.begin('mint', signed(transfer(legOf('mint', FIRST, entries, { asset, defines: true }))));
  }
  bank.heal();
  return [...(bank.honest[0]?.disk.range('') ?? [])].map(([key, value]) => ({ key, value }));
}

/** What clients of a bank do all day. */
export class Business {
  readonly #bank: Bank;
  #ids = 0;

  constructor(bank: Bank) {
    this.#bank = bank;
  }

  /** Somebody begins something, if the one that is drawn has a hand free. */
  begin(): void {
    const draw = this.#float();
    if (draw < 0.3) this.#pay();
    else if (draw < 0.42) this.#trade();
    else if (draw < 0.62) this.#reserve();
    else if (draw < 0.9) this.#resolve();
    else this.#cheat();
  }

  /** Somebody asks again, or gives up waiting and has the slot decided. */
  goOn(): void {
    const errand = this.#pick(this.#bank.active);
    if (errand === undefined) return;
    if ((errand.isStuck || errand.ticks > 8) && this.#float() < 0.3) this.#bank.unlock(errand);
    else this.#bank.pursue(errand);
  }

  /** Somebody brings a settlement to somebody. */
  relay(): void {
    const decided = this.#pick(this.#bank.board.all);
    if (decided !== undefined) this.#bank.relay(decided, [Math.floor(this.#float() * 4)]);
  }

  #pay(): void {
    const name = this.#pick(HONEST) as string;
    const asset = this.#pick(ASSETS) as AssetDefinition;
    const to = this.#pick(EVERYBODY.filter((other) => other !== name)) as string;
    const entries = [payment(this.#id(), shell(to, asset), this.#amount())];
    if (this.#float() < 0.2) entries.push(payment(this.#id(), shell('fay', asset), 1));
    this.#send(
      name,
      asset,
      entries.filter(({ to: payee }: Entry & { to?: ShellId }) => payee !== shell(name, asset)),
    );
  }

  #reserve(): void {
    const name = this.#pick(HONEST) as string;
    const asset = this.#pick(ASSETS) as AssetDefinition;
    const other = this.#pick(HONEST.filter((one) => one !== name)) as string;
    const amount = String(this.#amount());
    const expiresAt = this.#float() < 0.5 ? null : this.#bank.now + 50_000;
    const base = { id: this.#id(), amount, expiresAt };
    const entry: Entry =
      this.#float() < 0.5
        ? { ...base, kind: 'hold', to: shell(other, asset), post: [holder(other)], void: [holder(other), holder(name)] }
        : { ...base, kind: 'offer', price: this.#price(name, asset), takers: null, void: [holder(name)] };
    this.#send(name, asset, [entry]);
  }

  #price(name: string, asset: AssetDefinition): { to: ShellId; amount: string } {
    const other = asset === gold ? silver : gold;
    return { to: shell(name, other), amount: String(this.#amount()) };
  }

  /** Two who may resolve one pending do so at once, more often than not. */
  #resolve(): void {
    const book = this.#bank.board.observer.disk;
    const open = [...book.range('pending/')].map(([key]) => key.slice('pending/'.length));
    const line = this.#pick(open.filter((id) => pendingOf(book, id)?.state === 'open' && !this.#isBusy(id)));
    const pending = line === undefined ? undefined : pendingOf(book, line);
    if (line === undefined || pending === undefined) return;
    if (pending.entry.kind === 'offer' && this.#float() < 0.7) this.#take(line, pending);
    if (this.#float() < 0.6) this.#end(line, pending);
  }

  #end(line: PendingId, { entry, shell: from }: Pending): void {
    const place = { ...this.#bank.board.place(line), line };
    const isExpired = entry.expiresAt !== null && this.#bank.now >= entry.expiresAt;
    if (isExpired) {
      this.#bank.begin('anybody', signed(resolution({ ...place, action: 'expire', by: null }, this.#now())));
      return;
    }
    const payer = nameOf(holderOf(from));
    const payee = entry.kind === 'hold' ? nameOf(holderOf(entry.to)) : payer;
    const posts = entry.kind === 'hold' && this.#float() < 0.6;
    if (posts) {
      const body = resolution(
        { ...place, action: 'post', amount: entry.amount, by: signerOf(payee).spki },
        this.#now(),
      );
      this.#bank.begin(payee, signed(body));
    }
    if (!posts || this.#float() < 0.5) {
      this.#bank.begin(payer, signed(resolution({ ...place, action: 'void', by: signerOf(payer).spki }, this.#now())));
    }
  }

  #take(line: PendingId, { entry, shell: from }: Pending): void {
    if (entry.kind !== 'offer') return;
    const asset = ASSETS.find((one) => assetOf(entry.price.to) === assetOf(shell('ada', one))) as AssetDefinition;
    const offered = ASSETS.find((one) => one !== asset) as AssetDefinition;
    const names = HONEST.filter((name) => shell(name, offered) !== from && !this.#isBusy(shell(name, asset)));
    for (const name of names.slice(0, this.#float() < 0.5 ? 1 : 2)) {
      const own = this.#bank.board.place(shell(name, asset));
      const leg = legOf(name, own, [payment(this.#id(), entry.price.to, entry.price.amount)], { asset });
      if (!this.#canPay(leg.line, BigInt(entry.price.amount))) continue;
      this.#bank.begin(
        name,
        signed(take({ ...this.#bank.board.place(line), line }, shell(name, offered), leg, this.#now())),
      );
    }
  }

  #trade(): void {
    const [a, b] = this.#twoFree();
    if (a === undefined || b === undefined) return;
    const body = this.#tradeOf(a, b);
    if (body === undefined) return;
    const order = signed(body);
    this.#bank.begin(a, order);
    if (this.#float() < 0.5) this.#bank.begin(b, order);
  }

  #tradeOf(a: string, b: string): Order | undefined {
    const [x, y] = [this.#amount(), this.#amount()];
    if (!this.#canPay(shell(a, gold), BigInt(x)) || !this.#canPay(shell(b, silver), BigInt(y))) return undefined;
    const give = legOf(a, this.#bank.board.place(shell(a, gold)), [payment(this.#id(), shell(b, gold), x)]);
    const own = this.#bank.board.place(shell(b, silver));
    return trade(give, legOf(b, own, [payment(this.#id(), shell(a, silver), y)], { asset: silver }), this.#now());
  }

  /** Two orders for one slot, or a trade and an order that spends what it needs; each to another half first. */
  #cheat(): void {
    const name = this.#pick(CHEATS) as string;
    const partner = this.#pick(HONEST) as string;
    if (this.#isBusy(shell(name)) || this.#isBusy(shell(name, silver))) return;
    const isTrade = this.#float() < 0.5 && !this.#isBusy(shell(partner, gold)) && !this.#isBusy(shell(partner, silver));
    const body = isTrade
      ? this.#float() < 0.5
        ? this.#tradeOf(partner, name)
        : this.#tradeOf(name, partner)
      : undefined;
    const asset = isTrade && body?.legs.some(({ line }) => line === shell(name, silver)) ? silver : gold;
    const own = this.#bank.board.place(shell(name, asset));
    if (!this.#canPay(own.line, 2n)) return;
    const pay = (to: string) =>
      signed(transfer(legOf(name, own, [payment(this.#id(), shell(to, asset), 2)], { asset }), this.#now()));
    const orders = [body === undefined ? pay('ada') : signed(body), pay('bob')];
    for (const [at, order] of orders.entries()) {
      // The partner of the trade is honest and wants it brought to an end; the cheat only looks what can be had.
      this.#bank.begin(at === 0 && body !== undefined ? partner : name, order as Signed<Order>);
    }
  }

  #send(name: string, asset: AssetDefinition, entries: readonly Entry[]): void {
    const line = shell(name, asset);
    const sum = entries.reduce((total, { amount }) => total + BigInt(amount), 0n);
    if (entries.length === 0 || this.#isBusy(line) || !this.#canPay(line, sum)) return;
    this.#bank.begin(
      name,
      signed(transfer(legOf(name, this.#bank.board.place(line), entries, { asset }), this.#now())),
    );
  }

  #twoFree(): string[] {
    const free = HONEST.filter((name) => ASSETS.every((asset) => !this.#isBusy(shell(name, asset))));
    const first = this.#pick(free);
    return [first, this.#pick(free.filter((name) => name !== first))].flatMap((name) => name ?? []);
  }

  #isBusy(line: string): boolean {
    return this.#bank.errands.some(
      (errand) => !errand.isDone && errand.signed.body.legs.some((leg) => leg.line === line),
    );
  }

  #canPay(line: ShellId, amount: bigint): boolean {
    const book = this.#bank.board.observer.disk;
    return availableOf(book, line, definitionOf(book, assetOf(line))) >= amount;
  }

  /** Orders are for the committee in office. */
  #now(): { committee: number } {
    return { committee: this.#bank.committee };
  }

  #amount(): number {
    return 1 + Math.floor(this.#float() * 60);
  }

  #id(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  #float(): number {
    return this.#bank.random.float();
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#float() * from.length)];
  }
}

function nameOf(id: string): string {
  return EVERYBODY.find((name) => holder(name) === id) ?? 'mint';
}
