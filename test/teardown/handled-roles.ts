// What the test of handlers and its process both know.

export const WRITE_BYTES: number = 64 * 1024;
export const HANDLED_WRITES = 64;
