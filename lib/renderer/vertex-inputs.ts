// Which vertex buffer stands in which slot of the host. virglrenderer gives slot N the divisor of element N, whatever slot
// that element reads (vrend_create_vertex_elements_state), so that with divisors each element needs a slot of its own.
// Mesa does the same (virgl_create_vertex_elements_state).

import type { ContextState, VertexBuffer } from './context-state';
import { VertexElements, type VertexElementsDescriptor } from './objects';

type Elements = VertexElementsDescriptor['elements'];

/** Elements as the host needs them, and which buffer each of its slots then takes. */
export const slotPerElement = (
  elements: Elements,
): { elements: Elements; bufferOfSlot?: readonly number[] } => {
  if (!Array.isArray(elements) || !elements.some((element) => element?.instanceDivisor > 0))
    return { elements };
  return {
    elements: elements.map((element, slot) => ({ ...element, vertexBufferIndex: slot })),
    bufferOfSlot: elements.map(({ vertexBufferIndex = 0 }) => vertexBufferIndex),
  };
};

/** The vertex elements and buffers of a context. */
export class VertexInputs {
  constructor(
    private readonly elements?: VertexElements | null,
    private readonly buffers?: readonly VertexBuffer[],
  ) {}

  /** These, once that state is set. */
  with(state: ContextState): VertexInputs {
    const { vertexElements = this.elements, vertexBuffers = this.buffers } = state ?? {};
    return new VertexInputs(vertexElements, vertexBuffers);
  }

  /** State in which the buffers stand where the elements look for them; as it is while a buffer is still missing. */
  apply(state: ContextState, before: VertexInputs): ContextState {
    const { buffers } = this;
    const bufferOfSlot = this.elements?.bufferOfSlot;
    const moved = bufferOfSlot !== before.elements?.bufferOfSlot;
    if (!Array.isArray(buffers) || (!moved && !state?.vertexBuffers)) return state;
    if (bufferOfSlot?.some((at) => at >= buffers.length)) return state;
    return { ...state, vertexBuffers: bufferOfSlot?.map((at) => buffers[at]) ?? buffers };
  }
}
