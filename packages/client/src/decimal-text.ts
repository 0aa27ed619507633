/** Exact decimal text of value * 10^exponent, as aggregates and readings mean it: 87 at exponent -1 is "8.7". */
export function decimalText(value: bigint | number, exponent: number): string {
  const integer = BigInt(value);
  if (exponent >= 0) return (integer * 10n ** BigInt(exponent)).toString();
  const digits = (integer < 0n ? -integer : integer).toString().padStart(1 - exponent, '0');
  return `${integer < 0n ? '-' : ''}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}
