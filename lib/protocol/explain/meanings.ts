// What numbers and names mean beside what the schema tells.
// Facts: virglrenderer src/vrend/vrend_decode.c, src/vrend/vrend_renderer.c, src/virglrenderer.c.

/** Errno values that virglrenderer returns or that its callers meet; `meaning` is virglrenderer's. */
export const ERRNOS: Readonly<Record<string, { value: number; meaning: string }>> = {
  EPERM: { value: 1, meaning: 'Not permitted.' },
  ENOENT: { value: 2, meaning: 'Nothing of this name; a render node or a library is missing.' },
  EIO: { value: 5, meaning: 'The device failed.' },
  EBADF: { value: 9, meaning: 'The file descriptor is closed or of the wrong kind.' },
  EAGAIN: { value: 11, meaning: 'Not now; try again.' },
  ENOMEM: { value: 12, meaning: 'No memory for an object or a shader, or numTokens was far too large.' },
  EACCES: { value: 13, meaning: 'No access; render nodes belong to the group render.' },
  EBUSY: { value: 16, meaning: 'In use.' },
  EEXIST: { value: 17, meaning: 'Exists already.' },
  ENODEV: { value: 19, meaning: 'No such device.' },
  EINVAL: {
    value: 22,
    meaning:
      'From submit: a command was refused (unknown opcode, wrong length, bad stage or slot, unknown resource or query, a shader that does not compile), the rest of the buffer was dropped, and the context is in its error state; or it was in that state before. From other calls: an unknown context or resource, or arguments that are not allowed.',
  },
  ENFILE: { value: 23, meaning: 'Too many open files in the system.' },
  EMFILE: { value: 24, meaning: 'Too many open files in the process.' },
  EPIPE: { value: 32, meaning: 'The other end has closed.' },
  ENOSYS: { value: 38, meaning: 'The function is not built in.' },
  ENOTSUP: { value: 95, meaning: 'Not supported by this host or this kind of resource.' },
  ETIME: { value: 62, meaning: 'The time ran out.' },
  ETIMEDOUT: { value: 110, meaning: 'The time ran out.' },
};

/** What puts a context in which error state. */
export const CONTEXT_ERROR_MEANINGS: Readonly<Record<string, string>> = {
  NONE: 'No error.',
  UNKNOWN: 'GL reported an error after a command, in a host that is built to look.',
  ILLEGAL_SHADER: 'A shader does not parse, translate or compile, or shaders do not link at a draw.',
  ILLEGAL_HANDLE: 'An object that is bound does not exist in the sub-context, or is of another kind.',
  ILLEGAL_RESOURCE:
    'A resource does not exist, is not attached to the context, or lacks the backing or kind that is needed.',
  ILLEGAL_SURFACE: 'A surface of the framebuffer does not exist, or all colour buffers are holes.',
  ILLEGAL_VERTEX_FORMAT: 'A vertex element has a format that vertices can not have.',
  ILLEGAL_CMD_BUFFER:
    'A command has a wrong length, stage, slot or handle, or runs past the end of the buffer.',
  GLES_HAVE_TES_BUT_MISS_TCS: 'OpenGL ES needs a tessellation control shader beside the evaluation shader.',
  GL_ANY_SAMPLES_PASSED: 'The host has no occlusion query.',
  ILLEGAL_FORMAT: 'A format number is 0 or one that the host does not know.',
  ILLEGAL_SAMPLER_VIEW_TARGET: 'The target of a sampler view is none.',
  TRANSFER_IOV_BOUNDS: 'A transfer leaves its box or its memory.',
  ILLEGAL_DUAL_SRC_BLEND: 'The host has no dual source blending.',
  UNSUPPORTED_FUNCTION: 'A command needs a function that the host does not have.',
  ILLEGAL_PROGRAM_PIPELINE: 'Separate shaders do not fit together.',
  TOO_MANY_VERTEX_ATTRIBUTES: 'A vertex shader reads more attributes than the host has.',
  UNSUPPORTED_TEX_WRAP: 'The host has no mirrored clamping; it uses MIRROR_REPEAT.',
  CUBE_MAP_FACE_OUT_OF_RANGE: 'A blit names a face of a cube map that does not exist.',
  BLIT_AREA_OUT_OF_RANGE: 'A blit leaves the layers of its resource.',
  SSBO_BINDING_RANGE: 'A storage buffer range leaves its resource.',
  RESOURCE_OUT_OF_RANGE: 'A copy leaves its resource.',
};

/** Prefixes that C names have and names here do not. */
export const PREFIXES =
  /^(?:VIRGL_CCMD_|VIRGL_OBJECT_|VIRGL_FORMAT_|VIRGL_BIND_|VIRGL_CAP_V2_|VIRGL_CAP_|VIRGL_ERROR_CTX_|VIRGL_ERROR_|VIRGL_RESOURCE_(?:FLAG_)?|VIRTGPU_DRM_CAPSET_|VIRTIO_GPU_CAPSET_|PIPE_(?:FORMAT|BIND|PRIM|SHADER|QUERY|BLENDFACTOR|BLEND|LOGICOP|FUNC|STENCIL_OP|POLYGON_MODE|FACE|TEX_WRAP|TEX_FILTER|TEX_MIPFILTER|TEX_COMPARE|SWIZZLE|MASK|CLEAR|BARRIER|MAP|TRANSFER|IMAGE_ACCESS|RENDER_COND)_|PIPE_)/i;
