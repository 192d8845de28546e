// The picture in a render target, as recorders and players read it: level 0, whole, without gaps between rows.

import type { RenderHost } from '../../host';
import type { FramePicture } from '../model';
import { digestOf } from './places';
import type { PictureResource } from './watched-resource';

/** Which picture. */
export interface PictureSource {
  contextId: number;
  resource: PictureResource;
}

/** The pixels, once the host has read them. */
export const readPicture = async (
  host: RenderHost,
  { contextId, resource }: PictureSource,
): Promise<Uint8Array> => {
  const { layout, id } = resource;
  const { width, height } = layout.resource;
  const box = { x: 0, y: 0, z: 0, w: width, h: height, d: 1 };
  const { rowBytes, rows } = layout.extent({ level: 0, box });
  const into = new Uint8Array(rowBytes * rows);
  await host.transferReadIov({ resourceId: id, contextId, box, into });
  return into;
};

/** What a trace keeps of a picture. */
export const describePicture = ({ contextId, resource }: PictureSource, pixels: Uint8Array): FramePicture => {
  const { width, height, format } = resource.layout.resource;
  const { id: resourceId, blockBytes } = resource;
  return { ...digestOf(pixels, blockBytes), resourceId, contextId, width, height, format };
};
