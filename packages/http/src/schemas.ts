import { AGGREGATE_KINDS, RECEIPT_CODES, RESULT_STATUSES } from '@cairn/protocol';
import { type TSchema, Type } from 'typebox';

/** The shapes that both servers share. Every response has one: it makes serialising fast and the OpenAPI document whole. */
export const hashSchema = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256, lowercase hex' });
export const keySchema = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Ed25519 public key, lowercase hex' });
export const msSchema = Type.Integer({ minimum: 0, description: 'unix milliseconds, UTC' });
export const heightSchema = Type.Integer({ minimum: 0 });
export const base64Schema = Type.String({ description: 'standard base64' });
export const exactIntegerSchema = Type.Unsafe<number | string>({
  type: ['integer', 'string'],
  description: 'integer; a decimal string where it is beyond 2^53',
});
export const binarySchema = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' });

export function nullable<T extends object>(schema: T): T {
  const { type } = schema as { type?: string };
  return (type === undefined ? { anyOf: [schema, { type: 'null' }] } : { ...schema, type: [type, 'null'] }) as T;
}

export const problemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  remedy: Type.String(),
});

const problemResponse = {
  description: 'RFC 9457 problem details with a stable code',
  content: { 'application/problem+json': { schema: problemSchema } },
} as const;
/** Every refusal has one shape. */
export const problemResponses = { '4xx': problemResponse, '5xx': problemResponse } as const;

/** `{data, version, finalized, anchored}`: version is that of the rules. */
export function envelopeSchema<T extends TSchema>(data: T) {
  return Type.Object({
    data,
    version: Type.Integer({ description: 'version of the rules' }),
    finalized: Type.Boolean({ description: 'the committee has signed it: it cannot change' }),
    anchored: Type.Boolean({ description: 'a checkpoint on the anchor chain covers it' }),
  });
}

export const channelSchema = Type.Object({
  name: Type.String(),
  unit: Type.String(),
  exponent: Type.Integer({ description: 'value = n * 10^exponent' }),
  min: Type.Integer(),
  max: Type.Integer(),
  stepPerMinuteMax: nullable(Type.Integer()),
  aggregates: Type.Array(Type.Unsafe<string>({ type: 'string', enum: [...AGGREGATE_KINDS] })),
});

export const feedSchema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  channels: Type.Array(channelSchema),
  windowMs: Type.Integer(),
  graceMs: Type.Integer(),
  freshnessMs: Type.Integer(),
  devicesMin: Type.Integer(),
  madFactorMilli: nullable(Type.Integer()),
  groupResolution: nullable(Type.Integer()),
  deviceReportsMax: Type.Integer(),
  moveCellsPerHourMax: nullable(Type.Integer()),
  registrars: Type.Array(keySchema),
  open: Type.Boolean(),
  groupsAllowed: nullable(Type.Unsafe<string[]>({ type: 'array', items: { type: 'string' } })),
});

export const inclusionSchema = Type.Object({
  index: Type.Integer(),
  size: Type.Integer(),
  path: Type.Array(hashSchema),
});

export const feedResultSchema = Type.Object({
  feed: Type.String(),
  group: Type.String(),
  windowStart: msSchema,
  windowEnd: msSchema,
  status: Type.Unsafe<string>({ type: 'string', enum: [...RESULT_STATUSES] }),
  open: Type.Boolean(),
  reports: Type.Integer(),
  devices: Type.Integer(),
  filtered: Type.Integer(),
  channels: Type.Array(
    Type.Object({
      name: Type.String(),
      exponent: Type.Integer(),
      count: Type.Integer(),
      filtered: Type.Integer(),
      aggregates: Type.Array(Type.Object({ kind: Type.String(), code: Type.String(), value: exactIntegerSchema })),
    }),
  ),
});

/** A result with its place in the chain, without proof. */
export const storedRoundSchema = Type.Object({
  height: heightSchema,
  position: Type.Integer({ description: "place among the block's results" }),
  anchored: Type.Boolean(),
  result: feedResultSchema,
});

const anchorOfAttestationSchema = Type.Object({
  checkpoint: Type.String(),
  proof: inclusionSchema,
  chain: Type.String({ description: 'genesis hash of the chain, base58' }),
  slot: Type.Integer(),
  blockTime: nullable(Type.Integer()),
  transaction: Type.String({ description: 'base58' }),
});

/** The self-contained document of protocol section 8; `@cairn/verify` checks it. */
export const attestationSchema = Type.Object({
  version: Type.Integer(),
  networkName: Type.String(),
  networkId: hashSchema,
  groupKey: keySchema,
  subject: Type.Object({
    kind: Type.Unsafe<'result' | 'report'>({ type: 'string', enum: ['result', 'report'] }),
    result: Type.Optional(feedResultSchema),
    report: Type.Optional(base64Schema),
  }),
  inclusion: inclusionSchema,
  header: base64Schema,
  checkpoint: Type.String({ description: 'C2SP tlog-checkpoint, a signed note' }),
  anchor: nullable(anchorOfAttestationSchema),
});

export const memberSchema = Type.Object({
  index: Type.Integer(),
  name: Type.String(),
  identityKey: keySchema,
});

export const networkInfoSchema = Type.Object({
  networkName: Type.String(),
  networkId: hashSchema,
  groupKey: keySchema,
  verifierKey: Type.String({ description: 'what a reader of signed notes takes as key' }),
  rulesVersion: Type.Integer(),
  createdAt: msSchema,
  epoch: Type.Integer(),
  height: heightSchema,
  members: Type.Array(memberSchema),
  threshold: Type.Integer({ description: 'signature shares that make a signature: n - f' }),
  faultyMax: Type.Integer({ description: 'f: members that may be Byzantine' }),
  blockIntervalMs: Type.Integer(),
  epochBlocks: Type.Integer(),
  chain: nullable(Type.String({ description: 'genesis hash of the anchor chain, base58' })),
});

export const reportFateSchema = Type.Object({
  id: hashSchema,
  status: Type.Unsafe<string>({ type: 'string', enum: ['unknown', 'pending', 'batched', 'certified'] }),
  height: Type.Optional(heightSchema),
  code: Type.Optional(Type.Unsafe<string>({ type: 'string', enum: [...RECEIPT_CODES] })),
});

export const healthSchema = Type.Object({
  status: Type.Unsafe<string>({ type: 'string', enum: ['ready', 'syncing', 'failing'] }),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      severity: Type.Unsafe<string>({ type: 'string', enum: ['info', 'warning', 'critical'] }),
      isOk: Type.Boolean(),
      detail: Type.String(),
    }),
  ),
});
