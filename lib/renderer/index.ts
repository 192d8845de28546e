// The typed classes that scripts use.

export { BufferPool } from './buffer-pool';
export { Context, type ContextOptions, type SubContextOptions } from './context';
export { ContextObject } from './context-object';
export type {
  BufferRange,
  ContextState,
  Framebuffer,
  PerStage,
  ShaderImage,
  VertexBuffer,
  ViewportRectangle,
} from './context-state';
export type {
  BlitArguments,
  BlitSide,
  ClearValues,
  CopyArguments,
  DrawArguments,
  GridArguments,
} from './drawing';
export { Fence } from './fence';
export * from './objects';
export { Query, type QueryDescriptor, type QueryResultBuffer } from './query';
export { Renderer, type RendererOptions } from './renderer';
export type { RendererInfo } from './renderer-info';
export type { RendererFeatures, RendererLimits } from './renderer-limits';
export { type ReadOptions, type Region, Resource, type ResourceDescriptor } from './resource';
export { Shader, type ShaderDescriptor, type StageName } from './shader';
