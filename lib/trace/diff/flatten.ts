// Nested values as names and words, and how two of them differ.

/** Words by the path of the value. */
export type FlatValues = Map<string, string>;

/** A value that is not the same. */
export interface FieldChange {
  field: string;
  /** Left out on the side that has no such field. */
  a?: string;
  b?: string;
}

const addTo = (values: FlatValues, path: string, value: unknown): void => {
  if (value === undefined) return;
  if (Array.isArray(value)) value.forEach((item, at) => addTo(values, `${path}[${at}]`, item));
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value))
      addTo(values, path === '' ? key : `${path}.${key}`, item);
  else if (typeof value === 'string' && value.includes('\n'))
    value.split('\n').forEach((line, at) => values.set(`${path} line ${at + 1}`, line));
  else values.set(path, String(value));
};

/** Lists by index, texts by line. */
export const flatten = (value: unknown): FlatValues => {
  const values: FlatValues = new Map();
  addTo(values, '', value);
  return values;
};

/** What is not the same, in the order of the first. */
export const fieldChanges = (a: FlatValues, b: FlatValues): FieldChange[] => {
  const changes: FieldChange[] = [];
  for (const [field, value] of a) {
    const other = b.get(field);
    if (other !== value) changes.push({ field, a: value, ...(other !== undefined && { b: other }) });
  }
  for (const [field, value] of b) if (!a.has(field)) changes.push({ field, b: value });
  return changes;
};
