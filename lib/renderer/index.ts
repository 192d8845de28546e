// The typed classes that scripts use.

export { Context, type ContextOptions } from './context';
export { Renderer, type RendererOptions } from './renderer';
export { describeRenderer, type RendererInfo } from './renderer-info';
export { type Region, Resource, type ResourceDescriptor } from './resource';
