// Checks that an order was settled, with nothing but Node.js: node verify-proof.mjs PROOF.json ORGANISM
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [file, organism] = process.argv.slice(2);
const { genesis, changes, signed, evidence } = JSON.parse(readFileSync(file, 'utf8'));
const must = (holds, flaw) => {
  if (holds) return;
  console.error(flaw);
  process.exit(5);
};

const hash = (...parts) => parts.reduce((whole, part) => whole.update(part), createHash('sha256')).digest();
const hex = (...parts) => hash(...parts).toString('hex');
const bits = (bytes) => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
const letter = (five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)];
const idOf = (text) =>
  bits(hash(text))
    .match(/.{1,5}/g)
    .map(letter)
    .join('');
const member = (value) => (name) => `${JSON.stringify(name)}:${canonical(value[name])}`;
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map(member(value))}}`;
}
const isSigned = (domain, value, signature, spki) => {
  const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' });
  const said = Buffer.from(`peertree/${domain}/1\n${canonical(value)}`);
  return verify('sha256', said, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
};
const valueFor = (body) => hex(`peertree/ledger-order/1\n${canonical(body)}`);

// The genesis: the organism's id is a hash of its key, which names the first committee.
const { operator, nonce, f, keys, spares } = genesis.body;
must(idOf(`peertree/organism/1\n${operator}\n${nonce}`) === organism, 'It is of another organism.');
must(genesis.body.organism === organism, 'It is of another organism.');
must(isSigned('ledger-genesis', genesis.body, genesis.signature, operator), "The organism's key has not signed it.");
must(keys.length === 3 * f + 1 && new Set([...keys, ...spares]).size === keys.length + spares.length, 'No committee.');
const ledger = idOf(`peertree/ledger/1\n${canonical(genesis.body)}`);

// A settlement: 2f + 1 distinct seats of the right committee have signed batches that hold their acknowledgement.
const up = (at, step) => (step[0] === 'l' ? hex('\x01', step.slice(1), at) : hex('\x01', at, step.slice(1)));
function isSettled(body, { settlement }, committee) {
  const { line, sequence, ballot, value, stamps } = settlement;
  const [home] = body.legs;
  const leaf = hex('\x00', canonical({ kind: 'ack', line, sequence, ballot, value }));
  const isStamped = ({ seat, path, signature }) =>
    isSigned(
      'ledger-batch',
      { committee: committee.number, ledger, root: path.reduce(up, leaf), seat },
      signature,
      committee.keys[seat],
    );
  const isOfSlot = line === home.line && sequence === home.sequence && value === valueFor(body);
  const seats = new Set(stamps.map(({ seat }) => seat)).size;
  return (
    isOfSlot &&
    body.ledger === ledger &&
    body.committee === committee.number &&
    seats > 2 * f &&
    stamps.every(isStamped)
  );
}

// Each change of committee is settled by the one before, and gives the seats that it drops to the next spares.
let committee = { number: 1, keys, left: spares, head: hex(`peertree/ledger-genesis/1\n${canonical(genesis.body)}`) };
const committees = [committee];
for (const {
  signed: { body },
  evidence: shown,
} of changes) {
  const follows =
    body.kind === 'change' && body.legs[0].line === 'committee' && body.legs[0].previous === committee.head;
  must(follows && isSettled(body, shown, committee), 'A change of committee does not follow.');
  const left = [...committee.left];
  const next = committee.keys.map((key, seat) => (body.drop.includes(seat) ? left.shift() : key));
  must(canonical(next) === canonical(body.next) && !next.includes(undefined), 'A change seats others than the spares.');
  committee = { number: committee.number + 1, keys: next, left, head: valueFor(body) };
  committees.push(committee);
}

// The order: signed by every owner, with the keys that their shells are named after; and settled.
const { body, signatures } = signed;
const owners = body.legs.flatMap(({ owner, by }) => owner ?? by ?? []);
const isOwn = ({ line, owner }) => !owner || idOf(Buffer.from(owner, 'base64url')) === line.slice(53);
must(body.legs.every(isOwn), "A key is not its shell's.");
must(
  owners.every((key, at) => isSigned('ledger-order', body, signatures[at] ?? '', key)),
  'An owner has not signed it.',
);
const handed = evidence.by === 'change' ? changes[evidence.committee - 1]?.signed.body.settled : [];
const isHanded = handed?.some(({ value }) => value === valueFor(body));
const judge = committees[(evidence.settlement?.committee ?? 0) - 1];
must(isHanded || (judge && isSettled(body, evidence, judge)), 'Too few validators have acknowledged it.');
console.log(`settled ${valueFor(body)}`);
