// A whole trace in memory, for tests and tools.

import type { TraceMeta, TraceRecord } from '../model';
import { TraceAssembler } from './assembler';
import { encodeBeginning } from './file-header';
import { RecordWriter } from './record-codec';

/**
 * The bytes of a file with these records.
 * @throws VirglError `ERR_VIRGL_ARGUMENT` for a record that can't be written
 */
export const encodeTrace = (meta: TraceMeta, records: Iterable<TraceRecord>): Uint8Array => {
  const parts: Uint8Array[] = encodeBeginning(meta);
  const offset = parts.reduce((sum, { length }) => sum + length, 0);
  const assembler = new TraceAssembler(offset, (more) => {
    for (const bytes of more) parts.push(new Uint8Array(bytes));
  });
  const writer = new RecordWriter();
  for (const record of records) {
    writer.write(record);
    const head = writer.head.words.subarray(0, writer.head.length);
    if (writer.tail === undefined) assembler.add(head);
    else assembler.addWithTail(head, writer.tail.bytes, writer.tail.inline);
  }
  assembler.finish({});
  return Buffer.concat(parts);
};
