// What the peers written in JavaScript share: the bytes that travel, and the arguments. Runs in Deno and in Node alike.
import { Buffer } from "node:buffer";
import { webcrypto } from "node:crypto";

// A prime just below 64 KiB: a chunk that comes back at a wrong offset, shifted by any power of two, cannot match by accident.
const blockLength = 65521;

/** An endless byte sequence from one random block; every stream has its own, so that swapped streams are noticed as well. */
export class Pattern {
  #twice = new Uint8Array(2 * blockLength);

  constructor() {
    const block = this.#twice.subarray(0, blockLength);
    webcrypto.getRandomValues(block);
    this.#twice.set(block, blockLength);
  }

  /** At most one block of the sequence, starting at the offset. */
  slice(offset, length) {
    const start = offset % blockLength;
    return this.#twice.slice(start, start + Math.min(length, blockLength));
  }

  matches(offset, chunk) {
    for (let done = 0; done < chunk.length;) {
      const want = this.slice(offset + done, chunk.length - done);
      if (Buffer.compare(want, chunk.subarray(done, done + want.length)) !== 0) return false;
      done += want.length;
    }
    return true;
  }
}

/** Sends the bytes on one bidirectional stream, reads the echo beside it and compares every byte; throws what is wrong. */
export async function echoOnce(stream, bytes) {
  const pattern = new Pattern();
  const send = async () => {
    const writer = stream.writable.getWriter();
    for (let offset = 0; offset < bytes;) {
      const chunk = pattern.slice(offset, bytes - offset);
      await writer.write(chunk);
      offset += chunk.length;
    }
    await writer.close();
  };
  const receive = async () => {
    let offset = 0;
    for await (const chunk of stream.readable) {
      if (offset + chunk.length > bytes) throw new Error(`more than ${bytes} bytes came back`);
      if (!pattern.matches(offset, chunk)) throw new Error(`the echo differs within ${chunk.length} bytes from offset ${offset}`);
      offset += chunk.length;
    }
    if (offset !== bytes) throw new Error(`${offset} of ${bytes} bytes came back`);
  };
  await Promise.all([send(), receive()]);
}

/** HOST PORT ALPN CERTIFICATES, and for a client STREAMS BYTES. */
export function readArguments(values, isClient) {
  const [host, port, alpn, certificates, streams, bytes] = values;
  if (values.length < (isClient ? 6 : 4)) {
    console.log("FAIL arguments: HOST PORT ALPN CERTIFICATES" + (isClient ? " STREAMS BYTES" : ""));
    return undefined;
  }
  return { host, port: Number(port), alpn, certificates, streams: Number(streams), bytes: Number(bytes) };
}

/** A reason on one line. */
export function describe(error) {
  return String(error?.message || error).replaceAll(/\s+/g, " ");
}
