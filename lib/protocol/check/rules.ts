// What the static checks look for. Severity is what hosts do: an `error` is refused (EINVAL) or puts the context into
// its error state, a `warning` is ignored, skipped, or may be wrong.
// Facts: virglrenderer src/vrend/vrend_decode.c, src/vrend/vrend_renderer.c.

/** What a host does about it. */
export type Severity = 'error' | 'warning';

interface Rule {
  readonly severity: Severity;
  /** The rule, as a sentence. */
  readonly doc: string;
}

/** Every rule by its id. */
export const CHECK_RULES = {
  'stream-length': { severity: 'warning', doc: 'A stream is whole dwords; hosts ignore the bytes behind the last one.' },
  'truncated': { severity: 'error', doc: 'A payload ends before the stream does.' },
  'opcode': { severity: 'error', doc: 'An opcode is one that the release knows.' },
  'object-type': { severity: 'error', doc: 'CREATE_OBJECT makes one of the kinds that the release knows.' },
  'length': { severity: 'error', doc: 'A payload has a length that its command allows.' },
  'length-odd': { severity: 'warning', doc: 'Dwords that make no whole item are ignored.' },
  'extra-dwords': { severity: 'warning', doc: 'Dwords behind the last field are ignored.' },
  'header-type': { severity: 'warning', doc: 'Bits 8–15 of a header are 0 unless the command has an object type.' },
  'count': { severity: 'error', doc: 'Counts keep to the limits of the host and to the payload.' },
  'handle-zero': { severity: 'error', doc: 'A new object has a handle that is not 0.' },
  'handle-reused': { severity: 'warning', doc: 'A new object with the handle of a living one destroys that one.' },
  'handle-unknown': { severity: 'error', doc: 'What is bound or used exists in the sub-context and is of the right kind.' },
  'handle-ignored': { severity: 'warning', doc: 'What does not exist, or is of another kind, is ignored here.' },
  'bind-type': { severity: 'error', doc: 'BIND_OBJECT binds BLEND, RASTERIZER, DSA or VERTEX_ELEMENTS.' },
  'sub-context': { severity: 'warning', doc: 'Sub-contexts are made once, then used, then destroyed; 0 stays.' },
  'stage': { severity: 'error', doc: 'A shader stage is 0 to 5.' },
  'stage-ignored': { severity: 'warning', doc: 'BIND_SHADER ignores a shader of another stage, and stages above 5.' },
  'slots': { severity: 'error', doc: 'First slot and count stay within the slots of the host.' },
  'index': { severity: 'error', doc: 'Indices of slots stay below the number of slots.' },
  'format': { severity: 'error', doc: 'A format is one that the release knows, and not NONE where texels are read.' },
  'format-unnamed': { severity: 'warning', doc: 'A format number between known ones means nothing.' },
  'value': { severity: 'error', doc: 'A value is one that the host accepts.' },
  'value-unknown': { severity: 'warning', doc: 'A value or flag has a meaning.' },
  'query-type': { severity: 'warning', doc: 'A query type is one that the host maps to GL; others make a query that does not work.' },
  'query-order': { severity: 'warning', doc: 'A query begins, then ends, one of a type at a time, before its result is used; TIMESTAMP only ends.' },
  'framebuffer-empty': { severity: 'error', doc: 'A framebuffer with colour buffers has at least one that is no hole.' },
  'layers': { severity: 'error', doc: 'The last layer of a view does not come before the first.' },
  'view-range': { severity: 'warning', doc: 'A view has levels, layers and elements that its resource has.' },
  'view-kind': { severity: 'warning', doc: 'A texture is seen in a format of as many bytes, depth as depth, and as a target that suits its own.' },
  'gl-value': { severity: 'warning', doc: 'Viewports, scissors, draws, grids, points and lines have sizes that every GL takes.' },
  'vertex-layout': { severity: 'warning', doc: 'Offsets in a vertex are below 2048 and strides up to 2048, which is what every GL takes.' },
  'layers-order': { severity: 'warning', doc: 'The last layer of a texture does not come before the first; buffers have no layers.' },
  'framebuffer-missing': { severity: 'warning', doc: 'What draws or clears has a framebuffer with surfaces, or one of SET_FRAMEBUFFER_STATE_NO_ATTACH.' },
  'vertex-buffer-missing': { severity: 'warning', doc: 'Vertex elements have a buffer to read from in a draw; without one, hosts may crash.' },
  'draw-incomplete': { severity: 'warning', doc: 'A draw without vertex elements, shaders or index buffer is dropped.' },
  'index-size': { severity: 'warning', doc: 'An index has 1, 2 or 4 bytes.' },
  'shader-order': { severity: 'error', doc: 'Packets of a long shader follow each other, with one handle per stage.' },
  'shader-length': { severity: 'error', doc: 'The packets of a shader have as many dwords as its length tells.' },
  'shader-nul': { severity: 'error', doc: 'A shader text ends with a NUL in its last dword.' },
  'shader-tokens': { severity: 'error', doc: 'numTokens bounds the tokens of the text, less ten.' },
  'shader-unfinished': { severity: 'warning', doc: 'A long shader is complete before it is used; in a draw, hosts may crash.' },
  'range-unchecked': { severity: 'warning', doc: 'A range of a buffer is not empty, is aligned, and lies inside of its buffer; hosts leave that to GL, which may crash.' },
  'stream-output': { severity: 'warning', doc: 'A captured output is 1 to 4 channels of one register in one of 4 buffers, whose strides are up to 64 dwords.' },
  'resource-zero': { severity: 'error', doc: 'Resource 0 does not exist; where it stands for none, it may be given.' },
  'resource-unknown': { severity: 'error', doc: 'A resource is attached to the context.' },
  'resource-kind': { severity: 'error', doc: 'A resource has the target and bind flags that its use needs.' },
  'resource-target': { severity: 'warning', doc: 'Vertices, indices, constants, storage, arguments and results are in buffers of GL, which those with bind CUSTOM or STAGING are not; pictures are in textures. With others, hosts may crash.' },
  'buffer-range': { severity: 'error', doc: 'A storage buffer lies inside of its resource; releases before 1.0 do not look.' },
  'resource-shape': { severity: 'error', doc: 'A new resource has a shape that virglrenderer can make.' },
  'level': { severity: 'error', doc: 'A level is one that the resource has.' },
  'box': { severity: 'error', doc: 'A box lies inside of its level.' },
  'box-unchecked': { severity: 'warning', doc: 'A box lies inside of its level; this release lets the driver find out.' },
  'data-length': { severity: 'error', doc: 'The data of an inline write fills its box.' },
  'backing': { severity: 'error', doc: 'What is moved lies inside of the memory that is attached to the resource.' },
  'stride': { severity: 'error', doc: 'Rows and layers of a transfer are as long as those of its box.' },
  'release': { severity: 'warning', doc: 'A field or flag is one that the release knows.' },
  'video': { severity: 'warning', doc: 'Video commands need a host that is built with video.' },
  'video-off': { severity: 'error', doc: 'This host is built without video and refuses its commands.' },
} as const satisfies Record<string, Rule>; // prettier-ignore

/** Id of a rule. */
export type CheckRule = keyof typeof CHECK_RULES;
