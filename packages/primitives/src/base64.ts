import { CairnError } from './errors.ts';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += STANDARD[group >> 18];
    text += STANDARD[(group >> 12) & 63];
    text += left > 1 ? STANDARD[(group >> 6) & 63] : '=';
    text += left > 2 ? STANDARD[group & 63] : '=';
  }
  return text;
}

/** @throws BYTES_BASE64_MALFORMED on anything that does not re-encode to the same text. */
export function fromBase64(text: string): Uint8Array {
  const malformed = () => new CairnError('BYTES_BASE64_MALFORMED', 'not canonical base64', { length: text.length });
  if (text.length % 4 !== 0) throw malformed();
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let offset = 0;
  for (let i = 0; i < text.length; i += 4) {
    let group = 0;
    for (let k = 0; k < 4; k++) {
      const isPadding = i + k >= text.length - padding;
      const digit = isPadding ? 0 : STANDARD.indexOf(text[i + k] as string);
      if (digit < 0) throw malformed();
      group = (group << 6) | digit;
    }
    for (let shift = 16; shift >= 0 && offset < bytes.length; shift -= 8) bytes[offset++] = (group >> shift) & 255;
  }
  if (toBase64(bytes) !== text) throw malformed();
  return bytes;
}

/** base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws BYTES_BASE64_MALFORMED on anything that does not re-encode to the same text. */
export function fromBase64Url(text: string): Uint8Array {
  if (/[^A-Za-z0-9_-]/.test(text)) {
    throw new CairnError('BYTES_BASE64_MALFORMED', 'not base64url', { length: text.length });
  }
  const padded = text.replaceAll('-', '+').replaceAll('_', '/') + '='.repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded);
}
