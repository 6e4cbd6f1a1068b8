// What a ring must not do at once, since it would wait for a server on the thread that submits it.
//
// Opens: the kernel looks a path up without waiting, and then lets the file system open the file,
// which may have to ask a server, as those of FUSE and NFS do. Where such a one is mounted, all
// opens are made by threads of the kernel's: nobody knows before where a path leads.
//
// Reads and writes of files of FUSE: a thread of ours makes them by plain system calls, since the
// kernel
//
//   tries what can be polled at once, on the thread that submits it, and trusts it not to wait: but
//   these can be polled, and wait for their server, with all else that the thread has to do;
//
//   tries a read that brought less than it was to bring again, to be sure, and where the server
//   wants no page cache it does so at the position where it began: "hello" comes as "hellohello".
import type { Request, TransferRequest, VectorRequest } from "../contract.ts";
import type { Run } from "./encode.ts";
import type { Entry } from "./entry.ts";
import type { UringKernel } from "./kernel.ts";

type Kernel = Pick<UringKernel, "waitsInside" | "opensWaitInside">;

export class WaitingFiles {
  readonly #kernel: Kernel;
  /** By descriptor, from its first use to its close. */
  readonly #known: (boolean | undefined)[] = [];
  /** Of this turn, and null until an open wants to know: it costs a system call. */
  #doOpensWait: boolean | null = null;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Is told of every request, since a close makes a number somebody else's. */
  isOfThem(request: Request): request is TransferRequest | VectorRequest {
    switch (request.kind) {
      case "read":
      case "readv":
      case "write":
      case "writev":
        return this.#waits(request.fd);
      case "close":
        this.#known[request.fd] = undefined;
        return false;
      default:
        return false;
    }
  }

  /** Its descriptor is there from now on, and not from some open on. */
  begin(): void {
    this.#kernel.opensWaitInside();
  }

  /** Others may have mounted something since the last one. */
  onTurn(): void {
    this.#doOpensWait = null;
  }

  runOf({ request, isForThread }: Pick<Entry, "request" | "isForThread">): Run {
    if (isForThread) return "waiting";
    if (request.kind !== "open") return "at once";
    this.#doOpensWait ??= this.#kernel.opensWaitInside();
    return this.#doOpensWait ? "elsewhere" : "at once";
  }

  #waits(fd: number): boolean {
    let waits = this.#known[fd];
    if (waits === undefined) {
      waits = this.#kernel.waitsInside(fd);
      this.#known[fd] = waits;
    }
    return waits;
  }
}
