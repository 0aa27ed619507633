import { hash } from 'node:crypto';
import { toHex } from '@cairn/primitives';

/** Digests of values that nobody changes once they are made: messages and what is in them. */
const known = new WeakMap<object, string>();

/**
 * A digest of everything that can be reached from a value: equal digests, equal values. Private fields are seen when
 * `private-fields.ts` was imported first. Order in maps and sets counts; functions do not.
 * @param leftOut names of fields that are not looked at.
 */
export function digestOf(value: unknown, leftOut: ReadonlySet<string>): string {
  const parts: string[] = [];
  write(value, { parts, leftOut, path: new Map() });
  return hash('sha256', parts.join(' '), 'base64url');
}

interface Writing {
  readonly parts: string[];
  readonly leftOut: ReadonlySet<string>;
  /** Objects that are being written, by how deep they are: a way back up is written as its depth. */
  readonly path: Map<object, number>;
}

function write(value: unknown, writing: Writing): void {
  const { parts, path } = writing;
  if (typeof value === 'function') return;
  if (typeof value !== 'object' || value === null) {
    parts.push(typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? 'undefined'));
    return;
  }
  if (value instanceof Uint8Array) {
    parts.push(toHex(value));
    return;
  }
  const depth = path.get(value);
  if (depth !== undefined) {
    parts.push(`^${depth}`);
    return;
  }
  if (isLasting(value)) {
    let digest = known.get(value);
    if (digest === undefined) {
      digest = digestOf(Object.entries(value), writing.leftOut);
      known.set(value, digest);
    }
    parts.push(digest);
    return;
  }
  path.set(value, path.size);
  writeObject(value, writing);
  path.delete(value);
}

/** Plain objects of these shapes are messages or parts of them. */
function isLasting(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype && 'signature' in value && 'kind' in value;
}

function writeObject(value: object, writing: Writing): void {
  const { parts, leftOut } = writing;
  parts.push('(');
  if (value instanceof Map) {
    for (const [key, inner] of value) {
      write(key, writing);
      write(inner, writing);
    }
  } else if (value instanceof Set || Array.isArray(value)) {
    for (const inner of value) write(inner, writing);
  } else {
    for (const [name, inner] of Object.entries(value)) {
      if (leftOut.has(name) || typeof inner === 'function') continue;
      parts.push(name);
      write(inner, writing);
    }
  }
  parts.push(')');
}
