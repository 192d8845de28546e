// A .glb file as plain data: what to draw where, with which pictures.

import { type Material, NodeIO, type Primitive, type Texture } from '@gltf-transform/core';
import type { mat4, vec4 } from 'gl-matrix';
import { decodePng, type Image } from 'virgl';

/** In the order in which they lie in a vertex: 3 + 3 + 4 + 2 floats. */
const ATTRIBUTES = ['POSITION', 'NORMAL', 'TANGENT', 'TEXCOORD_0'];
export const VERTEX_STRIDE_BYTES = 12 * 4;

/** How a surface looks. */
export interface Look {
  /** Multiplies the colour of the texture. */
  factor: vec4;
  colour: Image;
  /** Directions, packed as colours. */
  normal: Image;
}

/** Triangles with one look. */
export interface Piece {
  vertices: Float32Array;
  indices: Uint16Array;
  look: Look;
}

/** A piece at its place. The same piece may stand at several. */
export interface Placed {
  piece: Piece;
  worldFromModel: mat4;
}

const expected = (what: string): never => {
  throw new Error(`this example expects ${what}`);
};

/** Calls `make` once for each key. */
const once = <Key, Value>(make: (key: Key) => Value): ((key: Key) => Value) => {
  const made = new Map<Key, Value>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
};

const loadImage = (texture: Texture | null | undefined): Image => {
  const bytes = texture?.getMimeType() === 'image/png' ? texture.getImage() : null;
  return decodePng(bytes ?? expected('PNG textures for base colour and normal'));
};

const loadLook = once((material: Material | null): Look => ({
  factor: material?.getBaseColorFactor() ?? [1, 1, 1, 1],
  colour: loadImage(material?.getBaseColorTexture()),
  normal: loadImage(material?.getNormalTexture()),
}));

const loadPiece = once((primitive: Primitive): Piece => {
  const accessors = ATTRIBUTES.map((name) => primitive.getAttribute(name) ?? expected(`meshes with ${name}`));
  const vertices = Array.from({ length: accessors[0].getCount() }, (_, vertex) =>
    accessors.flatMap((accessor) => accessor.getElement(vertex, [])),
  );
  const indices = primitive.getIndices()?.getArray();
  return {
    vertices: Float32Array.from(vertices.flat()),
    indices: indices instanceof Uint16Array ? indices : expected('16 bit indices'),
    look: loadLook(primitive.getMaterial()),
  };
});

/** Everything in the file's default scene. */
export const loadModel = async (file: string): Promise<Placed[]> => {
  const document = await new NodeIO().read(file);
  const placed: Placed[] = [];
  document
    .getRoot()
    .getDefaultScene()
    ?.traverse((node) => {
      // A node's world matrix has those of its parents in it.
      const worldFromModel = node.getWorldMatrix();
      for (const primitive of node.getMesh()?.listPrimitives() ?? [])
        placed.push({ piece: loadPiece(primitive), worldFromModel });
    });
  return placed;
};
