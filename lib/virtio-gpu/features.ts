// Feature bits of the device, and which of them a host can keep.
// Facts: virtio 1.2, section 5.7.3.

import type { HostFeatures } from '../host';
import { VirglError } from '../protocol/error';

/** Bit numbers, `VIRTIO_GPU_F_` dropped. */
export const FEATURE_BITS = {
  VIRGL: 0,
  EDID: 1,
  RESOURCE_UUID: 2,
  RESOURCE_BLOB: 3,
  CONTEXT_INIT: 4,
} as const;

/** The name of a feature. */
export type FeatureName = keyof typeof FEATURE_BITS;

/** Features not to offer, though the host has what they need. All are on by default. */
export type FeatureChoices = Partial<Record<FeatureName, boolean>>;

const NAMES = Object.keys(FEATURE_BITS) as FeatureName[];

/** The mask of some features. */
export const featureMask = (names: Iterable<FeatureName>): bigint => {
  let mask = 0n;
  for (const name of names) mask |= 1n << BigInt(FEATURE_BITS[name]);
  return mask;
};

/** The features in a mask. */
export const featuresIn = (mask: bigint): ReadonlySet<FeatureName> =>
  new Set(NAMES.filter((name) => (mask & featureMask([name])) !== 0n));

/** What a device can offer on a host; 3D only where a capability set has content. */
export const offeredFeatures = (
  host: HostFeatures,
  has3d: boolean,
  choices: FeatureChoices,
): ReadonlySet<FeatureName> => {
  const wants3d = has3d && choices.VIRGL !== false;
  const possible: Record<FeatureName, boolean> = {
    VIRGL: wants3d,
    EDID: true,
    RESOURCE_UUID: true,
    RESOURCE_BLOB: host.resourceCreateBlob,
    CONTEXT_INIT: wants3d,
  };
  return new Set(NAMES.filter((name) => possible[name] && choices[name] !== false));
};

/**
 * What a guest accepts.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for a feature that was not offered
 */
export const acceptedFeatures = (offered: bigint, accepted: bigint): ReadonlySet<FeatureName> => {
  if ((accepted & ~offered) !== 0n) {
    throw new VirglError(
      'ERR_VIRGL_ARGUMENT',
      `acceptFeatures: expected a part of 0x${offered.toString(16)} for features but received 0x${accepted.toString(16)}`,
      { operation: 'acceptFeatures', field: 'features', value: accepted },
    );
  }
  return featuresIn(accepted);
};
