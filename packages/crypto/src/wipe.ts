/** Overwrites a secret in place. A best effort: the engine may have copied it before. */
export function wipe(secret: Uint8Array): void {
  secret.fill(0);
}
