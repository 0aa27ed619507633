import { CairnError, concatBytes, fromUtf8 } from '@cairn/primitives';
import type { DeviceErrorCode } from './errors.ts';

const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Reads a JSON answer, and no more of it than its bound. @throws DEVICE_ANSWER_MALFORMED */
export async function readJson(response: Response): Promise<unknown> {
  const malformed = (why: string, cause?: unknown) =>
    new CairnError<DeviceErrorCode>('DEVICE_ANSWER_MALFORMED', why, { status: response.status }, { cause });
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > ANSWER_BYTES_MAX) throw malformed('the answer is too long');
    parts.push(part);
  }
  try {
    return JSON.parse(fromUtf8(concatBytes(...parts)));
  } catch (cause) {
    throw malformed('the answer is no JSON', cause);
  }
}
