import type { Arrow, Box, Graph } from './graph.ts';
import { type Layering, layer, type Spot } from './layers.ts';

/**
 * Where everything of a graph is drawn. Boxes are laid out from the inside out, those of one level in layers; an arrow
 * belongs to the innermost level that has both its ends. The whole depends on nothing but the graph, so that a picture
 * changes only where its genome does.
 */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** From the outside in. */
  readonly boxes: readonly PlacedBox[];
  readonly arrows: readonly PlacedArrow[];
}

export interface PlacedBox extends Rectangle {
  readonly box: Box;
}

export interface PlacedArrow {
  /** From the border of one box to that of the other. */
  readonly points: readonly Point[];
  readonly label: readonly string[];
  /** The middle of the label. */
  readonly at: Point;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rectangle extends Point {
  readonly width: number;
  readonly height: number;
}

/** Of the monospaced font that the pictures are set in, in pixels. */
export const LETTER_WIDTH = 7.3;
export const LINE_HEIGHT = 16;
const PADDING = 12;
const MARGIN = 20;

/** `right` puts the layers beside each other, `down` below each other. */
export type Direction = 'right' | 'down';

export function layOut(graph: Graph, direction: Direction): Layout {
  const painter = new Painter(joined(graph.arrows), graph.boxes, direction);
  const { width, height, boxes, routes } = painter.arrange(graph.boxes);
  const shift = { x: MARGIN, y: MARGIN };
  const placed = boxes.map((one) => ({ ...one, ...added(one, shift) }));
  return {
    width: Math.ceil(width + 2 * MARGIN),
    height: Math.ceil(height + 2 * MARGIN),
    boxes: placed,
    arrows: painter.draw(
      placed,
      routes.map((route) => movedRoute(route, shift)),
    ),
  };
}

/** Arrows from one box to another are drawn as one, with all their labels. */
function joined(arrows: readonly Arrow[]): Arrow[] {
  const byEnds = new Map<string, Arrow>();
  for (const { from, to, label } of arrows) {
    const ends = `${from} ${to}`;
    byEnds.set(ends, { from, to, label: [...(byEnds.get(ends)?.label ?? []), ...label] });
  }
  return [...byEnds.values()];
}

interface Route {
  readonly arrow: Arrow;
  readonly points: readonly Point[];
  readonly label: number;
}

interface Arranged {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly routes: readonly Route[];
}

const EMPTY: Arranged = { width: 0, height: 0, boxes: [], routes: [] };

class Painter {
  readonly #arrows: readonly Arrow[];
  readonly #direction: Direction;
  /** The boxes around each box, the outermost one first, itself last. */
  readonly #ways = new Map<string, readonly string[]>();

  constructor(arrows: readonly Arrow[], boxes: readonly Box[], direction: Direction) {
    this.#arrows = arrows;
    this.#direction = direction;
    this.#enter(boxes, []);
  }

  #enter(boxes: readonly Box[], around: readonly string[]): void {
    for (const { id, inside } of boxes) {
      this.#ways.set(id, [...around, id]);
      this.#enter(inside, [...around, id]);
    }
  }

