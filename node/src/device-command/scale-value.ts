const DECIMAL = /^([+-]?)(\d{1,18})(?:\.(\d{0,18}))?$/;

/**
 * Decimal text to the integer n of value = n * 10^exponent, exactly, halves away from zero.
 * @returns undefined unless plain decimal notation within 2^53.
 */
export function scaleDecimal(text: string, exponent: number): number | undefined {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return undefined;
  const [, sign, whole, fraction = ''] = match as unknown as readonly string[];
  // digits * 10^-fraction.length = n * 10^exponent
  const shift = -(fraction.length + exponent);
  const digits = BigInt(`${whole}${fraction}`);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedQuotient(digits, 10n ** BigInt(-shift));
  const value = Number(sign === '-' ? -scaled : scaled);
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** A measured number to its integer. @returns undefined unless finite and within 2^53. */
export function scaleNumber(value: number, exponent: number): number | undefined {
  const scaled = Math.round(exponent <= 0 ? value * 10 ** -exponent : value / 10 ** exponent);
  return Number.isSafeInteger(scaled) ? scaled + 0 : undefined;
}

function roundedQuotient(value: bigint, by: bigint): bigint {
  return (value + by / 2n) / by;
}
