// Makes assets/still-life.glb: a crate, a ball and a brick on a tiled floor. Colours and bumps come from formulas.
//   npx tsx examples/gltf/build-model.ts

import { Document, type Material, type Mesh, NodeIO } from '@gltf-transform/core';
import { quat } from 'gl-matrix';
import path from 'node:path';
import { encodePng } from 'virgl';
import { CUBE_VERTICES, cubeVertices } from '../cube';
import { type Rgb, type Surface, SURFACES } from './surfaces';

const FILE = path.join(__dirname, 'assets', 'still-life.glb');
const TEXTURE_SIZE = 128;
const BALL_SEGMENTS = 32;
const FLOATS_PER_VERTEX = 12;

type Triple = [number, number, number];

/** A picture by a formula of the middle of each texel. */
const paint = (colourAt: (u: number, v: number) => Rgb): Uint8Array => {
  const data = new Uint8Array(TEXTURE_SIZE ** 2 * 4).fill(255);
  for (let texel = 0; texel < TEXTURE_SIZE ** 2; texel += 1) {
    const [x, y] = [texel % TEXTURE_SIZE, Math.floor(texel / TEXTURE_SIZE)];
    data.set(colourAt((x + 0.5) / TEXTURE_SIZE, (y + 0.5) / TEXTURE_SIZE).map(Math.round), texel * 4);
  }
  return encodePng({ width: TEXTURE_SIZE, height: TEXTURE_SIZE, data });
};

/** glTF's normal textures: x along u, y against v, z away from the surface; -1 to 1 stored as 0 to 255. */
const normalAt =
  ({ height, steepness }: Surface) =>
  (u: number, v: number): Rgb => {
    const step = 1 / TEXTURE_SIZE;
    const x = (height(u - step, v) - height(u + step, v)) * steepness;
    const y = (height(u, v + step) - height(u, v - step)) * steepness;
    const length = Math.hypot(x, y, 1);
    return [x, y, 1].map((value) => (value / length + 1) * 127.5) as unknown as Rgb;
  };

const addMaterial = (document: Document, name: string, surface: Surface): Material => {
  const texture = (suffix: string, image: Uint8Array) =>
    document.createTexture(`${name} ${suffix}`).setImage(image).setMimeType('image/png');
  return document
    .createMaterial(name)
    .setBaseColorTexture(texture('colour', paint(surface.colour)))
    .setNormalTexture(texture('normal', paint(normalAt(surface))))
    .setMetallicFactor(0)
    .setRoughnessFactor(0.6);
};

/** Vertices as [position, normal, tangent with handedness, texture coordinates]. */
const addMesh = (
  document: Document,
  vertices: readonly number[][],
  indices: number[],
  material: Material,
): Mesh => {
  const buffer = document.getRoot().listBuffers()[0];
  const attribute = (type: 'VEC2' | 'VEC3' | 'VEC4', from: number, to: number) =>
    document
      .createAccessor()
      .setBuffer(buffer)
      .setType(type)
      .setArray(Float32Array.from(vertices.flatMap((vertex) => vertex.slice(from, to))));
  const primitive = document
    .createPrimitive()
    .setAttribute('POSITION', attribute('VEC3', 0, 3))
    .setAttribute('NORMAL', attribute('VEC3', 3, 6))
    .setAttribute('TANGENT', attribute('VEC4', 6, 10))
    .setAttribute('TEXCOORD_0', attribute('VEC2', 10, FLOATS_PER_VERTEX))
    .setIndices(document.createAccessor().setBuffer(buffer).setArray(Uint16Array.from(indices)))
    .setMaterial(material);
  return document.createMesh(material.getName()).addPrimitive(primitive);
};

/** The tangent of a face of the cube is where its u grows: normal × v, where v is up but for top and bottom. */
const cubeTangent = ([x, y, z]: number[]): number[] => (y === 0 ? [z, 0, -x, 1] : [1, 0, 0, 1]);

const addCube = (document: Document, material: Material): Mesh => {
  const floats = [...cubeVertices()];
  const vertices = Array.from({ length: CUBE_VERTICES }, (_, index) => {
    const [position, normal, uv] = [
      [0, 3],
      [3, 6],
      [6, 8],
    ].map(([from, to]) => floats.slice(index * 8 + from, index * 8 + to));
    return [...position, ...normal, ...cubeTangent(normal), ...uv];
  });
  return addMesh(document, vertices, [...vertices.keys()], material);
};

const addBall = (document: Document, material: Material): Mesh => {
  const row = BALL_SEGMENTS + 1;
  const vertices = Array.from({ length: row * row }, (_, index) => {
    const [u, v] = [(index % row) / BALL_SEGMENTS, Math.floor(index / row) / BALL_SEGMENTS];
    const [around, down] = [u * 2 * Math.PI, v * Math.PI];
    const normal = [Math.sin(down) * Math.sin(around), Math.cos(down), Math.sin(down) * Math.cos(around)];
    return [...normal, ...normal, Math.cos(around), 0, -Math.sin(around), 1, u, v];
  });
  const quads = [...vertices.keys()];
  const indices = quads
    .filter((at) => at % row < BALL_SEGMENTS && at < row * BALL_SEGMENTS)
    .flatMap((at) => [at, at + row, at + 1, at + 1, at + row, at + row + 1]);
  return addMesh(document, vertices, indices, material);
};

const build = (): Document => {
  const document = new Document();
  document.createBuffer();
  const [floor, wall, crate] = (['floor', 'bricks', 'crate'] as const).map((name) =>
    addCube(document, addMaterial(document, name, SURFACES[name])),
  );
  const ball = addBall(document, addMaterial(document, 'ball', SURFACES.ball));
  const node = (name: string, at: Triple, turn = 0) =>
    document
      .createNode(name)
      .setTranslation(at)
      .setRotation([...quat.fromEuler(quat.create(), 0, turn, 0)] as [number, number, number, number]);
  // A child node is turned and moved with its parent.
  const pile = node('pile', [-0.9, 0, 0], 35)
    .addChild(node('crate', [0, 0.8, 0]).setMesh(crate).setScale([0.8, 0.8, 0.8]))
    .addChild(node('ball', [0, 2.2, 0]).setMesh(ball).setScale([0.6, 0.6, 0.6]));
  const scene = document
    .createScene('still life')
    .addChild(node('floor', [0, -0.1, 0]).setMesh(floor).setScale([3, 0.1, 3]))
    .addChild(node('wall', [1.2, 0.7, -0.9], -20).setMesh(wall).setScale([1.2, 0.7, 0.5]))
    .addChild(node('small crate', [0.9, 0.4, 1.1], 15).setMesh(crate).setScale([0.4, 0.4, 0.4]))
    .addChild(pile);
  document.getRoot().setDefaultScene(scene);
  return document;
};

void new NodeIO().write(FILE, build()).then(() => console.log(`wrote ${FILE}`));
