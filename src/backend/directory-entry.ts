// An entry of a directory as getdents64(2) gives it, for backends that ask by other means.

const HEADER_BYTES = 19;

/** What `d_type` says: DT_FIFO and so on. */
export const ENTRY_TYPES = {
  unknown: 0,
  fifo: 1,
  character: 2,
  directory: 4,
  block: 6,
  file: 8,
  symlink: 10,
  socket: 12,
} as const;

/** `next` is where the one behind it is. */
export function encodeEntry(name: Uint8Array, type: number, inode: bigint, next: number): Buffer {
  const record = Buffer.alloc(Math.ceil((HEADER_BYTES + name.byteLength + 1) / 8) * 8);
  record.writeBigUInt64LE(inode, 0);
  record.writeBigInt64LE(BigInt(next), 8);
  record.writeUInt16LE(record.byteLength, 16);
  record.writeUInt8(type, 18);
  record.set(name, HEADER_BYTES);
  return record;
}
