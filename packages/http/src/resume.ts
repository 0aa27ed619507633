import { type Cursor, parseCursor } from './frame-ring.ts';
import { httpError } from './problem.ts';

/** Where a client wants to go on; null: from now. @throws HTTP_REQUEST_INVALID */
export function resumeFrom(lastEventId: string | undefined): Cursor | null {
  if (lastEventId === undefined || lastEventId === '') return null;
  const cursor = parseCursor(lastEventId);
  if (cursor === null) throw httpError('HTTP_REQUEST_INVALID', 'Last-Event-ID is not an id of this stream');
  return cursor;
}
