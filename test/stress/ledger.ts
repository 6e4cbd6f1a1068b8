// The bytes of a FIFO, as those who write have told and as those who read have got them.

import assert from "node:assert/strict";

/** What was sent, what has arrived, and whether the one is the other. */
export class Ledger {
  sent = 0;
  received = 0;
  /** Bytes that were put back for a handle which was then closed. */
  lost = 0;
  readonly #sent: Buffer[] = [];
  readonly #arrived: (Buffer | number)[] = [];

  send(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    this.sent += bytes.byteLength;
    this.#sent.push(bytes);
    this.#compare();
  }

  receive(bytes: Buffer): void {
    if (bytes.byteLength === 0) return;
    this.received += bytes.byteLength;
    this.#arrived.push(bytes);
    this.#compare();
  }

  lose(byteLength: number): void {
    if (byteLength === 0) return;
    this.lost += byteLength;
    this.#arrived.push(byteLength);
    this.#compare();
  }

  /** A read can be told of before the write that its bytes came from. */
  #compare(): void {
    for (;;) {
      const [sent] = this.#sent;
      const [arrived] = this.#arrived;
      if (sent === undefined || arrived === undefined) return;
      const length = typeof arrived === "number" ? arrived : arrived.byteLength;
      const count = Math.min(sent.byteLength, length);
      if (typeof arrived !== "number") {
        const isRight = sent.subarray(0, count).equals(arrived.subarray(0, count));
        assert.ok(isRight, `wrong bytes in the FIFO near ${this.received} of ${this.sent}`);
      }
      shorten(this.#sent, sent.subarray(count));
      if (typeof arrived !== "number") shorten(this.#arrived, arrived.subarray(count));
      else if (arrived > count) this.#arrived[0] = arrived - count;
      else this.#arrived.shift();
    }
  }
}

function shorten(list: (Buffer | number)[], rest: Buffer): void {
  if (rest.byteLength > 0) list[0] = rest;
  else list.shift();
}