  /** The boxes of one level with all inside them, and the ways of the arrows between them. */
  arrange(boxes: readonly Box[]): Arranged {
    if (boxes.length === 0) return EMPTY;
    const sizes = boxes.map((box) => ({ box, arranged: this.#size(box) }));
    const links = this.#linksBetween(boxes);
    const layering = layer(
      sizes.map(({ box, arranged }) => ({ id: box.id, ...this.#sides(arranged) })),
      links.map(({ from, to, arrow }) => ({ from, to, ...this.#sides(labelSize(arrow.label)) })),
    );
    const parts = sizes.map(({ box, arranged }) => this.#put(box, arranged, layering));
    const own = layering.routes.map(({ points, label }, index): Route[] => {
      const arrow = links[index]?.arrow;
      return arrow === undefined ? [] : [{ arrow, points: points.map((spot) => this.#point(spot)), label }];
    });
    const { x: width, y: height } = this.#point(layering);
    return {
      width,
      height,
      boxes: parts.flatMap((part) => part.boxes),
      routes: [...own.flat(), ...parts.flatMap((part) => part.routes)],
    };
  }

  #put(box: Box, arranged: Arranged, layering: Layering): Pick<Arranged, 'boxes' | 'routes'> {
    const { width, height } = arranged;
    const middle = this.#point(layering.nodes.get(box.id) ?? { across: 0, along: 0 });
    const corner = { x: middle.x - width / 2, y: middle.y - height / 2 };
    return {
      boxes: [{ box, ...corner, width, height }, ...arranged.boxes.map((one) => ({ ...one, ...added(one, corner) }))],
      routes: arranged.routes.map((route) => movedRoute(route, corner)),
    };
  }

  /** A box with room for its text, and below it for what is inside. */
  #size(box: Box): Arranged {
    if (box.kind === 'start') return { ...EMPTY, width: 14, height: 14 };
    if (box.kind === 'history') return { ...EMPTY, width: 32, height: 32 };
    const text = labelSize([box.title, ...box.lines]);
    const head = { width: text.width + 2 * PADDING, height: text.height + 2 * PADDING };
    if (box.inside.length === 0) return { ...EMPTY, ...head };
    const inside = this.arrange(box.inside);
    const width = Math.max(head.width, inside.width + 2 * PADDING);
    const corner = { x: (width - inside.width) / 2, y: head.height };
    return {
      width,
      height: head.height + inside.height + PADDING,
      boxes: inside.boxes.map((one) => ({ ...one, ...added(one, corner) })),
      routes: inside.routes.map((route) => movedRoute(route, corner)),
    };
  }

  /** Arrows as the boxes of one level see them: between those that the ends are in. */
  #linksBetween(boxes: readonly Box[]): { from: string; to: string; arrow: Arrow }[] {
    const here = new Set(boxes.map(({ id }) => id));
    const ownerOf = (id: string): string | undefined => this.#ways.get(id)?.find((owner) => here.has(owner));
    return this.#arrows.flatMap((arrow) => {
      const [from, to] = [ownerOf(arrow.from), ownerOf(arrow.to)];
      return from === undefined || to === undefined || from === to ? [] : [{ from, to, arrow }];
    });
  }

  #sides({ width, height }: { width: number; height: number }): { across: number; along: number } {
    return this.#direction === 'down' ? { across: width, along: height } : { across: height, along: width };
  }

  #point({ across, along }: Spot): Point {
    return this.#direction === 'down' ? { x: across, y: along } : { x: along, y: across };
  }

  /** The arrows from border to border. */
  draw(boxes: readonly PlacedBox[], routes: readonly Route[]): PlacedArrow[] {
    const byId = new Map(boxes.map((one) => [one.box.id, one]));
    return routes.flatMap(({ arrow, points, label }) => {
      const [start, end] = [byId.get(arrow.from), byId.get(arrow.to)];
      if (start === undefined || end === undefined) return [];
      const first = this.#port(start, points[0] ?? centre(end));
      const last = this.#port(end, points.at(-1) ?? centre(start));
      return [{ points: [first, ...points, last], label: arrow.label, at: points[label] ?? first }];
    });
  }

  /** Where an arrow leaves a box: on the side that faces where it goes, as near to that as the side is long. */
  #port(box: Rectangle, towards: Point): Point {
    const within = (value: number, from: number, length: number): number =>
      Math.min(Math.max(value, from + Math.min(8, length / 2)), from + length - Math.min(8, length / 2));
    if (this.#direction === 'down') {
      const y = towards.y > box.y + box.height / 2 ? box.y + box.height : box.y;
      return { x: within(towards.x, box.x, box.width), y };
    }
    const x = towards.x > box.x + box.width / 2 ? box.x + box.width : box.x;
    return { x, y: within(towards.y, box.y, box.height) };
  }
}

function labelSize(lines: readonly string[]): { width: number; height: number } {
  return { width: Math.max(0, ...lines.map((line) => line.length)) * LETTER_WIDTH, height: lines.length * LINE_HEIGHT };
}

function added(one: Point, other: Point): Point {
  return { x: one.x + other.x, y: one.y + other.y };
}

function movedRoute(route: Route, by: Point): Route {
  return { ...route, points: route.points.map((point) => added(point, by)) };
}

function centre({ x, y, width, height }: Rectangle): Point {
  return { x: x + width / 2, y: y + height / 2 };
}
