// Which runtime this is. Bun and Deno say that they are some Node, and are that for most calls.

/** Null: it is Node. */
export const otherRuntime: "bun" | "deno" | null =
  "bun" in process.versions ? "bun" : "deno" in process.versions ? "deno" : null;
