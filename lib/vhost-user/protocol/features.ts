// Feature bits of vhost-user and of virtqueues. Facts: QEMU docs/interop/vhost-user.rst; virtio 1.2, sections 6 and 2.7.

/** Bits of the device features that are not the device's own. */
export const RING_FEATURES = {
  INDIRECT_DESC: 28,
  EVENT_IDX: 29,
  PROTOCOL_FEATURES: 30,
  VERSION_1: 32,
} as const;

/** Bits of the protocol features, `VHOST_USER_PROTOCOL_F_` dropped. */
export const PROTOCOL_FEATURES = {
  MQ: 0,
  REPLY_ACK: 3,
  CONFIG: 9,
  RESET_DEVICE: 13,
  CONFIGURE_MEM_SLOTS: 15,
} as const;

/** The mask of some bits. */
export const maskOf = (bits: Iterable<number>): bigint => {
  let mask = 0n;
  for (const bit of bits) mask |= 1n << BigInt(bit);
  return mask;
};

/** Whether a mask has a bit. */
export const hasBit = (mask: bigint, bit: number): boolean => ((mask >> BigInt(bit)) & 1n) === 1n;
