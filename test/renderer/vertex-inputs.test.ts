// Vertex buffers land where virglrenderer looks for them when attributes step per instance.

import { NullHost, Renderer } from '../../lib';
import type { Context, Resource } from '../../lib';
import { Bind, decode, Format } from '../../lib/protocol';

/** The smallest capability set there is. */
const CAPSET_BYTES = 308;

const ELEMENTS = [
  { srcFormat: Format.R32G32_FLOAT },
  { srcFormat: Format.R32G32_FLOAT, vertexBufferIndex: 1, instanceDivisor: 1 },
  { srcFormat: Format.R32G32_FLOAT, vertexBufferIndex: 1, instanceDivisor: 1, srcOffset: 8 },
];

describe('vertex buffers of a context', () => {
  let context: Context;
  let buffers: Resource[];

  beforeEach(async () => {
    const renderer = await Renderer.open({
      host: new NullHost({ fillCaps: () => new Uint8Array(CAPSET_BYTES) }),
    });
    context = await renderer.createContext();
    const descriptor = { bind: Bind.VERTEX_BUFFER, data: new Uint8Array(64) };
    buffers = [await context.createBuffer(descriptor), await context.createBuffer(descriptor)];
  });

  const bound = () => buffers.map((resource) => ({ resource, stride: 16 }));

  /** Resources by slot of the last command that bound vertex buffers. */
  const slots = (): unknown => {
    const commands = [...decode(context.commands.view())];
    const last = commands.reverse().find(({ name }) => name === 'SET_VERTEX_BUFFERS');
    const { buffers: list } = last?.fields as { buffers: { resource: number }[] };
    return list.map(({ resource }) => resource);
  };

  test('without divisors they stay in their slots', () => {
    const vertexElements = context.createVertexElements({ elements: ELEMENTS.slice(0, 1) });
    context.setState({ vertexElements, vertexBuffers: bound() });
    expect(slots()).toEqual([buffers[0].id, buffers[1].id]);
  });

  test.each(['at once', 'elements first', 'buffers first'])(
    'with divisors each element has its own: %s',
    (order) => {
      const vertexElements = context.createVertexElements({ elements: ELEMENTS });
      const vertexBuffers = bound();
      if (order === 'at once') context.setState({ vertexElements, vertexBuffers });
      else if (order === 'elements first') {
        context.setState({ vertexElements });
        context.setState({ vertexBuffers });
      } else {
        context.setState({ vertexBuffers });
        context.setState({ vertexElements });
      }
      expect(slots()).toEqual([buffers[0].id, buffers[1].id, buffers[1].id]);
    },
  );

  test('they go back when elements without divisors follow', () => {
    context.setState({
      vertexElements: context.createVertexElements({ elements: ELEMENTS }),
      vertexBuffers: bound(),
    });
    context.setState({ vertexElements: context.createVertexElements({ elements: ELEMENTS.slice(0, 1) }) });
    expect(slots()).toEqual([buffers[0].id, buffers[1].id]);
  });
});
