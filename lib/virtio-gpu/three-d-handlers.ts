// 3D: resources of any kind, transfers, command streams.

import { levelOf, overflows } from '../protocol/check/boxes';
import { resourceFaults } from '../protocol/check/resource-shape';
import { TextureTarget } from '../protocol/enums';
import { VirglError } from '../protocol/error';
import { imageBytes } from '../protocol/image-bytes';
import type { CommandFields } from './commands';
import { type GpuContext, isVirgl } from './contexts';
import type { DeviceState } from './device-state';
import { CommandFault, invalidParameter, unexpected } from './faults';
import { type Handlers, orFault, type ReceivedCommand } from './handler';
import { backingOf } from './resource-handlers';
import type { GpuResource, ResourceDescription } from './resources';
import { checkBefore, explainRefusal } from './stream-checks';

type CreateFields = CommandFields<'RESOURCE_CREATE_3D'>;
type TransferFields = CommandFields<'TRANSFER_TO_HOST_3D'>;

const describe3d = (fields: CreateFields): ResourceDescription => {
  const { resourceId: id, target, format, width, height, depth, arraySize, lastLevel, bind, flags } = fields;
  const image = { format, width, height, depth, arraySize };
  const sizeBytes = target === TextureTarget.BUFFER ? width : imageBytes(fields);
  return { id, target, ...image, lastLevel, bind, flags, sizeBytes };
};

const shapeFault = ({ nrSamples, ...fields }: CreateFields, cause?: unknown): CommandFault | undefined => {
  const [fault] = resourceFaults({ ...fields, samples: nrSamples });
  if (fault === undefined) return undefined;
  const { field, message } = fault;
  return new CommandFault('ERR_INVALID_PARAMETER', `${field}: ${message}`, { field, cause });
};

/** The context of a transfer, if it has one, which must know the resource: virglrenderer would give the context up. */
const checkUse = ({ guest }: DeviceState, contextId: number, resourceId: number): void => {
  if (contextId === 0 || guest.contexts.get(contextId).resources.has(resourceId)) return;
  throw unexpected(
    'ERR_INVALID_RESOURCE_ID',
    'resource_id',
    `a resource of context ${contextId}`,
    resourceId,
    {
      resourceId,
    },
  );
};

const checkTransferBox = (resource: GpuResource, { box, level }: TransferFields): void => {
  if (resource.blob !== undefined) return;
  if (level > resource.lastLevel) throw invalidParameter('level', `at most ${resource.lastLevel}`, level);
  const [found] = overflows(box, levelOf(resource, level));
  if (found !== undefined) throw invalidParameter('box', 'a box inside of the level', found);
};

const checkedTransfer = (state: DeviceState, fields: TransferFields, { contextId }: ReceivedCommand) => {
  const { resourceId, level, stride, layerStride, box, offset } = fields;
  const resource = state.guest.resources.get(resourceId);
  checkUse(state, contextId, resourceId);
  checkTransferBox(resource, fields);
  // A blob of the host has memory of its own.
  if (resource.blob === undefined) backingOf(resource);
  return { resourceId, contextId, level, stride, layerStride, box, offset };
};

const DWORD_BYTES = 4;

/** The stream where it is, if that is on whole dwords. */
const streamAt = ({ view, tailAt }: ReceivedCommand, size: number): Uint32Array => {
  const at = view.byteOffset + tailAt;
  const dwords = Math.floor(size / DWORD_BYTES);
  if (at % DWORD_BYTES === 0) return new Uint32Array(view.buffer, at, dwords);
  return new Uint32Array(new Uint8Array(view.buffer).slice(at, at + dwords * DWORD_BYTES).buffer);
};

const lostFault = (context: GpuContext, why: VirglError): CommandFault =>
  new CommandFault(
    'ERR_INVALID_CONTEXT_ID',
    `context ${context.id} is in its error state since: ${why.message}`,
    { field: 'ctx_id', value: context.id, isKnown: true },
  );

const submitRefused = (context: GpuContext, commands: Uint32Array, error: unknown): unknown => {
  if (!(error instanceof VirglError)) return error;
  if (error.code === 'ERR_VIRGL_CONTEXT_LOST') {
    if (context.lost !== undefined) return lostFault(context, context.lost);
    context.lost = error;
  }
  return isVirgl(context.capsetId) ? explainRefusal(context, commands, error) : error;
};

/** By command. */
export const THREE_D_HANDLERS: Handlers<
  'RESOURCE_CREATE_3D' | 'TRANSFER_TO_HOST_3D' | 'TRANSFER_FROM_HOST_3D' | 'SUBMIT_3D'
> = {
  RESOURCE_CREATE_3D: (state, fields) => {
    const { guest, host, strict } = state;
    const fault = strict ? shapeFault(fields) : undefined;
    if (fault !== undefined) throw fault;
    const resource = guest.resources.add(describe3d(fields));
    return orFault(host.resourceCreate(fields), (error) => {
      guest.resources.remove(resource);
      // The checks have better words than "invalid argument".
      return shapeFault(fields, error) ?? error;
    });
  },

  TRANSFER_TO_HOST_3D: (state, fields, command) =>
    state.host.transferWriteIov(checkedTransfer(state, fields, command)),

  TRANSFER_FROM_HOST_3D: (state, fields, command) =>
    state.host.transferReadIov(checkedTransfer(state, fields, command)),

  SUBMIT_3D: (state, { size }, command) => {
    const { contextId } = command;
    const context = state.guest.contexts.get(contextId);
    if (context.lost !== undefined) throw lostFault(context, context.lost);
    const commands = streamAt(command, size);
    if (context.checker !== undefined) checkBefore(context, commands);
    return orFault(state.host.submitCmd({ contextId, commands }), (error) =>
      submitRefused(context, commands, error),
    );
  },
};
