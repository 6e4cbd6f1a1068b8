// What operations are called, in errors and on tracing channels: as Node calls them, where Node has
// them, whatever the kernel is asked to do it by.

import type { Request, RequestKind } from "../backend/contract.ts";

/** Such as `"read"`, `"lstat"` or `"rmdir"`. */
export type OperationName =
  | Exclude<RequestKind, "list">
  | ("readdir" | "rmdir" | "lstat" | "lchown" | "lutimes");

export function operationName(request: Request): OperationName {
  switch (request.kind) {
    case "list":
      return "readdir";
    case "unlink":
      return request.isDirectory ? "rmdir" : "unlink";
    case "stat":
      return request.followSymlinks ? "stat" : "lstat";
    case "chown":
      return request.followSymlinks ? "chown" : "lchown";
    case "utimes":
      return request.followSymlinks ? "utimes" : "lutimes";
    default:
      return request.kind;
  }
}
