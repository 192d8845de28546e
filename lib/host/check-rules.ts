// Rules between the arguments of one call: what virglrenderer does not check itself, or not on every release.
// Facts: check_iov_bounds() and vrend_renderer_get_cursor_contents() in virglrenderer's vrend_renderer.c.

import { invalidArgument } from '../protocol/error';
import { type FormatLayout, formatLayout } from '../protocol/format-layout';
import type { CheckedArguments } from './call-table';
import type { HostLedger } from './ledger';
import type { Box, HostCallName, ResourceCreateArgs } from './render-host';

type Rule = (operation: HostCallName, args: CheckedArguments, ledger: HostLedger) => void;

const SPAN_LIMIT = 2 ** 32;

const createdBy = (args: CheckedArguments, ledger: HostLedger): ResourceCreateArgs | undefined =>
  ledger.resources.get(args.resourceId as number)?.created;

const blocks = (size: number, level: number, block: number): number =>
  Math.ceil(Math.max(1, Math.floor(size / 2 ** level)) / block);

const layoutOf = (format: number): FormatLayout | undefined => {
  try {
    return formatLayout(format);
  } catch {
    return undefined; // virglrenderer does not know it either
  }
};

// The library adds up what a transfer touches in 32 bits: a longer one would pass its check and leave the memory.
const transferSpan: Rule = (operation, args, ledger) => {
  const created = createdBy(args, ledger);
  const layout = created && layoutOf(created.format);
  if (created === undefined || layout === undefined) return;
  const { level, stride, layerStride, box } = args as {
    level: number;
    stride: number;
    layerStride: number;
    box: Box;
  };
  const { blockWidth, blockHeight, blockBytes } = layout;
  const rowBytes = stride || blocks(created.width, level, blockWidth) * blockBytes;
  const layerBytes = layerStride || rowBytes * blocks(created.height ?? 1, level, blockHeight);
  const lastRowBytes = blocks(box.w, 0, blockWidth) * blockBytes;
  const span =
    (Math.max(1, box.d) - 1) * layerBytes + (blocks(box.h, 0, blockHeight) - 1) * rowBytes + lastRowBytes;
  if (span < SPAN_LIMIT) return;
  throw invalidArgument(
    operation,
    'box',
    'a box that spans less than 4 GiB with these strides',
    `${span} bytes`,
    {
      resourceId: args.resourceId as number,
    },
  );
};

const isTexture: Rule = (operation, args, ledger) => {
  if (createdBy(args, ledger) !== undefined) return;
  throw invalidArgument(operation, 'resourceId', 'a texture made by resourceCreate', args.resourceId);
};

// The library counts compressed pixels as if each had a block of its own, and leaves its buffer; of rows that GL pads to
// four bytes it returns memory that nobody wrote to.
const isCursor: Rule = (operation, args, ledger) => {
  isTexture(operation, args, ledger);
  const format = createdBy(args, ledger)?.format;
  const layout = format === undefined ? undefined : layoutOf(format);
  const width = createdBy(args, ledger)?.width ?? 0;
  if (layout !== undefined && layout.blockWidth === 1 && (width * layout.blockBytes) % 4 === 0) return;
  const expected = 'an uncompressed texture with rows of whole dwords';
  throw invalidArgument(operation, 'resourceId', expected, args.resourceId);
};

const RULES: { [Name in HostCallName]?: Rule } = {
  transferReadIov: transferSpan,
  transferWriteIov: transferSpan,
  getRect: isTexture,
  getCursorData: isCursor,
};

/** Checks arguments that are fine one by one against each other. @throws VirglError */
export const checkRules: Rule = (operation, args, ledger) => RULES[operation]?.(operation, args, ledger);
