// Enumerations and flag sets by the name that schema fields refer to them with, so that the schema stays plain
// data and printers can find the words for a number.

import * as enums from './enums';
import { Format } from './formats';

/** Enumerations that fields hold one value of. */
export const ENUMS = {
  BlendFactor: enums.BlendFactor,
  BlendFunc: enums.BlendFunc,
  CompareFunc: enums.CompareFunc,
  CompareMode: enums.CompareMode,
  CullFace: enums.CullFace,
  Format,
  ImageFilter: enums.ImageFilter,
  LogicOp: enums.LogicOp,
  MipFilter: enums.MipFilter,
  ObjectType: enums.ObjectType,
  PolygonMode: enums.PolygonMode,
  Primitive: enums.Primitive,
  QueryType: enums.QueryType,
  QueryValueType: enums.QueryValueType,
  RenderConditionMode: enums.RenderConditionMode,
  ShaderStage: enums.ShaderStage,
  SpriteCoordMode: enums.SpriteCoordMode,
  StencilOp: enums.StencilOp,
  Swizzle: enums.Swizzle,
  TextureTarget: enums.TextureTarget,
  TextureWrap: enums.TextureWrap,
  TransferDirection: enums.TransferDirection,
  Tweak: enums.Tweak,
  VideoEntrypoint: enums.VideoEntrypoint,
  VideoProfile: enums.VideoProfile,
} as const;

/** Flag sets that fields hold an or-ed mask of. */
export const FLAGS = {
  Barrier: enums.Barrier,
  Bind: enums.Bind,
  ChannelMask: enums.ChannelMask,
  Clear: enums.Clear,
  ClearSurfaceBuffers: enums.ClearSurfaceBuffers,
  CopyTransferFlag: enums.CopyTransferFlag,
  ImageAccess: enums.ImageAccess,
  ResourceFlag: enums.ResourceFlag,
  TextureBarrier: enums.TextureBarrier,
  TransferUsage: enums.TransferUsage,
} as const;

/** Name of one of {@link ENUMS}. */
export type EnumName = keyof typeof ENUMS;

/** Name of one of {@link FLAGS}. */
export type FlagsName = keyof typeof FLAGS;

/** A value of the named enumeration; other numbers are let through, since newer hosts may know more. */
export type EnumValue<N extends EnumName> =
  (typeof ENUMS)[N][keyof (typeof ENUMS)[N]] | (number & Record<never, never>);
