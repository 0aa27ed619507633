/** Codes raised by this package; docs/errors.md is made from this table. */
export const PROTOCOL_ERRORS = {
  PROTOCOL_BYTES_EXCEEDED: {
    meaning: 'A structure is longer than its stated bound; it was refused before it was decoded.',
    remedy: 'Send less in one piece: split the request, or use fewer items in a batch.',
  },
  PROTOCOL_CBOR_MALFORMED: {
    meaning: 'Bytes are not CBOR, or not in the deterministic encoding of RFC 8949 section 4.2.',
    remedy: 'Encode with shortest integers, sorted map keys, definite lengths and no floats.',
  },
  PROTOCOL_SHAPE_INVALID: {
    meaning: 'CBOR decoded, but a field is missing, of the wrong type, or over its bound.',
    remedy: 'Compare the structure with docs/protocol.md; the message says what was expected.',
  },
  PROTOCOL_HEADER_MALFORMED: {
    meaning: 'Bytes are not a block header in its fixed layout.',
    remedy: 'Check that all 352 (or 448) bytes were copied, in base64 where JSON carries them.',
  },
  PROTOCOL_CHECKPOINT_MALFORMED: {
    meaning: 'Text is not a Cairn checkpoint note.',
    remedy: 'Keep the note byte for byte: four lines, an empty line, the signature line, each ending in U+000A.',
  },
  PROTOCOL_GENESIS_INVALID: {
    meaning: 'The parts of a genesis document do not fit together; the message says which.',
    remedy: 'Mend the document and propose it to all members again: it has another hash now.',
  },
  PROTOCOL_JSON_INVALID: {
    meaning: 'A JSON document has missing, unknown or mistyped fields.',
    remedy: 'Use the document as the API served it; it must not be edited or re-serialised with rounded numbers.',
  },
  PROTOCOL_ATTESTATION_VERSION_UNKNOWN: {
    meaning: 'The attestation is of a version that this build does not read.',
    remedy: 'Upgrade the verifier.',
  },
} as const;
