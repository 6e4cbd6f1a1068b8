// How many bytes a request may move: what it costs of a turn, besides something for itself.

import type { Request } from "./contract.ts";

export function bytesMoved(request: Request): number {
  switch (request.kind) {
    case "read":
    case "write":
      return request.length;
    case "readv":
    case "writev":
      return request.parts.reduce((sum, part) => sum + part.length, 0);
    default:
      return 0;
  }
}
