/**
 * What `peertree genome new` writes: a small cell type that is right as it stands, with a comment beside whatever its
 * author will want to change.
 *
 * @example starter('bookShelf', './genome.schema.json')
 */
export function starter(name: string, schema: string): string {
  return `# yaml-language-server: $schema=${schema}
#
# ${name} counts things: each counter is an entity, a small state machine with a key of its own, kept on several nodes.
# \`peertree genome check FILE\` tells what is wrong with this file, and where; \`peertree genome explain FILE\` what it
# means; \`peertree genome explain WORD\` what a word of it means, such as entity, receptor or after.

genome: ${name} # names the tree for ever; clones of one genome find each other by it
version: 0.1.0
summary: Counters that count up, and are forgotten when nobody has used them for a month.

organs:
  counters:
    kind: entity # a state machine for every key
    key: event.id # whose turn it is: the entity that has this key
    # What each counter remembers. A value gives the type; bounds stand in the long form.
    context:
      count: { type: integer, minimum: 0, maximum: 1000000, default: 0 }
    machine:
      initial: counting
      # Taken in any state. It changes nothing, so a receptor may ask it by GET.
      on:
        show: { reply: { count: context.count, state: state } }
      states:
        counting:
          on:
            # Expressions are CEL. The first transition whose guard is true is taken.
            add:
              - guard: context.count + event.by <= 1000000
                assign: { count: context.count + event.by } # done first
                reply: { count: context.count } # sees the new count
                emit: { to: changes.publish, with: { id: key, count: context.count } }
              - refuse: too-large # changes nothing, and answers with this error
            # Asked to, it starts anew.
            reset: { target: counting, reenter: true, assign: { count: 0 }, reply: { count: context.count } }
          # Timers are durable: they go on after a crash, wherever the counter lives then.
          after:
            30d: forgotten
        forgotten: { type: final } # the end of the counter: nothing of it is kept

  changes:
    kind: topic # whoever subscribes hears of every change
    message: { id: string, count: integer }

# The requests that every node answers alike over HTTPS: a method with its path, and what it is for. \`access\` says who
# may ask: loopback (only this machine), public, passport, peers, or a list of key ids.
receptors:
  showCounter: { get: '/${name}/{id}', to: counters.show, access: loopback }
  addToCounter:
    post: /${name}/{id}/add
    to: counters.add
    access: loopback
    input: { by: { type: integer, minimum: 1, maximum: 100, default: 1 } } # the body
  resetCounter: { post: '/${name}/{id}/reset', to: counters.reset, access: loopback }
  watchChanges: { get: /${name}-changes, to: changes.subscribe, access: loopback }

# Bounds of one cell; a receptor may have its own.
limits: { body: 4KiB, rate: 1000/s, ratePerKey: 100/s }
`;
}
