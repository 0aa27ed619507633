/** Every code that this package raises. docs/errors.md is generated from it. */
export const NETWORK_ERRORS = {
  NETWORK_OPTIONS_INVALID: {
    meaning: 'An option of the network is out of its range, or the members contradict each other.',
    remedy: 'Read the name in the metadata; compare the member list with the genesis document.',
  },
  NETWORK_ADDRESS_MALFORMED: {
    meaning: 'An address to listen on or to dial is not a TCP multiaddr.',
    remedy: 'Write it like /ip4/192.0.2.1/tcp/4001 or /dns4/host/tcp/4001, without a peer id.',
  },
  NETWORK_LISTEN_INVALID: {
    meaning: 'The node cannot listen on the address that it was given.',
    remedy: 'Look whether another process holds the port, and whether the address is one of this machine.',
  },
  NETWORK_FRAME_EXCEEDED: {
    meaning: 'A message is larger than its bound.',
    remedy: 'Split it; the bounds are in the options of the network.',
  },
  NETWORK_FRAME_MALFORMED: {
    meaning: 'A peer sent bytes that are not a frame.',
    remedy: 'Nothing to do: the peer was cut off. If it is a member, compare versions.',
  },
  NETWORK_MEMBER_UNKNOWN: {
    meaning: 'There is no member with this index.',
    remedy: 'Compare the index with the committee of the current epoch.',
  },
  NETWORK_MEMBER_MISSING: {
    meaning: 'The member is not connected, or the caller is no member and may not do this.',
    remedy: 'Ask another member; look at the addresses, the firewall and the last dial error of this one.',
  },
  NETWORK_REQUEST_TIMEOUT: {
    meaning: 'A member did not send the next part of its answer in time.',
    remedy: 'Ask another member.',
  },
  NETWORK_REQUEST_EXCEEDED: {
    meaning: 'The member refused the request because too many came from here.',
    remedy: 'Wait and ask again, or ask another member.',
  },
  NETWORK_RESPONSE_INVALID: {
    meaning: 'The answer was cut short, is malformed, or the member said that it failed.',
    remedy: 'Ask another member.',
  },
  NETWORK_RESPONSE_EXCEEDED: {
    meaning: 'The answer has more frames or bytes than were asked for.',
    remedy: 'Ask another member, or for a smaller range.',
  },
} as const;

export type NetworkErrorCode = keyof typeof NETWORK_ERRORS;
