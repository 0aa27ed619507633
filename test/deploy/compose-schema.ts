/** The part of the Compose specification that docker-compose.yml uses, stricter where the house is: nothing unknown passes. */

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text, minItems: 1 } as const;
const duration = { type: 'string', pattern: '^(?:\\d+(?:ms|s|m|h))+$' } as const;

const service = {
  type: 'object',
  additionalProperties: false,
  required: ['image', 'read_only', 'cap_drop', 'security_opt'],
  properties: {
    image: { type: 'string', pattern: '^[a-z0-9][a-z0-9._/-]*(?::[\\w.-]+)?$' },
    build: { const: '.' },
    command: texts,
    init: { type: 'boolean' },
    restart: { enum: ['no', 'always', 'on-failure', 'unless-stopped'] },
    stop_grace_period: duration,
    read_only: { const: true },
    tmpfs: texts,
    cap_drop: { const: ['ALL'] },
    security_opt: { const: ['no-new-privileges:true'] },
    environment: {
      type: 'object',
      additionalProperties: false,
      patternProperties: { '^CAIRN_[A-Z0-9_]+$': text },
    },
    depends_on: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['condition'],
        properties: { condition: { enum: ['service_started', 'service_healthy', 'service_completed_successfully'] } },
      },
    },
    healthcheck: {
      type: 'object',
      additionalProperties: false,
      required: ['test'],
      properties: {
        test: { type: 'array', items: text, minItems: 2, prefixItems: [{ enum: ['CMD', 'CMD-SHELL'] }] },
        interval: duration,
        timeout: duration,
        start_period: duration,
        retries: { type: 'integer', minimum: 1 },
      },
    },
    volumes: {
      type: 'array',
      items: { type: 'string', pattern: '^(?:[a-z][a-z0-9-]*|\\./[\\w./-]+):/[\\w./-]*(?::ro)?$' },
    },
    // everything listens on 127.0.0.1 unless told otherwise: a published port names the address
    ports: { type: 'array', items: { type: 'string', pattern: '^127\\.0\\.0\\.1:\\d{2,5}:\\d{2,5}$' } },
  },
} as const;

export const composeSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'services', 'volumes'],
  patternProperties: { '^x-': {} },
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' },
    services: {
      type: 'object',
      minProperties: 1,
      additionalProperties: false,
      patternProperties: { '^[a-z0-9-]+$': service },
    },
    volumes: { type: 'object', additionalProperties: { type: 'object', maxProperties: 0 } },
  },
} as const;

export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, object>>;
}
