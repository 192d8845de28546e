// des.js has no types of its own.
declare module 'des.js' {
  interface Cipher {
    update(bytes: Uint8Array): number[];
  }
  export const DES: {
    create(options: { type: 'encrypt' | 'decrypt'; key: Uint8Array; padding?: boolean }): Cipher;
  };
}
