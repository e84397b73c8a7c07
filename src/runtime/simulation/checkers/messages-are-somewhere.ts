import type { Json, NodeId } from '../../../contract/words.ts';
import type { Invariant, Subject } from '../invariant.ts';
import { TAKEN, testimonyIn } from '../witness.ts';

/** Where one accepted message is, by the disks. */
interface Whereabouts {
  readonly sender: Subject;
  readonly to: string;
  accepted: boolean;
  waiting: boolean;
  buried: boolean;
  taken: boolean;
}

export const messagesAreSomewhere: Invariant = {
  name: 'messages-are-somewhere',
  promise:
    'A message that was accepted waits in its queue, has taken effect, or is a dead letter; a dead letter has taken no effect.',
  how: 'Followed over the disks of senders and receivers, at each flush that moves it. While its effect is on the way back to the sender it waits as well. Where a disk has lost what it promised, its messages are left out; so are those for a role in that they may be buried and taken by two of its holders.',
  holds: 'always',
  watch: (scene) => {
    const messages = new Map<string, Whereabouts>();
    /** The messages behind the keys of the queue's rows, by sender. */
    const rows = new Map<string, string>();

    const look = (id: string): void => {
      const message = messages.get(id);
      if (message === undefined || !message.accepted || isExcused(message)) return;
      if (!message.waiting && !message.buried && !message.taken)
        scene.violate(`message ${id} to ${message.to} is nowhere`);
      if (message.buried && message.taken && !message.to.startsWith('role '))
        scene.violate(`message ${id} to ${message.to} is a dead letter, and has taken effect`);
    };
    const isExcused = ({ sender, to }: Whereabouts): boolean =>
      scene.spoilt.has(sender.id) || (to.startsWith('role ') ? scene.spoilt.size > 0 : scene.spoilt.has(to as NodeId));
    const queued = (sender: string, key: string, value: Json | undefined): void => {
      const row = value as { kind: string; body: Json } | undefined;
      const id = row === undefined ? rows.get(`${sender} ${key}`) : testimonyIn(row.kind, row.body)?.id;
      const message = id === undefined ? undefined : messages.get(id);
      if (id === undefined || message === undefined) return;
      rows.set(`${sender} ${key}`, id);
      message.waiting = row !== undefined;
    };

    return {
      see: (observation) => {
        if (observation.what === 'called' || observation.what === 'returned') {
          const { kind, node, key, input, outcome } = observation.operation;
          if (kind !== 'send') return;
          const { id } = input as { id: string };
          const sender = scene.nodes[node];
          const known = messages.get(id);
          if (known !== undefined) known.accepted ||= outcome?.ok === true;
          else if (sender !== undefined)
            messages.set(id, { sender, to: key, accepted: false, waiting: false, buried: false, taken: false });
          look(id);
        }
        if (observation.what !== 'flushed') return;
        const touched = new Set<string>();
        const { node, writes } = observation;
        for (const write of writes) {
          const value = 'value' in write ? write.value : undefined;
          if (write.table === 'outbox' && write.key.startsWith('row/')) {
            queued(node.id, write.key, value);
            touched.add(rows.get(`${node.id} ${write.key}`) ?? '');
          } else if (write.table === 'deadLetters' && value !== undefined) {
            const letter = value as unknown as { kind: string; body: Json };
            const id = testimonyIn(letter.kind, letter.body)?.id ?? '';
            const message = messages.get(id);
            if (message !== undefined) message.buried = true;
            touched.add(id);
          } else if (write.table === 'facts' && write.key.startsWith(TAKEN)) {
            const id = write.key.slice(TAKEN.length);
            const message = messages.get(id);
            if (message !== undefined) message.taken = true;
            touched.add(id);
          }
        }
        for (const id of touched) look(id);
      },
    };
  },
};
