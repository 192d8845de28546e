// What the page is made of, as JSON: the contract between what collects it and the scripts in assets/.

/** A picture of the page, by its index in {@link PageData.pictures}, or why there is none. */
export type PagePicture = { url: number; width: number; height: number } | { problem: string };

/** A table; the first cell of each row is its heading. */
export interface PageTable {
  caption?: string;
  head?: string[];
  rows: string[][];
}

/** A shader. `text` is an index in {@link PageData.texts}. */
export interface PageShader {
  stage: string;
  facts?: string;
  text?: number;
}

/** A part of the state that can be folded away. */
export interface PageSection {
  title: string;
  about?: string;
  open?: boolean;
  note?: string;
  tables?: PageTable[];
  shaders?: PageShader[];
  pictures?: { picture: PagePicture; caption: string }[];
}

/** What a line of the page's list is about. */
export type EntryKind =
  'draw' | 'clear' | 'compute' | 'transfer' | 'state' | 'call' | 'marker' | 'log' | 'error';

/** A line of the list, and what is shown when it is chosen. */
export interface PageEntry {
  id: number;
  kind: EntryKind;
  frame: number;
  name: string;
  text: string;
  /** Number of the command as `virgl trace dump` has it. */
  command?: number;
  where?: string;
  note?: string;
  problems?: string[];
  sections?: PageSection[];
  /** Indices in {@link PageData.texts}, for the search. */
  shaders?: number[];
  before?: PagePicture;
  after?: PagePicture;
  depth?: PagePicture;
  replayMs?: number;
}

/** A frame. */
export interface PageFrame {
  number: number;
  draws: number;
  counts: Partial<Record<EntryKind, number>>;
  ms?: number;
  /** Index in {@link PageData.pictures}. */
  thumb?: number;
  picture?: PagePicture;
  pictureIs?: string;
  facts?: [string, string][];
}

/** Everything on the page. */
export interface PageData {
  title: string;
  frames: PageFrame[];
  entries: PageEntry[];
  /** `data:` URLs. */
  pictures: string[];
  /** Shaders, each once. */
  texts: string[];
}
