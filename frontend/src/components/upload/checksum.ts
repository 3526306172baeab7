/**
 * A piece's checksum as tus 1.0 has it: what was damaged on its way is sent again.
 * Browsers hash in secure contexts only (https, and http on this machine): elsewhere there is none.
 */
export async function checksumOf(piece: Blob): Promise<string | null> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined;
  if (!subtle) return null;
  const digest = await subtle.digest("SHA-256", await piece.arrayBuffer());
  return `sha256 ${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
