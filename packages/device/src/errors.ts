/** Every code that this package throws or hands to its observer; docs/errors.md is made from this table. */
export const DEVICE_ERRORS = {
  DEVICE_KEY_MALFORMED: {
    meaning: 'A device key file does not hold a device key, or its public key is not that of its seed.',
    remedy: 'Restore the file, or remove it and register the device anew under a fresh key.',
  },
  DEVICE_READING_INVALID: {
    meaning: 'A reading cannot be put into a report: no values, too many, or one that is no integer within 2^53.',
    remedy: "Scale readings by the feed's exponent to integers, one for each channel.",
  },
  DEVICE_OPTIONS_INVALID: {
    meaning: 'A device was configured without a gateway, or with an option out of its range.',
    remedy: 'Give at least one http(s) gateway; the message names the option.',
  },
  DEVICE_QUEUE_EXCEEDED: {
    meaning: 'The queue of unsent reports is full; the oldest was dropped, or the new one refused, as configured.',
    remedy: 'Bring a gateway back, report less often, or allow a longer queue.',
  },
  DEVICE_STORE_MALFORMED: {
    meaning: 'What a device keeps on disk cannot be read.',
    remedy: 'Restore the directory. Never start from an older copy: sequence numbers would be used twice.',
  },
  DEVICE_STORE_MISMATCH: {
    meaning: 'A store belongs to another device key, feed or network.',
    remedy: 'Use one directory for each device, feed and network.',
  },
  DEVICE_STORE_HOLDERS_EXCEEDED: {
    meaning: 'Another process holds this store: two would use the same sequence numbers.',
    remedy: 'Stop the other process; if it is dead, remove the lock file that the message names.',
  },
  DEVICE_GATEWAY_INVALID: {
    meaning: 'A gateway answered with an error, or could not be reached.',
    remedy: 'The device tries the next one by itself; if all fail, check their addresses and the network.',
  },
  DEVICE_GATEWAY_TIMEOUT: {
    meaning: 'A gateway did not answer in time.',
    remedy: 'The device tries the next one by itself.',
  },
  DEVICE_ANSWER_MALFORMED: {
    meaning: 'A gateway answered with something that is no answer to what was asked.',
    remedy: 'Use another gateway: this one is no Cairn node, or lies.',
  },
  DEVICE_REPORT_INVALID: {
    meaning: 'The network refused a report for good; the receipt code says why.',
    remedy: 'Look the receipt code up in the protocol: clock, registration, range and step are the usual causes.',
  },
  DEVICE_REGISTRATION_INVALID: {
    meaning: 'A gateway refused a registration; its code says why.',
    remedy: 'Sign with a registrar of every feed named, or register for open feeds only.',
  },
} as const;

/** A code of this package. */
export type DeviceErrorCode = keyof typeof DEVICE_ERRORS;
