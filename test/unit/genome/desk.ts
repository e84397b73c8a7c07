/**
 * A small genome to be broken: lines of an entity's parts, each of which may be replaced. It is right as it stands.
 */
export interface Parts {
  readonly top?: string;
  readonly context?: string;
  readonly events?: string;
  readonly organ?: string;
  readonly on?: string;
  readonly states?: string;
  readonly organs?: string;
  readonly receptors?: string;
}

const STATES = `open: { on: { vote: { assign: { votes: context.votes + event.by }, reply: { votes: context.votes } }, close: closed } }
        closed: {}`;

const RECEPTORS = `vote: { post: '/d/{id}/votes', to: desk.vote }
  close: { post: '/d/{id}/close', to: desk.close }
  show: { get: '/d/{id}', to: desk.show }`;

/** The text of the genome; `desk` is its entity. */
export function desk(parts: Parts = {}): string {
  return `genome: desk
version: 1.0.0
${parts.top ?? ''}
organs:
  desk:
    kind: entity
    key: event.id
    context: ${parts.context ?? '{ votes: 0 }'}
    events: ${parts.events ?? '{ vote: { id: string, by: integer }, close: { id: string }, show: { id: string } }'}
    ${parts.organ ?? 'idle: 1m'}
    machine:
      initial: open
      on: ${parts.on ?? '{ show: { reply: { votes: context.votes } } }'}
      states:
        ${parts.states ?? STATES}
  ${parts.organs ?? ''}
receptors:
  ${parts.receptors ?? RECEPTORS}
`;
}
