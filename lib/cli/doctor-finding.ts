// What the checks of `virgl doctor` are and find.

/** What a check found. */
export interface Finding {
  /** `bad` means that rendering can't work; `note` is worth knowing. */
  state: 'ok' | 'note' | 'bad';
  text: string;
  /** What to do about it. */
  advice?: string;
}

/** A check. */
export interface Check {
  name: string;
  run(): Promise<Finding> | Finding;
}
