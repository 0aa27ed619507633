/** Each family of test/vectors/ed25519-edge.json once for each verdict; a test keeps the two equal. Hex, and UTF-8 text. */
export interface SelfTestCase {
  readonly name: string;
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
  readonly valid: boolean;
}

export const SELF_TEST_CASES: readonly SelfTestCase[] = [
  {
    name: 'honest: message of 0 bytes',
    publicKey: '1eb5d7d9848adc90e716fbe16b51440745c7290f157cbd38a547f2ff5154b829',
    message: '',
    signature:
      '6ed086b703714ed09c1aacf3ed7d8914420243c9062b76edbe8edf3520ecb5de587639ba5b1e23f22612957f8e1917fec1495f787d36f18446cc6deacaa70200',
    valid: true,
  },
  {
    name: 'honest: other message 0',
    publicKey: '1eb5d7d9848adc90e716fbe16b51440745c7290f157cbd38a547f2ff5154b829',
    message: '.',
    signature:
      '6ed086b703714ed09c1aacf3ed7d8914420243c9062b76edbe8edf3520ecb5de587639ba5b1e23f22612957f8e1917fec1495f787d36f18446cc6deacaa70200',
    valid: false,
  },
  {
    name: 'S >= L: S + 1L, 0',
    publicKey: 'aecedfa880398dedc41d23e392be2e9efefcb064c729a6bd8e3737e30775ebee',
    message: 'scalar 0',
    signature:
      '61fc817cc107c07b6368a4ea56aa9a1fede4636c0b3bd1abf00e052689e11b7d0f4a855af1fc6b4186faa771016302e5a64c3ac81caea357a5ed1da48d917813',
    valid: false,
  },
  {
    name: 'chosen S: S = 0 that does not fit',
    publicKey: 'b7cd2a9da597b2e26fe5ad2e44129aadc97b716d8381c66c9076583c5a4a50e4',
    message: 'chosen S',
    signature:
      '0264070af40e42f689eed443aaad4ff287fe720d0648613b71ad62e3653e51210000000000000000000000000000000000000000000000000000000000000000',
    valid: false,
  },
  {
    name: 'small-order A: T0, equation holds',
    publicKey: '0100000000000000000000000000000000000000000000000000000000000000',
    message: 'cairn edge 0',
    signature:
      '9431b1a2c85ba56eab43f22d636b7847a28ae2a122f38ba50b8e40e065612c86d629928a6ed3d8ece81e446a497076dc98bc1feb646e882dfe3ac1a7638fe30b',
    valid: false,
  },
  {
    name: 'small-order A and R: T0, S = 0',
    publicKey: '0100000000000000000000000000000000000000000000000000000000000000',
    message: 'cairn edge 0',
    signature:
      '01000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
    valid: false,
  },
  {
    name: 'small-order R: R = T0, cofactored equation holds',
    publicKey: '531e9c5531fc2879fae9fd3bacf142e7243936fac7d9d361d0722fc7e22b8282',
    message: 'small R 0',
    signature:
      '01000000000000000000000000000000000000000000000000000000000000000d6c7cf94d205c92aa839cfec6c2a5d7d414cfba8d78b319c953c58b0a8dd701',
    valid: false,
  },
  {
    name: 'non-canonical R: y=p',
    publicKey: '556ae2d5e8cda0d7e0fd7edc98a5d686d0502a4e3e5c681cbcaca6c237770bb4',
    message: 'y=p',
    signature:
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f6cd58ca787d25710130e845dea941efa6dbefa91689e2df2d661433ccd752d01',
    valid: false,
  },
  {
    name: 'mixed-order A: T1, torsion cancels',
    publicKey: 'b4537ce06a030ed5fe3b82e60b7d4809eeb0228891246b74b9e396d236a0b184',
    message: 'cairn edge 0',
    signature:
      '5a0a7339aa03212c9b06ccebe05ed3054e1ea8c770d7a0071bbcb4aacf02ba16ad377c516b61ece5ff32e49c7199296191a5f96b6a4f3415cf730d6f6ae6e202',
    valid: true,
  },
  {
    name: 'mixed-order A: T1, cofactored only',
    publicKey: 'b4537ce06a030ed5fe3b82e60b7d4809eeb0228891246b74b9e396d236a0b184',
    message: 'cairn edge 1',
    signature:
      '5a0a7339aa03212c9b06ccebe05ed3054e1ea8c770d7a0071bbcb4aacf02ba16d7e19ae6f19bd17cc239990aa1d8e49384627cd01cb26375638bfb88a35ed20c',
    valid: false,
  },
  {
    name: 'mixed-order R: T1, cofactored only',
    publicKey: 'a23f157586055c291e77256ee33206627810707faae9865855b39382b77906e1',
    message: 'mixed R',
    signature:
      '4706fa459eaafa26a897a8d4e81d83b083d7e1064fd53b9af36f8ab422c94a6e4f9324d13f8fa07b07fe809e2c9a44cfe40c1bd9274f2c0645584ad8a9030300',
    valid: false,
  },
  {
    name: 'mixed-order A and R: T1, torsion cancels',
    publicKey: 'b4537ce06a030ed5fe3b82e60b7d4809eeb0228891246b74b9e396d236a0b184',
    message: 'cairn edge 24',
    signature:
      '4706fa459eaafa26a897a8d4e81d83b083d7e1064fd53b9af36f8ab422c94a6e8d8104016568955d66dedc0fd47a6acb454eee58217eed5bd7910a64ed5c7e09',
    valid: true,
  },
  {
    name: 'mixed-order A and R: T1, cofactored only',
    publicKey: 'b4537ce06a030ed5fe3b82e60b7d4809eeb0228891246b74b9e396d236a0b184',
    message: 'cairn edge 0',
    signature:
      '4706fa459eaafa26a897a8d4e81d83b083d7e1064fd53b9af36f8ab422c94a6e2091469c017c85d5fe47611728d5fbf105f303854470314bae74bb6b2831510d',
    valid: false,
  },
  {
    name: 'off the curve: A: y = 2',
    publicKey: '0200000000000000000000000000000000000000000000000000000000000000',
    message: 'off the curve',
    signature:
      '852bbc773f17c22bb1b5961e8243655e38c68851106e4da3315545aa80d26c624ab873b0d637ca83fb68269532ea2bf62a06779eea7afbe7c5176f855902530e',
    valid: false,
  },
  {
    name: 'non-canonical A: y = p + 2',
    publicKey: 'efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    message: 'large y',
    signature:
      '33680db8c518ee3e6c6b6edb246282d6dc53097d5c72f6615233a3405ff216969b1b82e8254eb9824baf8a1332c26cfb208f2d64f4efa1b93994a983a29ae60c',
    valid: false,
  },
];
