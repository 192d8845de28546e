// Checks of surfaces and sampler views against the resource that they show: format, target, levels, layers, elements.

import { TextureTarget } from '../enums';
import { formatLayout, type FormatLayout } from '../format-layout';
import { formatName } from '../formats';
import { levelOf, resourceAt } from './boxes';
import { numberAt, type Check, type CheckResource, type Site } from './site';

/** How texels of a format lie in memory; undefined for planar formats, and for numbers that stand for none. */
export const layoutOrNone = (format: number): FormatLayout | undefined => {
  if (formatName(format) === undefined || format === 0) return undefined;
  try {
    return formatLayout(format);
  } catch {
    return undefined; // planar formats have none
  }
};

const checkRange = (
  { report }: Site,
  fields: readonly [string, string],
  range: readonly [number, number],
  most: number,
): void => {
  const [first, last] = range;
  const what = `expected a range from 0 to ${most} but found ${first} to ${last}`;
  if (first > most) report('view-range', what, fields[0]);
  else if (last > most) report('view-range', what, fields[1]);
};

// Targets that a texture can be seen as beside its own, as in ARB_texture_view.
const { TEXTURE_1D, TEXTURE_2D, TEXTURE_CUBE, TEXTURE_1D_ARRAY, TEXTURE_2D_ARRAY, TEXTURE_CUBE_ARRAY } =
  TextureTarget;
const LAYERED: readonly number[] = [TEXTURE_2D, TEXTURE_2D_ARRAY, TEXTURE_CUBE, TEXTURE_CUBE_ARRAY];
const TARGETS_OF: Readonly<Record<number, readonly number[]>> = {
  [TEXTURE_1D]: [TEXTURE_1D_ARRAY],
  [TEXTURE_1D_ARRAY]: [TEXTURE_1D],
  [TEXTURE_2D]: [TEXTURE_2D_ARRAY],
  [TEXTURE_2D_ARRAY]: LAYERED,
  [TEXTURE_CUBE]: LAYERED,
  [TEXTURE_CUBE_ARRAY]: LAYERED,
};

const isDepthOrStencil = ({ channels }: FormatLayout): boolean =>
  channels.some(({ name }) => name === 'Z' || name === 'S');

// Whether texels of one format can be read as those of the other, as far as their layouts tell.
const isViewable = (from: FormatLayout, to: FormatLayout): boolean =>
  from.blockBytes === to.blockBytes && isDepthOrStencil(from) === isDepthOrStencil(to);

/** Whether a texture can be seen in the format that a field tells. */
export const checkFormatOfView = (site: Site, resource: CheckResource, field: string): void => {
  const [own, view] = [resource.format, numberAt(site.values, field)].map(layoutOrNone);
  if (own === undefined || view === undefined || isViewable(own, view)) return;
  site.report('view-kind', `expected a format that ${own.name} can be seen as but found ${view.name}`, field);
};

const checkTargetOfView = ({ values, report }: Site, resource: CheckResource): void => {
  const target = numberAt(values, 'target');
  // 0 stands for the target of the resource.
  if (target === 0 || target === resource.target || TARGETS_OF[resource.target]?.includes(target)) return;
  report(
    'view-kind',
    `expected a target that ${resource.target} can be seen as but found ${target}`,
    'target',
  );
};

const ELEMENT_DWORDS = [4, 5] as const;

// Elements of a view of a buffer: two dwords that the decoder, who does not know the resource, may take for layers and
// levels.
const checkElements = (site: Site, resource: CheckResource): void => {
  const layout = layoutOrNone(numberAt(site.values, 'format'));
  if (layout === undefined) return;
  const last = Math.floor(resource.width / layout.blockBytes) - 1;
  const { payload } = site.command;
  const range = [payload[ELEMENT_DWORDS[0] - 1] ?? 0, payload[ELEMENT_DWORDS[1] - 1] ?? 0] as const;
  checkRange(site, ['firstElement', 'lastElement'], range, last);
};

/** What is made to see a resource: CREATE_OBJECT of surfaces and sampler views. */
export const checkView: Check = (site) => {
  const { values } = site;
  const resource = resourceAt(site, 'resource');
  if (resource === undefined) return;
  if (resource.target === TextureTarget.BUFFER) return checkElements(site, resource);
  checkFormatOfView(site, resource, 'format');
  checkTargetOfView(site, resource);
  const lastLevel = resource.lastLevel ?? 0;
  const isSurface = values['level'] !== undefined;
  const levels: readonly [string, string] = isSurface ? ['level', 'level'] : ['firstLevel', 'lastLevel'];
  checkRange(site, levels, [numberAt(values, levels[0]), numberAt(values, levels[1])], lastLevel);
  const { layers } = levelOf(resource, isSurface ? Math.min(numberAt(values, 'level'), lastLevel) : 0);
  checkRange(
    site,
    ['firstLayer', 'lastLayer'],
    [numberAt(values, 'firstLayer'), numberAt(values, 'lastLayer')],
    layers - 1,
  );
};
