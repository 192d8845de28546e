// What somebody has not been told yet of one display. However much the guest does meanwhile, this stays small.

import type { Cursor, Rect } from '../../virtio-gpu';
import { clipped, type ScanoutSink, type Size, unionOf, wholeOf } from './scanout-sink';

/** Changes of one display that wait to be told. */
export class PendingChanges {
  /** What it shows; undefined for nothing. */
  size: Size | undefined;
  /** The size is another one than was told. */
  isResized = false;
  /** The part of it that has changed. */
  damage: Rect | undefined;
  cursor: Cursor | undefined;
  /** The cursor has another picture, or was shown or hidden. */
  isCursorChanged = false;
  isCursorMoved = false;
  /** When pixels were told last. */
  updatedMs = -Infinity;

  /** Whoever is told begins anew: tells all of it. */
  restart(): void {
    this.isResized = this.size !== undefined;
    this.damage = this.size && wholeOf(this.size);
    this.isCursorChanged = this.cursor !== undefined;
    this.isCursorMoved = false;
    this.updatedMs = -Infinity;
  }

  shown(size: Size | undefined): void {
    const isSame = size?.width === this.size?.width && size?.height === this.size?.height;
    this.size = size;
    if (isSame) return;
    this.isResized = true;
    this.damage = size && wholeOf(size);
  }

  damaged(damage: Rect): void {
    const inside = this.size && clipped(damage, this.size);
    if (inside !== undefined) this.damage = unionOf(this.damage, inside);
  }

  cursorChanged(cursor: Cursor): void {
    this.cursor = cursor;
    this.isCursorChanged = true;
    this.isCursorMoved = false;
  }

  cursorMoved({ x, y }: { x: number; y: number }): void {
    if (this.cursor === undefined) return;
    this.cursor = { ...this.cursor, x, y };
    this.isCursorMoved = true;
  }

  /** Whether there is something to tell that is not pixels. */
  get hasNews(): boolean {
    return this.isResized || (this.cursor !== undefined && (this.isCursorChanged || this.isCursorMoved));
  }

  /** When pixels are to be told next; Infinity while none have changed. */
  updateDueMs(intervalMs: number): number {
    const isDamaged = this.damage !== undefined && this.size !== undefined;
    // All who are told keep the same step, so that one read-back is for all of them.
    return isDamaged ? (Math.floor(this.updatedMs / intervalMs) + 1) * intervalMs : Infinity;
  }

  /** The part to be read now; it is told with that. */
  takeDamage(nowMs: number): Rect | undefined {
    const { damage } = this;
    this.damage = undefined;
    this.updatedMs = nowMs;
    return damage;
  }
}

/** Changes of all displays, as a sink. */
export class PendingDisplays implements ScanoutSink {
  readonly displays: readonly PendingChanges[];
  /** Displays from here on have never shown anything: guests have one or two, and all are looked at in every round. */
  usedCount = 0;

  constructor(count: number) {
    this.displays = Array.from({ length: count }, () => new PendingChanges());
  }

  shown(index: number, size: Size | undefined): void {
    this.#used(index)?.shown(size);
  }

  damaged(index: number, damage: Rect): void {
    this.#used(index)?.damaged(damage);
  }

  cursorChanged(index: number, cursor: Cursor): void {
    this.#used(index)?.cursorChanged(cursor);
  }

  cursorMoved(index: number, position: { x: number; y: number }): void {
    this.#used(index)?.cursorMoved(position);
  }

  #used(index: number): PendingChanges | undefined {
    this.usedCount = Math.max(this.usedCount, Math.min(index + 1, this.displays.length));
    return this.displays[index];
  }
}
