import { CairnError } from '@cairn/primitives';
import type { FeedDefinition } from './feed.ts';
import {
  decodeGenesis,
  decodeGenesisDraft,
  encodeGenesis,
  encodeGenesisDraft,
  type Genesis,
  type GenesisDraft,
} from './genesis.ts';

const FEED_FIELDS = {
  id: true,
  title: true,
  channels: { name: true, unit: true, exponent: true, min: true, max: true, stepPerMinuteMax: true, aggregates: true },
  windowMs: true,
  graceMs: true,
  freshnessMs: true,
  devicesMin: true,
  madFactorMilli: true,
  groupResolution: true,
  registrars: true,
  open: true,
  groupsAllowed: true,
  deviceReportsMax: true,
  moveCellsPerHourMax: true,
} as const satisfies Fields<keyof FeedDefinition>;

const DRAFT_FIELDS = {
  rulesVersion: true,
  networkName: true,
  createdAt: true,
  members: { name: true, identityKey: true, addresses: true },
  parameters: { blockIntervalMs: true, viewTimeoutMs: true, viewTimeoutMsMax: true, epochBlocks: true },
  feeds: FEED_FIELDS,
  recoveryKeys: true,
  recoveryThreshold: true,
} as const satisfies Fields<keyof GenesisDraft>;

const GENESIS_FIELDS = {
  ...DRAFT_FIELDS,
  ceremonyId: true,
  transcriptHash: true,
  groupKey: true,
  verificationShares: true,
} as const satisfies Fields<keyof Genesis>;

/** `true`: a value, judged by the codec. An object: the fields of an object, or of every object in a list. */
interface FieldTree {
  readonly [name: string]: true | FieldTree;
}
type Fields<K extends string> = Readonly<Record<K, true | FieldTree>>;

/** @returns the document for people and tools, two-space JSON; it stands for exactly one `encodeGenesis`. */
export function genesisToJson(genesis: Genesis): string {
  return toJson(genesis, GENESIS_FIELDS);
}

/**
 * Reads a genesis document with every check of its canonical bytes.
 * @throws PROTOCOL_JSON_INVALID naming the field, PROTOCOL_GENESIS_INVALID, PROTOCOL_SHAPE_INVALID
 */
export function genesisFromJson(text: string): Genesis {
  const document = parsed(text, GENESIS_FIELDS) as Genesis;
  return guarded(() => decodeGenesis(encodeGenesis(document)));
}

/** @returns the draft as `genesisToJson` does the final document. */
export function genesisDraftToJson(draft: GenesisDraft): string {
  return toJson(draft, DRAFT_FIELDS);
}

/**
 * Takes a draft that was already parsed, since people also write it in YAML.
 * @throws PROTOCOL_JSON_INVALID naming the field, PROTOCOL_GENESIS_INVALID, PROTOCOL_SHAPE_INVALID
 */
export function genesisDraftFromValue(value: unknown): GenesisDraft {
  checkFields(value, DRAFT_FIELDS, 'the draft');
  return guarded(() => decodeGenesisDraft(encodeGenesisDraft(value as GenesisDraft)));
}

function toJson(document: object, fields: FieldTree): string {
  const source = document as Readonly<Record<string, unknown>>;
  const ordered = Object.fromEntries(Object.keys(fields).map((name) => [name, source[name]]));
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

function parsed(text: string, fields: FieldTree): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CairnError('PROTOCOL_JSON_INVALID', 'the document is not JSON', { length: text.length }, { cause });
  }
  checkFields(value, fields, 'the document');
  return value;
}

function checkFields(value: unknown, fields: FieldTree, where: string): void {
  const refuse = (why: string) => new CairnError('PROTOCOL_JSON_INVALID', why);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(`${where} is not an object`);
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(fields, name))
      throw refuse(`${where} has an unknown field ${JSON.stringify(name.slice(0, 64))}`);
  }
  for (const [name, inner] of Object.entries(fields)) {
    if (!Object.hasOwn(value, name)) throw refuse(`${where} lacks the field ${name}`);
    if (inner === true) continue;
    const field = (value as Record<string, unknown>)[name];
    const entries = Array.isArray(field) ? field : [field];
    entries.forEach((entry, i) => {
      checkFields(entry, inner, Array.isArray(field) ? `${name}[${i}]` : name);
    });
  }
}

/** A value of the wrong type may stop the encoder before the decoder can name it. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof CairnError) throw cause;
    throw new CairnError('PROTOCOL_JSON_INVALID', 'a field has a value of the wrong type', {}, { cause });
  }
}
