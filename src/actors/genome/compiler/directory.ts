import { nearest } from '../../../contract/nearest.ts';
import type { Target } from '../chart/plan.ts';
import type { Cursor } from '../cursor.ts';
import type { Declared, Type } from '../expression/type.ts';
import type { OrganKindName } from '../kinds/catalogue.ts';
import type { Verb } from '../kinds/kind.ts';
import type { Position } from '../problems.ts';
import type { ObjectShape } from '../shape.ts';
import { Names, place, type Report } from './names.ts';

/** Something that an organ may be asked: a verb of its kind, or an event that it declares. */
export interface Signature {
  readonly organ: string;
  readonly verb: string;
  readonly meaning: string;
  readonly carries: Verb['carries'];
  /** Undefined for events, which any method that may change something can bring. */
  readonly methods: Verb['methods'] | undefined;
  /** Undefined where the receptor chooses which fields stand in its path. */
  readonly parameters: readonly string[] | undefined;
  readonly input: ObjectShape;
  /** What it answers; of an entity's event only known once its chart is read. */
  output: Type;
  readonly declared: Declared | undefined;
  /** The receptor that declares the event by its path and `input`; undefined where its organ does. */
  readonly declaredBy: string | undefined;
  /** Whether somebody else than the organ itself sends it. */
  asked: boolean;
}

export interface OrganEntry {
  readonly name: string;
  readonly kind: OrganKindName;
  readonly cursor: Cursor;
  readonly declared: Declared;
  /** The fields that the organ declares as its kind asks: of its records, messages or jobs. */
  readonly own: ObjectShape;
  readonly signatures: Map<string, Signature>;
  /** What messages call its signatures: `verb`, or `event`. */
  readonly what: 'verb' | 'event';
}

/** What a target names. */
export type Found =
  | { readonly signature: Signature; readonly target: Target }
  | { readonly signature: undefined; readonly target: Extract<Target, { genome: string }> };

/** Who may be asked what within a genome, and which other genomes it may ask. */
export class Directory {
  readonly organs: Names;
  readonly uses: Names;
  readonly entries = new Map<string, OrganEntry>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
    this.organs = new Names('organ', report);
    this.uses = new Names('genome', report);
  }

  /** What `organ.verb` names; of a misspelt one, what was meant. `genomes` tells whether others may be named. */
  find(cursor: Cursor, genomes: boolean): Found | undefined {
    const [owner = '', verb = '', ...rest] = (cursor.text ?? '').split('.');
    if (verb === '' || rest.length > 0) return undefined;
    if (genomes && !this.organs.has(owner) && this.uses.has(owner)) {
      this.uses.use(owner, cursor.at);
      return { signature: undefined, target: { genome: owner, receptor: verb } };
    }
    const others = genomes ? this.uses.all().map(({ name }) => name) : [];
    const organ = this.organs.use(owner, cursor.at, { offered: (meant) => `${meant}.${verb}`, others });
    const entry = organ === undefined ? undefined : this.entries.get(organ.name);
    return entry === undefined ? undefined : this.#verb(entry, verb, cursor.at);
  }

  #verb(entry: OrganEntry, verb: string, at: Position): Found | undefined {
    const signature = entry.signatures.get(verb) ?? this.#meant(entry, verb, at);
    if (signature === undefined) return undefined;
    if (signature.declared !== undefined) signature.declared.used = true;
    signature.asked = true;
    return { signature, target: { organ: entry.name, verb: signature.verb } };
  }

  #meant({ name, what, signatures }: OrganEntry, verb: string, at: Position): Signature | undefined {
    const names = [...signatures.keys()];
    const meant = nearest(verb, names);
    const signature = meant === undefined ? undefined : signatures.get(meant);
    const where =
      signature?.declared === undefined ? '' : `; '${meant}' is declared at ${place(signature.declared.at)}`;
    const has = names.length === 0 ? `no ${what}s` : `no ${what} '${verb}', only ${names.join(', ')}`;
    this.#report.add(
      at,
      `the organ '${name}' has ${has}${where}`,
      meant === undefined ? undefined : `${name}.${meant}`,
    );
    return signature;
  }

  /** An organ whose parts are known but for what its chart says. */
  add(entry: OrganEntry): void {
    this.entries.set(entry.name, entry);
  }
}
