import type { Bus } from '../../actors/bus.ts';
import type { LogRecord } from '../../contract/entries.ts';
import type { Log, LogFields } from '../../contract/ports.ts';
import type { NodeId } from '../../contract/words.ts';

/**
 * Writes what becomes of the organism to the log of this node, a line for each change that a majority decided: who joined,
 * who was replaced and why, who came back, who votes, who leads. What was decided before this node joined is not its news.
 *
 * @example
 * logMembership(bus, ports.log, self) // {"event":"organism.replaced","nodes":[...],"reason":"dead","moves":[...],"version":41,...}
 */
export function logMembership(bus: Bus, log: Log, self: NodeId): void {
  bus.on('consensus.committed').subscribe(({ view, previous, records }) => {
    // The first view that a node takes up has itself for the one before.
    if (previous === view || previous.members[self] === undefined) return;
    for (const record of records) note(log, record);
  });
}

function note(log: Log, { index, entry }: LogRecord): void {
  const say = (event: string, fields: LogFields): void => log.info(event, { ...fields, version: index });
  switch (entry.type) {
    case 'JOIN':
      for (const { member, places } of entry.joins) {
        say('organism.joined', { node: member.node, slots: places.map(({ tree, slot }) => `${slot} of ${tree}`) });
      }
      break;
    case 'REPLACE':
      say('organism.replaced', {
        nodes: entry.nodes,
        reason: entry.reason,
        moves: entry.moves.map(({ tree, slot, to }) => `${slot} of ${tree}: ${to ?? 'closed'}`),
      });
      break;
    case 'RETURN':
      say('organism.returned', { node: entry.member.node });
      break;
    case 'VOTERS':
      say('organism.voters', { voters: entry.voters, leaving: entry.leaving ?? [] });
      break;
    case 'PROMOTE':
      say('organism.promoted', { by: entry.by, generation: entry.generation, keeps: entry.keeps });
      break;
    case 'LEAD':
      say('organism.led', { leader: entry.leader });
  }
}
