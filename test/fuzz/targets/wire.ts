import { WIRE_TYPES, type WireType } from '../../vectors/wire-types.ts';
import { type Form, inputsFrom } from '../inputs/input-source.ts';
import { demandSame, isAccepted, stateless, type Target } from '../target.ts';

const FORMS: Readonly<Record<string, Form>> = {
  'checkpoint-note': 'text',
  'attestation-json': 'json',
  'evidence-json': 'json',
  'block-header': 'bytes',
};

/** Every type that crosses a wire: what is accepted encodes to the bytes that came. */
export const targets: readonly Target[] = WIRE_TYPES.flatMap((type) => {
  const { again } = type;
  return again === undefined ? [] : [targetOf(type, again)];
});

function targetOf({ name, sample }: WireType, again: (bytes: Uint8Array) => Uint8Array): Target {
  const form = FORMS[name] ?? 'cbor';
  return stateless(`wire/${name}`, () => ({
    generate: inputsFrom(form, sample),
    take: (input) =>
      isAccepted(() => {
        const bytes = again(input);
        // JSON has many spellings of one thing; what is read from the canonical one is that one again
        demandSame(form === 'json' ? again(bytes) : bytes, form === 'json' ? bytes : input);
      }),
  }));
}
