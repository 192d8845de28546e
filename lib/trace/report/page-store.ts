// Pictures and texts of the page, each kept once, and the bound on how large all of them may be.

import { createHash } from 'node:crypto';
import { encodePng, type Image } from '../../image';
import type { PagePicture } from './page-data';
import { pictureOf, shrunk } from './texels';
import type { PartBytes } from './read-resource';

const THUMB_PIXELS = 216;

/** What the pictures of a page are kept in. */
export class PageStore {
  readonly pictures: string[] = [];
  readonly texts: string[] = [];
  readonly #known = new Map<string, number>();
  readonly #textIndex = new Map<string, number>();
  #bytes = 0;
  /** Pictures that did not fit. */
  leftOut = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly maxPixels: number,
  ) {}

  /** The index of a text. */
  text(text: string): number {
    let index = this.#textIndex.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.#textIndex.set(text, index);
    }
    return index;
  }

  /** The index of a picture's URL, or undefined if the page is full. */
  #url(image: Image): number | undefined {
    const key = `${image.width}x${image.height}:${createHash('sha1').update(image.data).digest('hex')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#bytes >= this.maxBytes) {
      this.leftOut += 1;
      return undefined;
    }
    const url = `data:image/png;base64,${Buffer.from(encodePng(image)).toString('base64')}`;
    this.#bytes += url.length;
    const index = this.pictures.push(url) - 1;
    this.#known.set(key, index);
    return index;
  }

  /** What was read as a picture of the page. */
  picture(format: number, formatName: string, part: PartBytes): PagePicture {
    if ('problem' in part) return part;
    const image = pictureOf(format, part.width, part.height, part.bytes);
    if (image === undefined) return { problem: `${formatName} has no picture` };
    return this.image(image);
  }

  /** An image as a picture of the page. Its size is told as it was, though it may be kept smaller. */
  image(image: Image): PagePicture {
    const url = this.#url(shrunk(image, this.maxPixels));
    if (url === undefined) return { problem: 'left out, because the page would become too large' };
    return { url, width: image.width, height: image.height };
  }

  /** A small picture for the strip. */
  thumb(format: number, part: PartBytes): number | undefined {
    if ('problem' in part) return undefined;
    const image = pictureOf(format, part.width, part.height, part.bytes);
    return image && this.#url(shrunk(image, THUMB_PIXELS));
  }
}
