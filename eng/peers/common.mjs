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

/** Sends datagrams one after the other, each again until its echo comes, since either may be lost. */
export async function echoDatagrams(connection, count) {
  const inbox = [];
  let wake = () => {};
  (async () => {
    while (count > 0) {
      inbox.push(await connection.readDatagram());
      wake();
    }
  })().catch(() => {}); // It ends with the connection.
  const next = (milliseconds) => new Promise((done) => {
    const timer = setTimeout(() => done(undefined), milliseconds);
    wake = () => {
      clearTimeout(timer);
      done(inbox.shift());
    };
    if (inbox.length > 0) wake();
  });
  for (let i = 0; i < count; i++) {
    const sent = webcrypto.getRandomValues(new Uint8Array(16 + (i * 37) % 1000));
    let echoed = false;
    for (let attempt = 0; attempt < 5 && !echoed; attempt++) {
      await connection.sendDatagram(sent);
      let received;
      while (!echoed && (received = await next(1000)) !== undefined) echoed = Buffer.compare(received, sent) === 0;
    }
    if (!echoed) throw new Error(`a datagram of ${sent.length} bytes did not come back`);
  }
  if (count > 0) console.log("DATAGRAMS", count);
}

/** HOST PORT ALPN CERTIFICATES, and for a client STREAMS BYTES and, where it can send them, DATAGRAMS. */
export function readArguments(values, isClient) {
  const [host, port, alpn, certificates, streams, bytes, datagrams = 0] = values;
  if (values.length < (isClient ? 6 : 4)) {
    console.log("FAIL arguments: HOST PORT ALPN CERTIFICATES" + (isClient ? " STREAMS BYTES" : ""));
    return undefined;
  }
  return { host, port: Number(port), alpn, certificates, streams: Number(streams), bytes: Number(bytes), datagrams: Number(datagrams) };
}

/** A reason on one line. */
export function describe(error) {
  return String(error?.message || error).replaceAll(/\s+/g, " ");
}
