// What a picture is made of: areas of one colour, drawings of few colours, photographs.

import type { Palette } from './palette';
import { cut, type PixelView, tilesOf } from './pixel-view';

const TILE = 64;
/** Most columns of a rectangle in Tight. */
const MOST_COLUMNS = 2048;

/** What an area consists of. */
export type Content = { kind: 'one'; colour: number } | { kind: 'few' } | { kind: 'many' };

/** An area with one kind of content. */
export interface Block {
  view: PixelView;
  content: Content;
}

/** Larger blocks are not made, so that they can be worked on at the same time, and their lengths fit. */
const MOST_PIXELS = { one: Infinity, few: 256 * 1024, many: 512 * 1024 } as const;

const contentOf = (tile: PixelView, palette: Palette, most: number): Content => {
  if (!palette.count(tile, most)) return { kind: 'many' };
  const { colours } = palette;
  return colours.length === 1 ? { kind: 'one', colour: colours[0] as number } : { kind: 'few' };
};

const isSame = (a: Content, b: Content): boolean =>
  a.kind === b.kind && !(a.kind === 'one' && b.kind === 'one' && a.colour !== b.colour);

const fits = ({ kind }: Content, width: number, height: number): boolean =>
  width <= MOST_COLUMNS && width * height <= MOST_PIXELS[kind];

/** Neighbours in a row of tiles that are the same become one. */
const blocksOfRow = (row: PixelView, palette: Palette, most: number): Block[] => {
  const blocks: Block[] = [];
  for (const view of tilesOf(row, TILE, TILE)) {
    const content = contentOf(view, palette, most);
    const last = blocks.at(-1);
    const width = (last?.view.width ?? 0) + view.width;
    if (last !== undefined && isSame(last.content, content) && fits(content, width, view.height))
      last.view = { ...last.view, width };
    else blocks.push({ view, content });
  }
  return blocks;
};

/**
 * Cuts a picture into blocks of one kind of content.
 * @param most more colours than that are many
 */
export const blocksOf = (view: PixelView, palette: Palette, most: number): Block[] => {
  const done: Block[] = [];
  let open: Block[] = [];
  for (const row of tilesOf(view, view.width, TILE)) {
    open = blocksOfRow(row, palette, most).map((block) => {
      const above = open.find(
        ({ view: { x, width }, content }) =>
          x === block.view.x && width === block.view.width && isSame(content, block.content),
      );
      const height = (above?.view.height ?? 0) + block.view.height;
      if (above === undefined || !fits(block.content, block.view.width, height)) {
        done.push(block);
        return block;
      }
      above.view = cut(above.view, { ...above.view, height });
      return above;
    });
  }
  return done;
};
