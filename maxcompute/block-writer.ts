/**
 * Rows into blocks: encoded, deflated, held whole, then sent. Whole, because a block that is still in memory can be sent again, and
 * because the service closes a connection that is idle for two minutes.
 * At most one block is on its way while the next one grows, and one MiB is compressed (on another thread) while the next one is encoded.
 */
import { constants, createDeflate, type Deflate } from 'node:zlib';
import { once } from 'node:events';
import type { Row } from '../model/table.ts';
import type { RecordEncoder } from './record-encoder.ts';
import type { Block } from './upload-session.ts';

/** Of the record stream, before compression. */
const SLICE_BYTES = 1 << 20;
const BLOCK_BYTES = 32 << 20;

/** `deflate` of HTTP is a zlib stream; level 1 is what the SDKs default to, memLevel 9 makes it a tenth faster. */
const OPTIONS = { level: constants.Z_BEST_SPEED, memLevel: 9, chunkSize: 1 << 18 };

/** What an upload session holds when it is finished. */
export interface Written {
  readonly rows: number;
  /** Of the record stream, before compression. */
  readonly bytes: number;
  readonly blocks: number;
  /** Values that their columns could not hold and that are NULL instead, as the columns say (`overflow`). */
  readonly nulled: number;
}

/** One block's compressed bytes. */
class Compressor {
  private readonly deflate: Deflate = createDeflate(OPTIONS);
  private readonly parts: Buffer[] = [];
  private readonly ended: Promise<unknown>;

  constructor() {
    this.deflate.on('data', (part: Buffer) => this.parts.push(part));
    this.ended = once(this.deflate, 'end');
    quietly(this.ended);
  }

  /** Resolves when the bytes are compressed. */
  async add(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.deflate.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async end(): Promise<Buffer> {
    this.deflate.end();
    await this.ended;
    return Buffer.concat(this.parts);
  }
}

/** It is awaited later; until then a failure is nobody's surprise. */
function quietly(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}

export class BlockWriter {
  private readonly encoder: RecordEncoder;
  private readonly send: (block: Block) => Promise<void>;
  private compressor = new Compressor();
  private compressing: Promise<void> = Promise.resolve();
  private sending: Promise<void> = Promise.resolve();
  private blockBytes = 0;
  private rows = 0;
  private bytes = 0;
  private blocks = 0;

  constructor(encoder: RecordEncoder, send: (block: Block) => Promise<void>) {
    this.encoder = encoder;
    this.send = send;
  }

  /** Resolves when there is room for more. After a failure the writer is unusable. */
  async write(rows: readonly Row[]): Promise<void> {
    for (const row of rows) {
      this.encoder.write(row);
      this.rows++;
      if (this.encoder.buffered >= SLICE_BYTES) await this.passOn();
      if (this.blockBytes >= BLOCK_BYTES) await this.endBlock();
    }
  }

  /** Sends what is buffered and waits for it. */
  async finish(): Promise<Written> {
    if (this.encoder.records > 0) await this.endBlock();
    await this.sending;
    return { rows: this.rows, bytes: this.bytes, blocks: this.blocks, nulled: this.encoder.nulled };
  }

  private async passOn(): Promise<void> {
    // The encoder goes on in its other buffer; this one it takes again after the next slice, for which the next call waits.
    const slice = this.encoder.take();
    this.blockBytes += slice.length;
    this.bytes += slice.length;
    await this.compressing;
    this.compressing = this.compressor.add(slice);
    quietly(this.compressing);
  }

  private async endBlock(): Promise<void> {
    this.encoder.finish();
    await this.passOn();
    await this.compressing;
    const body = await this.compressor.end();
    await this.sending;
    this.sending = this.send({ number: this.blocks, body });
    quietly(this.sending);
    this.blocks++;
    this.blockBytes = 0;
    this.compressor = new Compressor();
  }
}
