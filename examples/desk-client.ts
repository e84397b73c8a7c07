import { readFile } from 'node:fs/promises';
import { connect, readPassport } from 'peertree/client';
import { smallDesk } from './small-desk.ts';

const [data = 'desk', key = 'anna.pem'] = process.argv.slice(2);
const { nodes } = JSON.parse(await readFile(`${data}/organism.json`, 'utf8'));
const passport = readPassport(await readFile(key, 'utf8'));
const client = connect({ url: nodes[0].url, pin: nodes[0].id, passport });
const desk = smallDesk(client);

await desk.openTicket({ id: 't1', title: 'A leak in the roof' }, { idempotencyKey: 'once' });
// The same key again: the ticket is there already, and the answer is that of the first time.
await desk.openTicket({ id: 't1', title: 'A leak in the roof' }, { idempotencyKey: 'once' });
const { votes } = await desk.voteTicket({ id: 't1', by: 2 });
const { state } = await desk.showTicket({ id: 't1' });
console.log(`${votes} votes, ${state}`);
await client.close();
