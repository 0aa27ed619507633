interface Vector {
  readonly networkId: string;
  readonly deviceSeed: string;
  readonly cases: readonly {
    readonly name: string;
    readonly algorithm: number;
    readonly payload: object;
    readonly bytes: string;
    readonly signedBytes: string;
    readonly id: string;
  }[];
}

/** Lengths in bytes, and what stands there. */
const PARTS: readonly (readonly [number, string])[] = [
  [1, 'tag 18: COSE_Sign1'],
  [1, 'array of 4'],
  [2, 'protected header, 38 bytes:'],
  [1, '  map of 2'],
  [2, '  1 (alg): -19, Ed25519'],
  [3, '  4 (kid): 32 bytes'],
  [32, '  the device key'],
  [1, 'unprotected header: empty map'],
  [1, 'payload, 22 bytes:'],
  [1, '  map of 4'],
  [5, '  1 (feed): "air"'],
  [2, '  2 (seq): 23'],
  [10, '  3 (observedAt): 1700000000000'],
  [4, '  4 (values): [87]'],
  [2, 'signature, 64 bytes:'],
  [64, '  Ed25519 over the Sig_structure'],
];
const LINE_BYTES = 32;

/** @returns a report of the golden vectors taken apart, as a code block. @throws when it has other parts. */
export function reportExample(vectors: string): string {
  const { networkId, deviceSeed, cases } = JSON.parse(vectors) as Vector;
  const example = cases.find(({ name, algorithm }) => name === 'one reading' && algorithm === -19);
  if (example === undefined) throw new Error('the vectors have no report with one reading');
  const { bytes, signedBytes, payload, id } = example;
  const total = PARTS.reduce((sum, [length]) => sum + length, 0);
  if (bytes.length !== 2 * total) throw new Error(`the example has ${bytes.length / 2} bytes, its parts ${total}`);
  let at = 0;
  const lines = PARTS.flatMap(([length, says]) => {
    const hex = bytes.slice(2 * at, 2 * (at + length));
    at += length;
    const rows = hex.match(new RegExp(`.{1,${2 * LINE_BYTES}}`, 'g')) ?? [];
    return rows.map((row, i) => (i === 0 ? `${row.padEnd(2 * LINE_BYTES)}  ${says}` : row));
  });
  return [
    `Network \`${networkId}\`, device seed \`${deviceSeed}\`, payload \`${JSON.stringify(payload)}\`:`,
    `\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`,
    `${total} bytes; report id \`${id}\`. What the signature covers, ${signedBytes.length / 2} bytes:`,
    `\n\`\`\`\n${(signedBytes.match(/.{1,96}/g) ?? []).join('\n')}\n\`\`\``,
  ].join('\n');
}
