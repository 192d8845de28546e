// What is here to run guests with.

import { findGuest, type GuestImage } from '../image/cache';
import { type AcceleratorUse, chooseAccelerator } from '../qemu/accelerator';
import { findQemu, type Qemu } from '../qemu/find';

/** What is there, and what to do about what isn't. */
export interface GuestFacts extends Partial<AcceleratorUse> {
  qemu?: Qemu;
  image?: GuestImage;
  /** Why no guest can be run here; empty if one can. */
  problems: string[];
}

/** Looks for QEMU and the image, and tries what QEMU can run it with. */
export const inspectGuests = async (): Promise<GuestFacts> => {
  const facts: GuestFacts = { problems: [] };
  const note = (error: unknown): undefined => {
    facts.problems.push(error instanceof Error ? error.message : String(error));
  };
  facts.qemu = await findQemu().catch(note);
  facts.image = await findGuest();
  if (facts.image === undefined) note('there is no test guest yet: run virgl guest build');
  if (facts.qemu !== undefined && facts.image !== undefined)
    Object.assign(facts, await chooseAccelerator(facts.qemu, facts.image, 'auto').catch(note));
  return facts;
};
