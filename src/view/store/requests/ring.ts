import { CHUNK_BYTES, CHUNK_ROWS, Chunk } from '../../shared/columns.ts';

/**
 * The number of chunks that are allocated together. The system provides more than 32 MiB as zero pages, which take no
 * memory until they are written to. So columns that are seldom written (trace ids, paths) cost nothing.
 */
const SLAB_CHUNKS = 60;

/** The newest rows, in chunks. It grows as needed. Old rows are evicted by whole chunks, whose memory is reused. */
export class Ring {
  readonly #max: number;
  readonly #chunks: Chunk[] = [];
  #spare: Chunk | undefined;
  #slab: ArrayBuffer | undefined;
  #slabUsed = 0;
  #firstRow = 0;
  #rows = 0;

  /** @param max the most rows, at least {@link CHUNK_ROWS} times 2 */
  constructor(max: number) {
    this.#max = max;
  }

  /** Number of the oldest row. Rows are numbered from 0. */
  get firstRow(): number {
    return this.#firstRow;
  }

  /** Number of the next row. */
  get endRow(): number {
    return this.#rows;
  }

  /** The chunk of a row. */
  chunkOf(row: number): Chunk {
    return this.#chunks[Math.floor((row - this.#firstRow) / CHUNK_ROWS)]!;
  }

  /** The rest of a row's chunk, from that row on, as indexes `from` (inclusive) to `to` (exclusive). */
  partOf(row: number): { chunk: Chunk; from: number; to: number } {
    const from = row % CHUNK_ROWS;
    return { chunk: this.chunkOf(row), from, to: Math.min(CHUNK_ROWS, from + this.#rows - row) };
  }

  /** The chunk for the next row, whose index is `endRow % CHUNK_ROWS`. {@link added} then counts the row. */
  openChunk(): Chunk {
    if (this.#rows - this.#firstRow >= this.#max) this.#evict();
    if (this.#rows % CHUNK_ROWS === 0) {
      this.#chunks.push(this.#spare ?? this.#allocate());
      this.#spare = undefined;
    }
    return this.#chunks[this.#chunks.length - 1]!;
  }

  added(): void {
    this.#rows++;
  }

  /** The chunks with their first row and their number of rows, oldest first. */
  *[Symbol.iterator](): Generator<{ chunk: Chunk; row: number; count: number }> {
    let row = this.#firstRow;
    for (const chunk of this.#chunks) {
      yield { chunk, row, count: Math.min(CHUNK_ROWS, this.#rows - row) };
      row += CHUNK_ROWS;
    }
  }

  #allocate(): Chunk {
    if (this.#slab === undefined || this.#slabUsed === SLAB_CHUNKS) {
      this.#slab = new ArrayBuffer(SLAB_CHUNKS * CHUNK_BYTES);
      this.#slabUsed = 0;
    }
    return new Chunk(this.#slab, this.#slabUsed++ * CHUNK_BYTES);
  }

  #evict(): void {
    const chunk = this.#chunks.shift()!;
    this.#firstRow += CHUNK_ROWS;
    // Clearing memory that was never written would allocate it.
    for (const { buffer, byteOffset, byteLength } of chunk.seldom) {
      const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
      if (isWritten(words)) words.fill(0);
    }
    this.#spare = chunk;
  }
}

function isWritten(words: Uint32Array): boolean {
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return true;
  return false;
}
